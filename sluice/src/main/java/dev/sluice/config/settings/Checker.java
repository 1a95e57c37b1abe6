package dev.sluice.config.settings;

import dev.sluice.config.text.Place;
import dev.sluice.wire.Address;

import org.jspecify.annotations.Nullable;

import java.time.Duration;
import java.util.List;

/// How the health of a real server is found out. What a checker did not say itself it has from its
/// real server, its virtual server, or keepalived.
public sealed interface Checker {

    Place place();

    /// A checker that asks again and again.
    sealed interface Periodic extends Checker {

        Timing timing();
    }

    /// One that asks over the network.
    sealed interface OverNetwork extends Periodic {

        Connection connection();
    }

    /// When a checker tries, and how often it must fail.
    ///
    /// @param interval from attempt to attempt
    /// @param retry how many failures in a row are tolerated
    /// @param retryDelay until the next attempt after one of those
    /// @param warmup the first attempt comes within this time, at random
    /// @param isDownAtFirst whether it counts as failed until its first success
    record Timing(
            Duration interval,
            long retry,
            Duration retryDelay,
            Duration warmup,
            boolean isDownAtFirst,
            boolean logsAllFailures) {}

    /// Where a checker connects, and from where.
    ///
    /// @param port 0 when neither the checker nor the server has one
    /// @param from null: the kernel chooses
    /// @param fromPort 0: the kernel chooses
    /// @param mark of the packets; 0: none
    record Connection(
            Address address,
            int port,
            Duration timeout,
            @Nullable Address from,
            int fromPort,
            @Nullable String fromInterface,
            long mark) {}

    record Tcp(Place place, Timing timing, Connection connection) implements OverNetwork {}

    record Ping(Place place, Timing timing, Connection connection) implements OverNetwork {}

    /// `UDP_CHECK`.
    ///
    /// @param payload in hexadecimal; null: keepalived's 32 characters
    /// @param needsReply whether silence is a failure
    /// @param reply what it must begin with, in hexadecimal with X for any digit; empty: anything
    record Udp(
            Place place,
            Timing timing,
            Connection connection,
            @Nullable String payload,
            boolean needsReply,
            String reply,
            int leastReplyBytes,
            int mostReplyBytes)
            implements OverNetwork {}

    /// `HTTP_GET` and `SSL_GET`.
    ///
    /// @param isTls `SSL_GET`
    /// @param serverName sent in the handshake (SNI); null: none
    /// @param isFastRecovery whether there is no delay between urls while coming up
    record Http(
            Place place,
            Timing timing,
            Connection connection,
            boolean isTls,
            Version version,
            List<Url> urls,
            boolean sendsServerName,
            @Nullable String serverName,
            boolean isFastRecovery)
            implements OverNetwork {

        public enum Version {
            HTTP_1_0,
            /// Version 1.0 with `Connection: close`.
            HTTP_1_0_CLOSE,
            HTTP_1_1
        }
    }

    /// One request of a web checker, and what must come back.
    ///
    /// @param statuses that are accepted
    /// @param digest MD5 of the body; null: any
    /// @param virtualHost for the Host header; null: address and port
    /// @param regex null: none
    /// @param regexMustNotMatch whether its absence is the success
    /// @param regexMaximumOffset null: to the end
    record Url(
            Place place,
            String path,
            List<StatusRange> statuses,
            @Nullable String digest,
            @Nullable String virtualHost,
            @Nullable String regex,
            boolean regexMustNotMatch,
            List<String> regexOptions,
            int regexMinimumOffset,
            @Nullable Integer regexMaximumOffset) {}

    record StatusRange(int least, int most) {}

    record Smtp(Place place, Timing timing, Connection connection, String heloName)
            implements OverNetwork {}

    record Dns(Place place, Timing timing, Connection connection, String type, String name)
            implements OverNetwork {}

    /// `MISC_CHECK`.
    ///
    /// @param timeout after which the script is ended; that is a failure
    /// @param setsWeight whether the exit status is a weight, plus two
    record Misc(Place place, Timing timing, Script script, Duration timeout, boolean setsWeight)
            implements Periodic {}

    /// `FILE_CHECK`.
    ///
    /// @param file name of a [Tracker.File]
    /// @param weight null: the file's own
    record File(Place place, String file, Tracker.@Nullable Weight weight) implements Checker {}

    /// `BFD_CHECK`.
    ///
    /// @param session name of a [Tracker.Bfd]
    record Bfd(Place place, String session, boolean isDownAtFirst) implements Checker {}
}
