package dev.sluice.net.linux;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.nio.charset.StandardCharsets;

class NetworkNamespaceIT {

    private static final String NAME = "sluice-nl-ns";

    private NetworkNamespace home;

    @BeforeAll
    static void needsPrivilege() {
        Privileges.needNamespaces();
    }

    @BeforeEach
    void rememberHome() {
        home = NetworkNamespace.current();
    }

    @AfterEach
    void removeNames() {
        if (NetworkNamespace.names().contains(NAME)) {
            NetworkNamespace.delete(NAME);
        }
        home.close();
    }

    @Test
    void aNamedNamespaceIsListedOpenedAndDeleted() {
        Privileges.needNamedNamespaces();
        try (NetworkNamespace created = NetworkNamespace.create(NAME)) {
            assertThat(NetworkNamespace.names()).contains(NAME);
            assertThat(created.inode()).isNotEqualTo(home.inode());
            try (NetworkNamespace opened = NetworkNamespace.open(NAME)) {
                assertThat(opened.inode()).isEqualTo(created.inode());
            }
            assertThatThrownBy(() -> NetworkNamespace.create(NAME))
                    .hasMessage("open(/run/netns/" + NAME + "): EEXIST, exists already");
        }
        NetworkNamespace.delete(NAME);
        assertThat(NetworkNamespace.names()).doesNotContain(NAME);
    }

    @Test
    void enteringConcernsOneThreadAndEnds() throws Exception {
        try (NetworkNamespace other = NetworkNamespace.unnamed()) {
            try (var _ = other.enter();
                    NetworkNamespace here = NetworkNamespace.current()) {
                assertThat(here.inode()).isEqualTo(other.inode());
            }
            try (NetworkNamespace here = NetworkNamespace.current()) {
                assertThat(here.inode()).isEqualTo(home.inode());
            }
        }
    }

    @Test
    void aVirtualThreadCallsInsteadOfEntering() throws Exception {
        try (NetworkNamespace other = NetworkNamespace.unnamed()) {
            Throwable[] refused = new Throwable[1];
            long[] seen = new long[1];
            Thread.ofVirtual()
                    .start(() -> {
                        try {
                            other.enter().close();
                        } catch (IllegalStateException e) {
                            refused[0] = e;
                        }
                        seen[0] = other.call(NetworkNamespaceIT::currentInode);
                    })
                    .join();
            assertThat(refused[0]).hasMessageContaining("virtual thread");
            assertThat(seen[0]).isEqualTo(other.inode());
        }
    }

    @Test
    void whatATaskThrowsArrives() {
        try (NetworkNamespace other = NetworkNamespace.unnamed()) {
            assertThatThrownBy(() ->
                            other.call(() -> {
                                throw new IOException("on purpose");
                            }))
                    .isInstanceOf(IOException.class)
                    .hasMessage("on purpose");
        }
    }

    @Test
    void aProgramStartedInsideLivesInside() throws Exception {
        try (NetworkNamespace other = NetworkNamespace.unnamed()) {
            Process program = other.start(new ProcessBuilder("readlink", "/proc/self/ns/net"));
            String link =
                    new String(program.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
            assertThat(link.strip()).isEqualTo("net:[" + other.inode() + "]");
            assertThat(program.waitFor()).isZero();
        }
    }

    @Test
    void settingsAreThoseOfTheNamespace() throws Exception {
        try (NetworkNamespace one = NetworkNamespace.unnamed();
                NetworkNamespace two = NetworkNamespace.unnamed()) {
            one.setSysctl("net/ipv4/ip_forward", 1);
            two.setSysctl("net/ipv4/ip_forward", 0);
            assertThat(one.sysctl("net/ipv4/ip_forward")).isEqualTo("1");
            assertThat(two.sysctl("net/ipv4/ip_forward")).isEqualTo("0");
            one.setSysctl("net/ipv4/ip_default_ttl", 123);
            assertThat(one.sysctl("net/ipv4/ip_default_ttl")).isEqualTo("123");
            assertThatThrownBy(() -> one.setSysctl("net/ipv4/no_such_thing", 1))
                    .isInstanceOf(LinuxException.class)
                    .hasMessageContaining("no_such_thing): ENOENT");
        }
    }

    private static long currentInode() {
        try (NetworkNamespace here = NetworkNamespace.current()) {
            return here.inode();
        }
    }
}
