package dev.sluice.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.sluice.control.Capabilities;
import dev.sluice.control.Program;
import dev.sluice.control.Table;
import dev.sluice.director.service.Configuration;
import dev.sluice.director.service.Setting;
import dev.sluice.testing.Seeded;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

final class SysctlTest {

    private final List<Configuration> published = new ArrayList<>();
    private final Table table = new Table(Capabilities.DIRECTOR, 1, published::add);
    private final Sysctl sysctl = new Sysctl(table);
    private int status;

    @Test
    void allSettingsAreShown() {
        String all = run("-a");
        assertThat(status).isZero();
        assertThat(all.lines()).hasSize(Setting.values().length).isSorted();
        assertThat(all)
                .startsWith("net.ipv4.vs.am_droprate = 10\n")
                .contains("net.ipv4.vs.sync_threshold = 3\t50\n");
        assertThat(run()).isEqualTo(all);
    }

    @Test
    void aSettingIsShownAndSet() {
        assertThat(run("conn_reuse_mode")).isEqualTo("net.ipv4.vs.conn_reuse_mode = 1\n");
        assertThat(run("net.ipv4.vs.conn_reuse_mode=3"))
                .isEqualTo("net.ipv4.vs.conn_reuse_mode = 3\n");
        assertThat(run("net/ipv4/vs/conn_reuse_mode"))
                .isEqualTo("net.ipv4.vs.conn_reuse_mode = 3\n");
        assertThat(published.getLast().policy().get(Setting.CONN_REUSE_MODE)).isEqualTo(3);
    }

    @Test
    void whatOneCallSetsIsOneChangeOrNone() {
        run("am_droprate=3", "drop_packet=3", "sloppy_tcp=1");
        assertThat(status).isZero();
        assertThat(published).hasSize(1);
        assertThat(run("am_droprate=4", "drop_packet=4", "sync_version=0", "no_such_thing=1", "-x"))
                .isEqualTo(
                        """
                        sluice: net.ipv4.vs.drop_packet takes 0 to 3, not `4'
                        sluice: net.ipv4.vs.sync_version stays 1: Sluice does not act upon 0 yet
                        sluice: there is no setting `no_such_thing'; `sluice sysctl -a' lists those there are
                        sluice: unknown option `-x'; see: sluice sysctl --help
                        """);
        assertThat(status).isEqualTo(1);
        assertThat(published).hasSize(1);
        assertThat(run("am_droprate")).endsWith("= 3\n");
    }

    @Test
    void aFileIsWrittenAsSysctlConf() {
        assertThat(
                        load(
                                """
                                # the machine's
                                net.ipv4.ip_forward = 1
                                -kernel.sysrq=0

                                ; ours
                                net.ipv4.vs.expire_nodest_conn = 1
                                net/ipv4/vs/expire_quiescent_template=1
                                -net.ipv4.vs.sync_threshold = 3 50
                                """))
                .isEqualTo(
                        """
                        net.ipv4.vs.expire_nodest_conn = 1
                        net.ipv4.vs.expire_quiescent_template = 1
                        net.ipv4.vs.sync_threshold = 3\t50
                        """);
        assertThat(status).isZero();
    }

    @Test
    void everythingThatIsWrongInAFileIsToldAndNothingIsSet() {
        assertThat(
                        load(
                                """
                                net.ipv4.vs.expire_nodest_conn = 1
                                net.ipv4.vs.expire_nodes = 1
                                net.ipv4.vs.drop_packet = much
                                what is this
                                """))
                .isEqualTo(
                        """
                        sluice: my.conf:2: there is no setting `net.ipv4.vs.expire_nodes'; `sluice sysctl -a' lists those there are
                        sluice: my.conf:3: net.ipv4.vs.drop_packet takes 0 to 3, not `much'
                        sluice: my.conf:4: `what is this' is not NAME = VALUE
                        """);
        assertThat(status).isEqualTo(1);
        assertThat(published).isEmpty();
    }

    @Test
    void whenTheGateRefusesNothingIsSet() {
        Table broken =
                new Table(
                        Capabilities.DIRECTOR,
                        1,
                        _ -> {
                            throw new IllegalStateException("map full");
                        });
        assertThat(run(new Sysctl(broken), "", "sloppy_tcp=1")).contains("map full");
        assertThat(status).isEqualTo(1);
        assertThat(broken.desired().policy().isOn(Setting.SLOPPY_TCP)).isFalse();
    }

    @Test
    void anyTextGetsAnAnswer() {
        String alphabet = "net.ipv4.vs/=-#; \n\t0123x_drop_packetam";
        int[] answers = new int[2];
        Seeded.forAll(
                3000,
                random -> {
                    StringBuilder text = new StringBuilder();
                    for (int lines = random.nextInt(5); lines >= 0; lines--) {
                        if (random.nextBoolean()) {
                            Setting any = Setting.values()[random.nextInt(Setting.values().length)];
                            text.append(any.fullName()).append(random.nextInt(4) == 0 ? "" : "=");
                        }
                        for (int i = random.nextInt(6); i > 0; i--) {
                            text.append(alphabet.charAt(random.nextInt(alphabet.length())));
                        }
                        text.append('\n');
                    }
                    String said = load(text.toString());
                    answers[status]++;
                    assertThat(status == 1).isEqualTo(said.startsWith("sluice: "));
                    run(text.toString().split("\n", -1));
                    assertThat(status).isBetween(0, 1);
                });
        assertThat(answers[0]).isPositive();
        assertThat(answers[1]).isPositive();
    }

    private String run(String... words) {
        return run(sysctl, "", words);
    }

    private String load(String text) {
        return run(sysctl, text, "-p", "my.conf");
    }

    private String run(Sysctl program, String input, String... words) {
        ByteArrayOutputStream said = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(said, true, StandardCharsets.UTF_8);
        try {
            status =
                    program.run(
                            new Program.Call(
                                    Sysctl.NAME,
                                    List.of(words),
                                    new ByteArrayInputStream(
                                            input.getBytes(StandardCharsets.UTF_8)),
                                    out,
                                    out));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return said.toString(StandardCharsets.UTF_8);
    }
}
