package dev.sluice.diagnosis;

import dev.sluice.diagnosis.Finding.Severity;
import dev.sluice.wire.Address;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;

/// Nobody answers at the link address of a real server, or of the gateway before it.
final class DeadNextHop implements Mistake {

    @Override
    public String kind() {
        return "next-hop-dead";
    }

    @Override
    public void look(Facts facts, Consumer<Finding> found) {
        Map<Facts.Place, Named> behind = new LinkedHashMap<>();
        Map<Facts.Place, Facts.Server> first = new LinkedHashMap<>();
        for (Facts.Server server : facts.servers) {
            Facts.Place hop = facts.nextHop(server.address());
            if (hop != null && facts.isNextHopDead(server.address())) {
                behind.computeIfAbsent(hop, _ -> new Named()).add(server.address().toString());
                first.putIfAbsent(hop, server);
            }
        }
        behind.forEach((hop, servers) -> {
            Address any = Objects.requireNonNull(first.get(hop)).address();
            boolean gateway = !hop.address().equals(any);
            String device = facts.interfaceName(hop.interfaceIndex());
            String inspect =
                    (hop.address().isIpv6() ? "ndisc6 " : "arping -c 3 -I " + device + " ")
                            + hop.address()
                            + (hop.address().isIpv6() ? " " + device : "");
            found.accept(
                    new Finding(
                            kind(),
                            Severity.WRONG,
                            hop.address() + " " + device,
                            (gateway ? "gateway " : "real server ")
                                    + hop.address()
                                    + " does not answer on "
                                    + device
                                    + ": nothing reaches "
                                    + servers,
                            List.of(
                                    "neighbour: " + facts.neighbourInWords(any),
                                    "route: " + facts.routeInWords(any),
                                    "services: " + first.get(hop).services()),
                            List.of(
                                    "look whether it is up, has that address, and is on that link:"
                                            + " "
                                            + inspect,
                                    "until then take it out: ipvsadm -e SERVICE -r "
                                            + any
                                            + " -w 0")));
        });
    }
}
