package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.director.service.Protocol;
import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;

final class SystemHostTest {

    @TempDir Path folder = Path.of("");

    @Test
    void portsHaveNamesPerProtocolAndAliasesLeadToThem() throws Exception {
        Path file = folder.resolve("services");
        Files.writeString(
                file,
                """
                # Network services
                http            80/tcp          www web         # WorldWideWeb
                http-second     80/tcp
                domain          53/udp
                broken
                strange         x/tcp
                """);
        SystemHost host = new SystemHost(file);
        assertThat(host.port("http", Protocol.TCP)).isEqualTo(80);
        assertThat(host.port("web", Protocol.TCP)).isEqualTo(80);
        assertThat(host.port("http-second", Protocol.TCP)).isEqualTo(80);
        assertThat(host.port("http", Protocol.UDP)).isEqualTo(-1);
        assertThat(host.port("strange", Protocol.TCP)).isEqualTo(-1);
        assertThat(host.service(80, Protocol.TCP)).isEqualTo("http");
        assertThat(host.service(53, Protocol.UDP)).isEqualTo("domain");
        assertThat(host.service(53, Protocol.TCP)).isNull();

        Files.writeString(file, "gopher 70/tcp\n");
        Files.setLastModifiedTime(file, FileTime.fromMillis(1));
        assertThat(host.service(80, Protocol.TCP)).isNull();
        assertThat(host.service(70, Protocol.TCP)).isEqualTo("gopher");
    }

    @Test
    void withoutAFileThereAreNoPortNames() {
        SystemHost host = new SystemHost(folder.resolve("none"));
        assertThat(host.port("http", Protocol.TCP)).isEqualTo(-1);
        assertThat(host.service(80, Protocol.TCP)).isNull();
    }

    @Test
    void localhostIsAnAddressAndNumbersAreNotLookedUp() {
        SystemHost host = new SystemHost(folder.resolve("none"));
        assertThat(host.address("localhost")).isEqualTo(Address.parse("127.0.0.1"));
        assertThat(host.address("10.20.0.256")).isNull();
        assertThat(host.hasInterface("lo")).isTrue();
        assertThat(host.hasInterface("nosuch0")).isFalse();
    }
}
