package dev.sluice.control;

import dev.sluice.control.Refusal.Reason;
import dev.sluice.director.service.Encapsulation;
import dev.sluice.director.service.Forwarding;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.wire.Address;

/// What a director refuses whatever else is there: values that make no sense, and what it cannot
/// carry out. Pure.
record Admission(Capabilities capabilities) {

    /// What the director could not carry out; see [Capabilities].
    void checkService(Edit edit, ServiceKey key, ServiceSettings settings) throws RefusedException {
        boolean engineFound =
                settings.engine().isEmpty() || capabilities.engines().contains(settings.engine());
        if (capabilities.schedulers().apply(settings.scheduler()) == null || !engineFound) {
            throw new RefusedException(edit, Reason.SCHEDULER_NOT_FOUND);
        }
        if (key instanceof ServiceKey.AtAddress at
                && !capabilities.protocols().contains(at.protocol())) {
            throw new RefusedException(edit, Reason.PROTOCOL_NOT_SUPPORTED);
        }
    }

    void checkThresholds(Edit edit, ServerSettings settings) throws RefusedException {
        if (settings.weight() < 0 || settings.lowerThreshold() > settings.upperThreshold()) {
            throw new RefusedException(edit, Reason.OUT_OF_RANGE);
        }
    }

    void checkServer(Edit edit, ServiceKey service, ServerKey server, ServerSettings settings)
            throws RefusedException {
        boolean tunnel = settings.method() == Forwarding.TUNNEL;
        Encapsulation wrapping = settings.tunnel();
        if (!isUnicast(server.address())
                || !tunnel && server.address().family() != service.family()
                || wrapping.type() == Encapsulation.Type.GUE && wrapping.port() == 0) {
            throw new RefusedException(edit, Reason.INVALID);
        }
    }

    /// Also true for this machine's own addresses, loopback included.
    private static boolean isUnicast(Address address) {
        if (address.isIpv6()) {
            boolean any = address.high() == 0 && address.low() == 0;
            boolean multicast = address.high() >>> 56 == 0xff;
            boolean linkLocal = address.high() >>> 54 == 0xfe80 >>> 6;
            return !any && !multicast && !linkLocal;
        }
        long bits = address.low();
        boolean multicast = bits >>> 28 == 0xe;
        boolean broadcast = bits == 0xffff_ffffL;
        return bits != 0 && !multicast && !broadcast;
    }
}
