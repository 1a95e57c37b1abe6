package dev.sluice.vrrp;

import java.util.EnumMap;
import java.util.Map;

/// What one virtual router has counted, as of some moment.
///
/// @param received advertisements that passed the checks
/// @param rejected those that did not, by reason
public record Statistics(
        long received,
        long sent,
        long becameActive,
        long releasedActive,
        long stoppingReceived,
        long stoppingSent,
        Map<Rejection, Long> rejected) {

    public Statistics {
        rejected = Map.copyOf(rejected);
    }

    /// One of keepalived's error counters.
    public long errors(Rejection.Statistic statistic) {
        long sum = 0;
        for (Map.Entry<Rejection, Long> entry : rejected.entrySet()) {
            sum += entry.getKey().statistic() == statistic ? entry.getValue() : 0;
        }
        return sum;
    }

    /// The counters while they run.
    static final class Counting {
        private long received;
        private long sent;
        private long becameActive;
        private long releasedActive;
        private long stoppingReceived;
        private long stoppingSent;
        private final Map<Rejection, Long> rejected = new EnumMap<>(Rejection.class);

        void received(Advertisement advertisement) {
            received++;
            stoppingReceived += advertisement.priority() == Advertisement.STOPPING ? 1 : 0;
        }

        void sent(Advertisement advertisement) {
            sent++;
            stoppingSent += advertisement.priority() == Advertisement.STOPPING ? 1 : 0;
        }

        void becameActive() {
            becameActive++;
        }

        void releasedActive() {
            releasedActive++;
        }

        void rejected(Rejection rejection) {
            rejected.merge(rejection, 1L, Long::sum);
        }

        Statistics now() {
            return new Statistics(
                    received,
                    sent,
                    becameActive,
                    releasedActive,
                    stoppingReceived,
                    stoppingSent,
                    rejected);
        }
    }
}
