package dev.sluice.router;

import dev.sluice.vrrp.Authentication;
import dev.sluice.vrrp.RouterSettings;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/// One virtual router, as Sluice's settings and as keepalived's configuration: the same on both
/// sides, but for the priority.
enum Virtual {
    VERSION_2(2, Family.IPV4, "", "192.0.2.100"),
    VERSION_2_TWO_ADDRESSES_PASS(2, Family.IPV4, "PASS", "192.0.2.100", "192.0.2.101"),
    VERSION_2_AH(2, Family.IPV4, "AH", "192.0.2.100"),
    VERSION_2_UNICAST_PASS(2, Family.IPV4, "PASS", "192.0.2.100"),
    VERSION_3(3, Family.IPV4, "", "192.0.2.100"),
    VERSION_3_UNICAST(3, Family.IPV4, "", "192.0.2.100"),
    VERSION_3_IPV6(3, Family.IPV6, "", "fe80::100", "2001:db8::100"),
    VERSION_3_IPV6_UNICAST(3, Family.IPV6, "", "2001:db8::100");

    private static final String PASSWORD = "s3cr3t";
    private static final int ROUTER_ID = 51;

    private final int version;
    private final Family family;
    private final String authentication;
    private final String addresses;

    Virtual(int version, Family family, String authentication, String... addresses) {
        this.version = version;
        this.family = family;
        this.authentication = authentication;
        this.addresses = String.join(" ", addresses);
    }

    List<Address> addresses() {
        return Stream.of(addresses.split(" ", -1)).map(Address::parse).toList();
    }

    Address address() {
        return addresses().getLast();
    }

    private boolean isUnicast() {
        return name().contains("UNICAST");
    }

    private int prefixBits() {
        return family == Family.IPV6 ? 64 : 24;
    }

    /// What the machine of a number sends from, as tcpdump writes it.
    String sender(int machine) {
        return machine(machine).toString();
    }

    private Address machine(int number) {
        if (family == Family.IPV4) {
            return Address.parse("192.0.2." + number);
        }
        return Address.parse((isUnicast() ? "2001:db8::" : "fe80::") + number);
    }

    /// For the machine of a number.
    Instance sluice(int machine, int priority) {
        return sluice(machine, priority, it -> {});
    }

    Instance sluice(int machine, int priority, Consumer<RouterSettings.Changes> changes) {
        RouterSettings router =
                RouterSettings.of(family)
                        .with(it -> {
                            it.version = version;
                            it.routerId = ROUTER_ID;
                            it.priority = priority;
                            it.authentication =
                                    switch (authentication) {
                                        case "PASS" -> Authentication.password(PASSWORD);
                                        case "AH" -> Authentication.header(PASSWORD);
                                        default -> Authentication.NONE;
                                    };
                            if (isUnicast()) {
                                it.peers = List.of(RouterSettings.Peer.of(machine(3 - machine)));
                                it.checksPeers = true;
                                it.ttl = family == Family.IPV6 ? 64 : 255;
                            }
                        })
                        .with(changes);
        return Instance.of(
                router,
                VrrpBed.INTERFACE,
                addresses().stream()
                        .map(address -> VirtualAddress.of(address, prefixBits()))
                        .toList());
    }

    String keepalived(int machine, int priority, String... more) {
        return """
        global_defs {
          router_id host%d
        }
        vrrp_instance VI_1 {
          state BACKUP
          interface eth1
          version %d
          virtual_router_id %d
          priority %d
        %s%s%s
          virtual_ipaddress {
        %s
          }
        }
        """
                .formatted(
                        machine,
                        version,
                        ROUTER_ID,
                        priority,
                        Stream.of(more).anyMatch(it -> it.contains("advert_int"))
                                ? ""
                                : "  advert_int 1\n",
                        authentication.isEmpty()
                                ? ""
                                : "  authentication {\n    auth_type "
                                        + authentication
                                        + "\n    auth_pass "
                                        + PASSWORD
                                        + "\n  }\n",
                        (isUnicast()
                                        ? "  unicast_src_ip "
                                                + machine(machine)
                                                + "\n  unicast_peer {\n    "
                                                + machine(3 - machine)
                                                + "\n  }\n"
                                        : "")
                                + String.join("\n", more),
                        addresses().stream()
                                .map(address -> "    " + address + "/" + prefixBits())
                                .collect(Collectors.joining("\n")));
    }
}
