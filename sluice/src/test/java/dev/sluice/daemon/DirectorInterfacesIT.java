package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import dev.sluice.net.linux.NetworkNamespace;
import dev.sluice.net.linux.Privileges;
import dev.sluice.net.netlink.Rtnetlink;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.util.List;

/// Which interfaces a director takes where none is named, in a network namespace of its own.
final class DirectorInterfacesIT {

    private NetworkNamespace namespace;

    @BeforeEach
    void makeNamespace() {
        Privileges.needNamespaces();
        namespace = NetworkNamespace.unnamed();
        try (Rtnetlink netlink = Rtnetlink.open(namespace)) {
            netlink.links().createVeth("eth0", "other0");
            netlink.links().createVeth("eth1", "other1");
            netlink.links().createBridge("br0");
            netlink.links().setMaster(index(netlink, "other1"), index(netlink, "br0"));
            netlink.links().createVeth("slow0", "slow1");
        }
    }

    @AfterEach
    void removeNamespace() {
        namespace.close();
    }

    @Test
    void oneThatIsDownIsMeantToo() {
        setUp("eth0");
        assertThat(choose()).containsExactlyInAnyOrder("eth0", "eth1", "other0", "br0");
    }

    @Test
    void whereNoneIsUpTheAnswerSaysWhatToDo() {
        assertThatIllegalArgumentException()
                .isThrownBy(() -> choose())
                .withMessage("no interface is up; bring one up or name it with --interface");
    }

    @Test
    void aNameThatIsWrongIsSaidTogetherWithThoseThatAreUp() {
        setUp("eth0");
        assertThatIllegalArgumentException()
                .isThrownBy(() -> choose("eht0"))
                .withMessage("--interface eht0: there is no such interface; present and up: eth0");
    }

    private List<String> choose(String... named) {
        return namespace.call(() -> DirectorInterfaces.choose(List.of(named)));
    }

    private void setUp(String name) {
        try (Rtnetlink netlink = Rtnetlink.open(namespace)) {
            netlink.links().setUp(index(netlink, name), true);
        }
    }

    private static int index(Rtnetlink netlink, String name) {
        return netlink.links().get(name).index();
    }
}
