package dev.sluice.control;

import dev.sluice.director.service.ServiceKey;

import java.util.List;

/// A virtual service as it is listed.
public record ServiceStatus(
        ServiceKey key,
        ServiceSettings settings,
        Figures totals,
        Figures perSecond,
        List<ServerStatus> newestFirst) {}
