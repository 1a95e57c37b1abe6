package dev.sluice.lab;

import dev.sluice.net.packet.WhoHas;
import dev.sluice.wire.Address;

import java.time.Duration;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/// Asks a link who has an address, as a router does before it sends a packet there, and listens to
/// *all* answers, of which a router believes the first.
public final class AddressProbe {

    private static final Duration LISTENING = Duration.ofMillis(400);

    private AddressProbe() {}

    /// Asks once, and waits for everybody's answer.
    ///
    /// @param host who asks
    /// @param wanted the address asked for
    /// @return the MAC addresses that claim it, in the order of their answers
    public static Set<Long> whoHas(Host host, String interfaceName, Address wanted) {
        long mac = host.mac(interfaceName);
        int index = host.interfaces().index(interfaceName);
        Set<Long> claims = new LinkedHashSet<>();
        for (WhoHas.Answer answer :
                host.run(() -> WhoHas.ask(index, interfaceName, mac, List.of(wanted), LISTENING))) {
            claims.add(answer.macAddress());
        }
        return claims;
    }
}
