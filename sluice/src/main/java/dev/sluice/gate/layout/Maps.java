package dev.sluice.gate.layout;

import dev.sluice.net.bpf.BpfMap.Shape;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/// The maps that the programs and Java share.
///
/// | Map | Key → value |
/// | --- | --- |
/// | `settings` | 0 → [Settings] |
/// | `heartbeat` | worker → CLOCK_MONOTONIC in nanoseconds of its last round |
/// | `addresses` | [EndpointKey] of an address alone → [Roles] |
/// | `endpoints` | [EndpointKey] → [EndpointFlags] |
/// | `marks` | [MarkKey] → [EndpointFlags] |
/// | `interfaces` | [InterfaceEntry] |
/// | `counters` | [Decision#counter] → packets, for each processor |
public final class Maps {

    public static final int MAXIMUM_WORKERS = 64;

    /// Services and masqueraded servers together. An entry takes memory when it exists; the
    /// buckets, of 16 bytes each, are there from the start: 8 MiB for each of the two maps.
    public static final int MAXIMUM_ENDPOINTS = 1 << 19;

    public static final int MAXIMUM_MARKS = 1 << 16;
    public static final int MAXIMUM_INTERFACES = 4096;

    public static final Shape SETTINGS = Shape.array("settings", Settings.BYTES, 1);
    public static final Shape HEARTBEAT =
            Shape.mappedArray("heartbeat", Long.BYTES, MAXIMUM_WORKERS);
    public static final Shape ADDRESSES =
            Shape.hash("addresses", EndpointKey.BYTES, Integer.BYTES, MAXIMUM_ENDPOINTS);
    public static final Shape ENDPOINTS =
            Shape.hash("endpoints", EndpointKey.BYTES, Integer.BYTES, MAXIMUM_ENDPOINTS);
    public static final Shape MARKS =
            Shape.hash("marks", MarkKey.BYTES, Integer.BYTES, MAXIMUM_MARKS);
    public static final Shape INTERFACES =
            Shape.hash(
                    "interfaces",
                    InterfaceEntry.KEY_BYTES,
                    InterfaceEntry.VALUE_BYTES,
                    MAXIMUM_INTERFACES);
    public static final Shape COUNTERS =
            Shape.perCpuArray("counters", Long.BYTES, Decision.values().length);

    public static final List<Shape> ALL =
            List.of(SETTINGS, HEARTBEAT, ADDRESSES, ENDPOINTS, MARKS, INTERFACES, COUNTERS);

    private Maps() {}

    /// [Roles] or [EndpointFlags] as a value.
    public static ByteBuffer flags(int flags) {
        return ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.nativeOrder()).putInt(0, flags);
    }
}
