package dev.sluice.router;

import java.util.LinkedHashMap;
import java.util.Map;

/// Lines that would come with every packet: each is said once, and again after a minute with how
/// often it was meant.
final class Complaints {

    private static final long QUIET_NANOS = 60_000_000_000L;

    /// A neighbour that sends ever different nonsense does not fill the memory.
    private static final int MAX_KNOWN = 256;

    private final Map<String, Complaint> known =
            new LinkedHashMap<>(16, 0.75f, true) {

                private static final long serialVersionUID = 1L;

                @Override
                protected boolean removeEldestEntry(Map.Entry<String, Complaint> eldest) {
                    return size() > MAX_KNOWN;
                }
            };

    private static final class Complaint {
        private long saidAtNanos;
        private long unsaid;
    }

    /// The line to say now, or an empty one.
    String line(String text, long nowNanos) {
        Complaint complaint = known.get(text);
        if (complaint == null) {
            complaint = new Complaint();
            complaint.saidAtNanos = nowNanos;
            known.put(text, complaint);
            return text;
        }
        complaint.unsaid++;
        if (nowNanos - complaint.saidAtNanos < QUIET_NANOS) {
            return "";
        }
        String line = text + " (" + complaint.unsaid + " times in a minute)";
        complaint.saidAtNanos = nowNanos;
        complaint.unsaid = 0;
        return line;
    }
}
