package dev.sluice.config;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.sluice.config.text.Environment;
import dev.sluice.config.text.FilesInMemory;

import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/// What an operator reads at three in the morning: where, what, and how to mend it.
final class MessagesTest {

    /// Knows eth0 and root, and finds no script but those in /bin.
    private static final Host MACHINE =
            new Host() {
                @Override
                public boolean hasInterface(String name) {
                    return name.equals("eth0");
                }

                @Override
                public boolean hasUser(String name) {
                    return name.equals("root");
                }

                @Override
                public boolean hasGroup(String name) {
                    return name.equals("root");
                }

                @Override
                public @Nullable String scriptComplaint(String path) {
                    return path.startsWith("/bin/") ? null : "there is no such file";
                }
            };

    private static Reading read(String text) {
        return Keepalived.read(
                "k.conf",
                new FilesInMemory().with("k.conf", text),
                new Environment("one", "", 0),
                MACHINE);
    }

    private static void says(int exitStatus, String expected, String text) {
        Reading reading = read(text);
        assertEquals(expected.strip(), SamplesTest.print(reading.problems()));
        assertEquals(exitStatus, reading.exitStatus());
    }

    private static String instance(String lines) {
        return """
        vrrp_instance A {
          interface eth0
          virtual_router_id 5
          virtual_ipaddress {
            192.0.2.1/24
          }
        %s}
        """
                .formatted(lines);
    }

    private static String server(String lines) {
        return """
        virtual_server 192.0.2.1 80 {
          lb_algo rr
          lb_kind NAT
          protocol TCP
          real_server 192.0.2.2 80 {
          }
        %s}
        """
                .formatted(lines);
    }

    @Test
    void aMisspeltKeyword() {
        says(
                3,
                """
                k.conf:7:3: error: `prioritty` is not known in `vrrp_instance`
                    did you mean `priority`?
                k.conf:8:3: error: `real_server` is not known in `vrrp_instance`
                    it belongs into `virtual_server`
                k.conf:9:3: error: `global_defs` is not known in `vrrp_instance`; its block is skipped
                    it stands outside of all blocks; is a '}' missing above?
                k.conf:9:17: warning: `router_id` is skipped with `global_defs`
                k.conf:10:1: warning: keepalived would stumble over this '}': it does not skip `global_defs` of line 9
                """,
                instance("  prioritty 5\n  real_server\n  global_defs { router_id x }\n"));
    }

    @Test
    void valuesThatDoNotFit() {
        says(
                3,
                """
                k.conf:7:12: error: `priority`: `300` is outside 1 to 255
                k.conf:8:14: error: `advert_int`: `1s` is not a number of seconds
                k.conf:9:14: error: `smtp_alert`: `maybe` is not on or off
                k.conf:10:3: error: `version` needs a value
                    as in: version 2..3
                k.conf:11:13: error: `nopreempt`: `5` is not on or off
                """,
                instance(
                        """
                          priority 300
                          advert_int 1s
                          smtp_alert maybe
                          version
                          nopreempt 5
                        """));
    }

    @Test
    void wordsTooMany() {
        says(
                0,
                """
                k.conf:7:16: warning: `150` is not used: `priority` ends before it
                    quote a value that contains blanks
                """,
                instance("  priority 100 150\n"));
    }

    @Test
    void aKeywordTwice() {
        says(
                0,
                """
                k.conf:8:3: warning: `priority` again; line 7 is overridden
                    remove one of them
                """,
                instance("  priority 100\n  priority 150\n"));
    }

    @Test
    void severalKeywordsOnALine() {
        says(
                3,
                """
                k.conf:7:30: error: `weight` opens no block
                    begin a new line before `TCP_CHECK`
                k.conf:8:3: error: `sorry_server` opens no block
                    remove the { } and what is between them
                k.conf:9:29: error: `TCP_CHECK` needs a block
                    write { after it, and } at its end
                """,
                server(
                        """
                          real_server 192.0.2.3 80 { weight 1 TCP_CHECK { } }
                          sorry_server 192.0.2.4 { }
                          real_server 192.0.2.5 80 {TCP_CHECK }
                        """));
    }

    @Test
    void scriptsThatWillNotRun() {
        says(
                5,
                """
                k.conf:7:3: unsafe: scripts are run, and nothing keeps others than root from changing them
                    write enable_script_security into global_defs, and script_user USER
                k.conf:8:3: warning: `/no/script` cannot be run: there is no such file
                k.conf:9:3: warning: there is no user `nobody` on this machine
                    the script will not run
                """,
                instance(
                        """
                          notify_master "/bin/a b" root
                          notify_backup /no/script
                          notify /bin/c nobody
                        """));
    }

    @Test
    void aCommandThatIsNotQuotedAsAWhole() {
        says(
                0,
                """
                k.conf:7:43: warning: `misc_path`: `80` is not used
                    quote the command and its arguments as a whole: misc_path "/no/a 80"
                k.conf:7:43: warning: `/no/a` cannot be run: there is no such file
                """,
                server("  real_server 192.0.2.3 80 { MISC_CHECK { misc_path /no/a 80 } }\n"));
    }

    @Test
    void interfacesThatAreNotThere() {
        says(
                3,
                """
                k.conf:2:13: error: there is no interface `eth7` on this machine
                    if it appears later, write dynamic_interfaces into global_defs
                """,
                instance("").replace("eth0", "eth7"));
        says(
                0,
                """
                k.conf:2:13: warning: there is no interface `eth7` on this machine
                    dynamic_interfaces: it is waited for
                """,
                instance("").replace("eth0", "eth7") + "global_defs {\n dynamic_interfaces\n}\n");
    }

    @Test
    void whatRefersToNothing() {
        says(
                3,
                """
                k.conf:8:5: error: there is no vrrp_script `s`
                    write vrrp_script s { }, anywhere in the file
                k.conf:11:22: error: there is no virtual_server_group `g`
                    write virtual_server_group g { }, anywhere in the file
                k.conf:13:1: adjusted: the group `G` has only one instance
                    name the instances that move together in group { }
                k.conf:15:5: error: there is no vrrp_instance `B` for the group `G`
                """,
                instance("  track_script {\n    s\n  }\n")
                        + """
                        virtual_server group g {
                        }
                        vrrp_sync_group G {
                          group {
                            B
                            A
                          }
                        }
                        """);
    }

    @Test
    void whatKeepalivedWouldAdjust() {
        says(
                4,
                """
                k.conf:1:1: adjusted: virtual server 192.0.2.1 has no protocol; UDP is used
                    write: protocol TCP
                k.conf:1:1: adjusted: virtual server 192.0.2.1 has no port, and so must be persistent; 360 seconds are used
                    write a port, or: persistence_timeout 360
                k.conf:4:3: adjusted: virtual server 192.0.2.1: the real server 192.0.2.2 has port 80, but only NAT changes the port; the service's is used
                    write the service's port, or: lb_kind NAT
                """,
                """
                virtual_server 192.0.2.1 {
                  lb_algo rr
                  lb_kind DR
                  real_server 192.0.2.2 80 {
                  }
                }
                """);
    }

    @Test
    void aQuorumThatDoesNotComeBack() {
        says(
                0,
                """
                k.conf:9:3: warning: virtual server 192.0.2.1 80: a quorum once lost comes back at a weight of 6, and all together have 5
                    lower quorum or hysteresis
                """,
                server("  weight 5\n  quorum 4\n  hysteresis 2\n"));
    }

    @Test
    void aCheckerThatCannotWork() {
        says(
                3,
                """
                k.conf:8:16: error: HTTP_GET has no url
                    write: url { path / }
                k.conf:9:22: error: this url has no path
                    write: path /
                k.conf:10:18: error: MISC_CHECK has no misc_path
                    write: misc_path "/path argument"
                k.conf:12:11: error: `regex`: `(` is no regular expression: unclosed group
                """,
                server(
                        """
                          real_server 192.0.2.3 80 {
                            HTTP_GET { }
                            HTTP_GET { url { } }
                            MISC_CHECK { }
                            SSL_GET { url { path /
                            regex "("
                            } }
                          }
                        """));
    }
}
