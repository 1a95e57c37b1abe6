package dev.sluice.daemon;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

import picocli.CommandLine;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;

/// `sluice check` on files as they are on a disk.
final class CheckCommandTest {

    private static final String FINE =
            """
            virtual_server 192.0.2.1 80 {
                lb_algo rr
                lb_kind NAT
                protocol TCP
                real_server 192.0.2.2 80 {
                    TCP_CHECK {
                    }
                }
            }
            """;

    @TempDir private Path folder;

    private void says(int exitStatus, String expected, String... options) {
        StringWriter said = new StringWriter();
        CommandLine command = new CommandLine(new CheckCommand());
        command.setErr(new PrintWriter(said));
        assertEquals(exitStatus, command.execute(options));
        assertEquals(expected.strip(), said.toString().strip().replace(folder + "/", ""));
    }

    private String file(String name, String text) throws IOException {
        Path file = folder.resolve(name);
        Files.createDirectories(file.getParent());
        Files.writeString(file, text);
        return file.toString();
    }

    @Test
    void nothingIsSaidOfAFileThatIsFine() throws IOException {
        says(0, "", "-f", file("k.conf", FINE));
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() throws IOException {
        says(
                3,
                """
                k.conf:1:1: adjusted: virtual server 192.0.2.1 80 has no protocol; UDP is used
                    write: protocol TCP
                k.conf:3:13: error: `BRIDGE` is no way to forward
                    one of NAT, DR, TUN
                k.conf:4:5: error: `protocoll` is not known in `virtual_server`
                    did you mean `protocol`?
                k.conf: refused (2 × error, 1 × adjusted)
                """,
                "-f",
                file("k.conf", FINE.replace("protocol", "protocoll").replace("NAT", "BRIDGE")));
    }

    @Test
    void aFileThatIsUsedAfterAdjustments() throws IOException {
        says(
                4,
                """
                k.conf:1:1: adjusted: virtual server 192.0.2.1 80 has no scheduler; wlc is used
                    write: lb_algo wlc
                k.conf: usable, as described (1 × adjusted)
                """,
                "-f",
                file("k.conf", FINE.replace("lb_algo rr", "")));
    }

    @Test
    void scriptsThatAreNotSecure() throws IOException {
        says(
                5,
                """
                k.conf:6:9: unsafe: scripts are run, and nothing keeps others than root from changing them
                    write enable_script_security into global_defs, and script_user USER
                k.conf: usable, as described (1 × unsafe)
                """,
                "-f",
                file("k.conf", FINE.replace("TCP_CHECK {", "notify_up /bin/true\nTCP_CHECK {")));
    }

    @Test
    void includesAreFoundOnTheDisk() throws IOException {
        file("d/b.conf", FINE.replace("rr", "foo"));
        Path script = Path.of(file("d/run.conf", "#!/bin/sh"));
        Files.setPosixFilePermissions(script, PosixFilePermissions.fromString("rwx------"));
        says(
                3,
                """
                k.conf:1: warning: d/run.conf is left out: it can be executed, which configurations are not
                d/b.conf:2:13: error: `foo` is no scheduler
                    one of rr wrr lc wlc lblc lblcr sh mh dh fo ovf sed nq twos
                k.conf: refused (1 × error, 1 × warning)
                """,
                "-f",
                file("k.conf", "include d/*.conf\n"));
    }

    @Test
    void whatIsHereDependsOnTheMachine() throws IOException {
        String file =
                file(
                        "k.conf",
                        """
                        vrrp_instance A {
                            @two interface nosuch0
                            @one interface lo
                            virtual_router_id 5
                            virtual_ipaddress {
                                192.0.2.1
                            }
                        }
                        """);
        says(0, "", "-f", file, "-i", "one");
        says(0, "", "-f", file, "-i", "two", "--any-machine");
        says(
                3,
                """
                k.conf:2:20: error: there is no interface `nosuch0` on this machine
                    if it appears later, write dynamic_interfaces into global_defs
                k.conf: refused (1 × error)
                """,
                "-f",
                file,
                "-i",
                "two");
    }

    @Test
    void aLdirectordFile() throws IOException {
        says(0, "", "--ldirectord", file("l.cf", "virtual=7\n\treal=192.0.2.2 gate\n"));
        says(
                3,
                """
                l.cf:2:5: error: `real`: `gait` is no way to forward
                    one of gate (direct routing), masq (NAT), ipip (tunnel)
                l.cf: refused (1 × error)
                """,
                "--ldirectord",
                file("l.cf", "virtual=7\n\treal=192.0.2.2 gait\n"));
    }

    @Test
    void aLdirectordFileAsAKeepalivedOne() throws IOException {
        StringWriter said = new StringWriter();
        StringWriter written = new StringWriter();
        CommandLine command = new CommandLine(new ConvertCommand());
        command.setErr(new PrintWriter(said));
        command.setOut(new PrintWriter(written));
        String file = file("l.cf", "autoreload=yes\nvirtual=7\n\treal=192.0.2.2 gate\n");
        assertEquals(0, command.execute(file));
        assertEquals(
                """
                %s: warning: `autoreload` has no counterpart
                    send SIGHUP after a change, or: sluice reload
                """
                        .formatted(file),
                said.toString());
        assertEquals(
                """
                # Made of %s by sluice convert.


                virtual_server fwmark 7 {
                    delay_loop 10
                    lb_algo wrr
                    lb_kind DR
                    real_server 192.0.2.2 0 {
                        weight 1
                    }
                }
                """
                        .formatted(file),
                written.toString());
    }

    @Test
    void aFileThatIsNotThere() {
        says(
                3,
                """
                no.conf: error: there is no such file
                    name the configuration with -f FILE
                no.conf: refused (1 × error)
                """,
                "-f",
                folder.resolve("no.conf").toString());
    }
}
