package dev.sluice.ldirectord.dialogue;

import dev.sluice.config.ldirectord.Dialogue;

import java.io.IOException;

/// All dialogues, by their names.
public final class Dialogues {

    private Dialogues() {}

    /// Asks.
    ///
    /// @return what was found, for people
    /// @throws IOException what is wrong with the server
    public static String ask(Dialogue dialogue, Inquiry inquiry) throws IOException {
        return switch (dialogue) {
            case HTTP -> new Http(inquiry, false).ask();
            case HTTPS -> new Http(inquiry, true).ask();
            case HTTP_PROXY -> new Http(inquiry, false).askProxy();
            case SIMPLETCP -> SimpleTcp.ask(inquiry);
            case SMTP, SUBMISSION -> Smtp.ask(inquiry);
            case POP -> Pop.ask(inquiry, false);
            case POPS -> Pop.ask(inquiry, true);
            case IMAP -> Imap.ask(inquiry, false);
            case IMAPS -> Imap.ask(inquiry, true);
            case NNTP -> Nntp.ask(inquiry);
            case FTP -> Ftp.ask(inquiry);
            case DNS -> Dns.ask(inquiry);
            case LDAP -> Ldap.ask(inquiry, false);
            case LDAPS -> Ldap.ask(inquiry, true);
            case MYSQL -> Mysql.ask(inquiry);
            case PGSQL -> Pgsql.ask(inquiry);
            case RADIUS -> Radius.ask(inquiry);
            case SIP -> Sip.ask(inquiry);
            case ORACLE ->
                    throw new IOException(
                            "oracle cannot be asked: use checktype = connect, or external");
            case NONE -> "not asked";
        };
    }
}
