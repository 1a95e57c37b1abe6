package dev.sluice.config.ldirectord;

import java.util.Arrays;
import java.util.Locale;
import java.util.Optional;

/// The protocols that a server is asked in by `checktype = negotiate`, and the ports of virtual
/// services that imply them.
public enum Dialogue {
    FTP(21),
    SMTP(25),
    DNS(53),
    HTTP(80),
    POP(110),
    NNTP(119),
    IMAP(143),
    LDAP(389),
    HTTPS(443),
    SUBMISSION(587),
    LDAPS(636),
    IMAPS(993),
    POPS(995),
    ORACLE(1521),
    RADIUS(1812),
    HTTP_PROXY(3128),
    MYSQL(3306),
    SIP(5060),
    PGSQL(5432),
    SIMPLETCP(0),
    /// Not asked at all: the server counts as up.
    NONE(0);

    private final int port;

    Dialogue(int port) {
        this.port = port;
    }

    /// That of services at a port.
    public static Dialogue at(int port) {
        return Arrays.stream(values())
                .filter(each -> each.port != 0 && each.port == port)
                .findFirst()
                .orElse(NONE);
    }

    /// By its keyword.
    public static Optional<Dialogue> named(String word) {
        return Arrays.stream(values()).filter(each -> each.word().equals(word)).findFirst();
    }

    /// As it is written in the file.
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }
}
