package dev.sluice.config.ldirectord;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.Host;
import dev.sluice.config.Keepalived;
import dev.sluice.config.Reading;
import dev.sluice.config.text.Environment;
import dev.sluice.config.text.FilesInMemory;
import dev.sluice.config.text.Problem;
import dev.sluice.config.text.Problem.Severity;
import dev.sluice.testing.Needs;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;

/// A ldirectord.cf as a keepalived.conf: what is written, what is said to be different, and that
/// both keepalived and our own reader accept it.
final class ConversionTest {

    private static final String WEB =
            """
            checkinterval=2
            failurecount=2
            quiescent=yes
            virtual=192.0.2.200:80
                real=192.0.2.2:8082 masq
                real=192.0.2.3:8082 masq 3 "alive", "OK" l:5 u:9
                fallback=127.0.0.1:80
                scheduler=wlc
                persistent=600
                netmask=255.255.255.0
                receive="Test \\d+"
                virtualhost=www.x.y
                checktimeout=3
            """;

    @TempDir private Path folder;

    private static Conversion.Result convert(String text) {
        Ldirectord.Reading reading = Ldirectord.read("l.cf", text, Cases.MACHINE);
        assertTrue(reading.isUsable(), () -> reading.problems().toString());
        return Conversion.of("l.cf", reading.settings());
    }

    private static Reading readBack(String text) {
        return Keepalived.read(
                "k.conf",
                new FilesInMemory().with("k.conf", text),
                new Environment("one", "", 0),
                Host.ANY);
    }

    @Test
    void aWebService() {
        assertEquals(
                """
                # Made of l.cf by sluice convert.


                virtual_server 192.0.2.200 80 {
                    protocol TCP
                    delay_loop 2
                    lb_algo wlc
                    lb_kind NAT
                    persistence_timeout 600
                    persistence_granularity 255.255.255.0
                    alpha
                    retry 1
                    delay_before_retry 2
                    sorry_server 127.0.0.1 80
                    sorry_server_lvs_method DR
                    real_server 192.0.2.2 8082 {
                        weight 1
                        inhibit_on_failure
                        HTTP_GET {
                            url {
                                path "/"
                                status_code 200-299
                                virtualhost "www.x.y"
                                regex "Test \\d+"
                            }
                            connect_timeout 3
                        }
                    }
                    real_server 192.0.2.3 8082 {
                        weight 3
                        inhibit_on_failure
                        uthreshold 9
                        lthreshold 5
                        HTTP_GET {
                            url {
                                path "/alive"
                                status_code 200-299
                                virtualhost "www.x.y"
                                regex "OK"
                            }
                            connect_timeout 3
                        }
                    }
                }
                """,
                convert(WEB).text());
    }

    @Test
    void whatKeepalivedCannotDoIsNamed() {
        String said =
                convert(
                                """
                                autoreload=yes
                                maintenancedir=/tmp
                                virtual=192.0.2.200:143
                                    real=192.0.2.2:143 gate
                                    cleanstop=no
                                virtual=192.0.2.200:81
                                    real=192.0.2.2:81 gate
                                    checktype=5
                                    service=simpletcp
                                """)
                        .differences()
                        .stream()
                        .map(Problem::toString)
                        .collect(Collectors.joining("\n"));
        assertEquals(
                """
                l.cf:3:1: warning: keepalived cannot ask in `imap`; a TCP_CHECK takes its place
                    or a MISC_CHECK with a script of yours
                l.cf:6:1: warning: `checktype = 5`: connects in between are left out, each check negotiates
                l.cf:6:1: warning: keepalived cannot ask in `simpletcp`; a TCP_CHECK takes its place
                    or a MISC_CHECK with a script of yours
                l.cf: warning: `maintenancedir` has no counterpart
                    use FILE_CHECK for each server
                l.cf: warning: `autoreload` has no counterpart
                    send SIGHUP after a change, or: sluice reload
                l.cf: warning: `cleanstop = no` has no counterpart
                    start keepalived with -I (--dont-release-ipvs)\
                """,
                said);
    }

    @Test
    void ourReaderAcceptsWhatComesOfEachCase() throws IOException {
        for (Cases each : Cases.all()) {
            if (each.isAcceptedHere()) {
                Reading reading = readBack(convert(each.file()).text());
                assertEquals(
                        List.of(),
                        reading.problems().stream()
                                .filter(problem -> problem.severity() != Severity.WARNING)
                                .filter(problem -> !isSchedulersFault(problem))
                                .toList(),
                        () -> each + "\n" + convert(each.file()).text());
            }
        }
    }

    /// Which schedulers there are, ldirectord leaves to ipvsadm.
    private static boolean isSchedulersFault(Problem problem) {
        return problem.text().endsWith("is no scheduler");
    }

    @Test
    void keepalivedAcceptsIt() throws IOException, InterruptedException {
        Needs.programs("keepalived");
        Path file = folder.resolve("k.conf");
        Files.writeString(
                file,
                convert(
                                WEB
                                        + """
                                        fallbackcommand=/bin/true
                                        emailalert="a@b.c"
                                        virtual6=[2001:db8::1]:53
                                            real6=[2001:db8::2]:53 gate
                                            request="www.example.org"
                                        virtual=7
                                            real=192.0.2.2->192.0.2.4 ipip
                                            checktype=external
                                            checkcommand=/bin/true x
                                        virtual=192.0.2.200:443
                                            real=192.0.2.2:443 gate
                                        virtual=192.0.2.200:25
                                            real=192.0.2.2:25 gate
                                        """)
                        .text());
        Process keepalived =
                new ProcessBuilder("keepalived", "-t", "-f", file.toString())
                        .redirectErrorStream(true)
                        .start();
        String said =
                new String(keepalived.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertTrue(keepalived.waitFor(1, TimeUnit.MINUTES), "keepalived does not end");
        assertEquals(0, keepalived.exitValue(), said + Files.readString(file));
        assertEquals(List.of(), readBack(Files.readString(file)).problems());
    }
}
