package dev.sluice.control;

import dev.sluice.director.service.ServiceKey;
import dev.sluice.director.service.Setting;

import org.jspecify.annotations.Nullable;

/// One change of the desired state, whoever wants it. A value: [DesiredState#with] says what comes
/// of it, [Table#apply] carries it out.
public sealed interface Edit {

    Origin origin();

    record AddService(Origin origin, ServiceKey service, ServiceSettings settings)
            implements Edit {}

    /// Replaces every setting; servers, counters and connections stay.
    record EditService(Origin origin, ServiceKey service, ServiceSettings settings)
            implements Edit {}

    /// Removes a service and its servers; their connections stay.
    record DeleteService(Origin origin, ServiceKey service) implements Edit {}

    /// Removes all services; connections and timeouts stay.
    record Clear(Origin origin) implements Edit {}

    /// Adds a server in front of those that the service has.
    record AddServer(Origin origin, ServiceKey service, ServerKey server, ServerSettings settings)
            implements Edit {}

    /// Replaces every setting of a server; it keeps its place and its connections. The weight is
    /// this origin's word, see [Weights].
    record EditServer(Origin origin, ServiceKey service, ServerKey server, ServerSettings settings)
            implements Edit {}

    /// Removes a server; its connections stay.
    record DeleteServer(Origin origin, ServiceKey service, ServerKey server) implements Edit {}

    /// This origin's word on the weight of a server.
    ///
    /// @param weight null takes the word back
    record SetWeight(Origin origin, ServiceKey service, ServerKey server, @Nullable Integer weight)
            implements Edit {}

    /// One of the `net.ipv4.vs` settings.
    record SetSetting(Origin origin, Setting setting, String value) implements Edit {}

    /// Timeouts in seconds; 0 keeps one.
    record SetTimeouts(Origin origin, int tcpSeconds, int tcpFinSeconds, int udpSeconds)
            implements Edit {}
}
