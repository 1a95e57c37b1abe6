package dev.sluice.ldirectord;

import dev.sluice.config.ldirectord.LdirectorSettings.AtAddress;
import dev.sluice.config.ldirectord.LdirectorSettings.AtMark;
import dev.sluice.config.ldirectord.LdirectorSettings.Check;
import dev.sluice.config.ldirectord.LdirectorSettings.Front;
import dev.sluice.config.ldirectord.LdirectorSettings.Kind;
import dev.sluice.config.ldirectord.LdirectorSettings.Real;
import dev.sluice.config.ldirectord.LdirectorSettings.Service;
import dev.sluice.config.ldirectord.LdirectorSettings.Transport;
import dev.sluice.wire.Address;

import java.util.List;

/// What one server is asked. Two services that ask the same server the same share the answer.
///
/// @param port that is asked; 0: there is none
/// @param isUdp whether the service is
/// @param arguments of an external command, which are about the service too; otherwise empty
record Question(
        Address address,
        int port,
        boolean isUdp,
        Check check,
        String request,
        String receive,
        List<String> arguments) {

    static Question of(Service service, Real server) {
        Check check = service.check();
        int port = check.port() == 0 ? server.port() : check.port();
        if (port == 0 && service.front() instanceof AtAddress at) {
            port = at.port();
        }
        boolean isExternal = check.kind() == Kind.EXTERNAL || check.kind() == Kind.EXTERNAL_PERL;
        return new Question(
                server.address(),
                port,
                service.front() instanceof AtAddress at && at.transport() == Transport.UDP,
                check,
                server.request() == null ? check.request() : server.request(),
                server.receive() == null ? check.receive() : server.receive(),
                isExternal ? arguments(service.front(), server.address(), port) : List.of());
    }

    private static List<String> arguments(Front front, Address address, int port) {
        return switch (front) {
            case AtAddress at ->
                    List.of(
                            at.address().toString(),
                            Integer.toString(at.port()),
                            address.toString(),
                            Integer.toString(port));
            case AtMark mark ->
                    List.of(
                            Long.toString(mark.mark()),
                            "0",
                            address.toString(),
                            Integer.toString(port));
        };
    }
}
