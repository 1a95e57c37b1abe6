package dev.sluice.config.ldirectord;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.sluice.config.ldirectord.LdirectorSettings.AtAddress;
import dev.sluice.config.ldirectord.LdirectorSettings.AtMark;
import dev.sluice.config.ldirectord.LdirectorSettings.Forwarding;
import dev.sluice.config.ldirectord.LdirectorSettings.Kind;
import dev.sluice.config.ldirectord.LdirectorSettings.Service;
import dev.sluice.config.ldirectord.LdirectorSettings.Transport;
import dev.sluice.config.text.Problem;
import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.junit.jupiter.api.Test;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/// What a ldirectord.cf says, and what is said of one that is wrong.
final class LdirectordTest {

    private static Ldirectord.Reading read(String text) {
        return Ldirectord.read("l.cf", text, Cases.MACHINE);
    }

    private static LdirectorSettings fine(String text) {
        Ldirectord.Reading reading = read(text);
        assertEquals(List.of(), reading.problems());
        return reading.settings();
    }

    private static void says(String expected, String text) {
        assertEquals(
                expected.strip(),
                read(text).problems().stream()
                        .map(Problem::toString)
                        .collect(Collectors.joining("\n")));
    }

    @Test
    void eachRecordedCaseGetsTheVerdictOfLdirectord() throws IOException {
        List<String> wrong = new ArrayList<>();
        for (Cases each : Cases.all()) {
            Ldirectord.Reading reading = read(each.file());
            if (reading.isUsable() != each.isAcceptedHere()) {
                wrong.add(each + " " + reading.problems());
            }
        }
        assertEquals("", String.join("\n", wrong));
    }

    @Test
    void aServiceWithEverything() {
        LdirectorSettings settings =
                fine(
                        """
                        checktimeout=3
                        checkinterval=2
                        failurecount=2
                        quiescent=yes
                        autoreload=yes
                        callback="/usr/local/bin/sync-me"
                        fallback=127.0.0.1:80

                        virtual=192.0.2.200:8080
                        \tservicename=Web Site
                        \treal=192.0.2.2:80 masq 3 "/alive", "OK.*now" l:5 u:9
                        \treal=192.0.2.8->192.0.2.10:81 gate
                        \tservice=http
                        \tscheduler=wlc
                        \tpersistent=600
                        \tnetmask=255.255.255.0
                        \tchecktype=negotiate
                        \tcheckport=8000
                        \trequest="index.html"
                        \treceive="Test Page"
                        \tvirtualhost=www.x.y
                        \thttpmethod=HEAD
                        \tcleanstop=no
                        """);
        assertEquals(Duration.ofSeconds(2), settings.interval());
        assertTrue(settings.isReloaded());
        assertEquals("/usr/local/bin/sync-me", settings.callback());
        Service web = settings.services().getFirst();
        assertEquals(new AtAddress(Address.parse("192.0.2.200"), 8080, Transport.TCP), web.front());
        assertEquals("wlc", web.scheduler());
        assertEquals(600, web.persistenceSeconds());
        assertEquals(24, web.persistenceBits());
        assertTrue(web.isQuiescent());
        assertEquals(false, web.isRemovedAtStop());
        assertEquals(
                List.of("192.0.2.2:80", "192.0.2.8:81", "192.0.2.9:81", "192.0.2.10:81"),
                web.servers().stream()
                        .map(server -> server.address().withPort(server.port()))
                        .toList());
        LdirectorSettings.Real first = web.servers().getFirst();
        assertEquals(Forwarding.MASQ, first.forwarding());
        assertEquals(3, first.weight());
        assertEquals("/alive", first.request());
        assertEquals("OK.*now", first.receive());
        assertEquals(5, first.lowerThreshold());
        assertEquals(9, first.upperThreshold());
        assertEquals(1, web.servers().getLast().weight());
        assertEquals(Address.parse("127.0.0.1"), Objects.requireNonNull(web.fallback()).address());
        LdirectorSettings.Check check = web.check();
        assertEquals(Kind.NEGOTIATE, check.kind());
        assertEquals(Dialogue.HTTP, check.dialogue());
        assertEquals(8000, check.port());
        assertEquals("index.html", check.request());
        assertEquals("Test Page", check.receive());
        assertEquals("www.x.y", check.virtualHost());
        assertTrue(check.isHead());
        assertEquals(2, check.failures());
        assertEquals(Duration.ofSeconds(3), check.timeout());
        assertEquals(Duration.ofSeconds(3), check.negotiationTimeout());
    }

    @Test
    void whatIsNotSaidIsAsInLdirectord() {
        LdirectorSettings settings =
                fine(
                        """
                        virtual=192.0.2.200:443
                            real=192.0.2.2:443 gate
                        virtual=192.0.2.200:domain
                            real=192.0.2.2:53 gate
                        virtual=7
                            real=192.0.2.2 ipip
                        virtual6=[2001:db8::1]:21
                            real6=[2001:db8::2]:21 gate 0
                        """);
        Service web = settings.services().getFirst();
        assertEquals(Duration.ofSeconds(10), web.interval());
        assertEquals(Duration.ofSeconds(5), web.check().timeout());
        assertEquals(Duration.ofSeconds(30), web.check().negotiationTimeout());
        assertEquals("wrr", web.scheduler());
        assertEquals(false, web.isQuiescent());
        assertEquals(true, web.isRemovedAtStop());
        assertEquals(
                List.of(Dialogue.HTTPS, Dialogue.DNS, Dialogue.NONE, Dialogue.FTP),
                settings.services().stream().map(each -> each.check().dialogue()).toList());
        assertEquals(
                new AtAddress(Address.parse("192.0.2.200"), 53, Transport.UDP),
                settings.services().get(1).front());
        assertEquals(new AtMark(7, Family.IPV4), settings.services().get(2).front());
        assertEquals(0, settings.services().get(2).servers().getFirst().port());
        assertEquals(0, settings.services().get(3).servers().getFirst().weight());
    }

    @Test
    void globalOptionsCountWhereverTheyStand() {
        LdirectorSettings settings =
                fine(
                        """
                        virtual=192.0.2.200:80
                            real=192.0.2.2:80 gate
                            checktype=3
                            negotiatetimeout=9
                        checktimeout=4
                        quiescent=yes
                        """);
        Service web = settings.services().getFirst();
        assertEquals(Kind.COMBINED, web.check().kind());
        assertEquals(3, web.check().connects());
        assertEquals(Duration.ofSeconds(9), web.check().timeout());
        assertTrue(web.isQuiescent());
    }

    @Test
    void everythingThatIsWrongIsSaidAtOnce() {
        says(
                """
                l.cf:1:1: error: `checktimout`: no such option
                    did you mean `checktimeout`?
                l.cf:2:1: error: `quiescent`: `maybe` is neither yes nor no
                    nothing may follow, neither a blank nor a comment
                l.cf:4:5: error: `real`: `gait` is no way to forward
                    one of gate (direct routing), masq (NAT), ipip (tunnel)
                l.cf:5:5: error: `recieve`: no such option of a service
                    write: KEY = VALUE
                l.cf:6:5: error: `autoreload`: no such option of a service
                    it is a global option: write it at the first column
                l.cf:8:5: error: an indented line that belongs to no `virtual`
                    options of a service follow its `virtual` line at once, without an empty line between, indented by at least four blanks or a tab; global options begin at the first column
                l.cf:9:1: error: tcp:192.0.2.200:80 is there already, in line 3
                    put the servers of both together
                """,
                """
                checktimout=3
                quiescent=maybe
                virtual=192.0.2.200:80
                    real=192.0.2.2:80 gait
                    recieve="x"
                    autoreload=yes

                    real=192.0.2.2:80 gate
                virtual=192.0.2.200:80
                    real=192.0.2.2:80 gate
                """);
    }

    @Test
    void whatLdirectordAcceptsInSilenceIsAWarning() {
        says(
                """
                l.cf:1:1: warning: `checktimeout`: of `3s`, 3 is taken
                    write the number alone
                l.cf:2:1: warning: `virtual`: `192.0.2.200` has no port, so it is taken as the mark 192
                    write: virtual = ADDRESS:PORT
                l.cf:4:5: warning: 192.0.2.2:80 is there already, in line 3, and that line counts
                    leave one of them out
                l.cf:5:5: warning: `receive`: no regular expression (Unclosed character class), so that no answer matches
                    put a backslash before what is meant literally
                """,
                """
                checktimeout=3s
                virtual=192.0.2.200
                    real=192.0.2.2:80 gate
                    real=192.0.2.2:80 masq
                    receive="[x"
                """);
    }
}
