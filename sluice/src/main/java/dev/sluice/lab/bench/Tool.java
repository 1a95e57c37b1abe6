package dev.sluice.lab.bench;

import dev.sluice.lab.LabException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.stream.Stream;

/// A program that is not ours, and the Debian package that brings it.
enum Tool {
    IPERF3("iperf3", "iperf3"),
    WRK("wrk", "wrk"),
    NFT("nft", "nftables"),
    HAPROXY("haproxy", "haproxy"),
    NGINX("nginx", "nginx");

    private final String program;
    private final String debianPackage;

    Tool(String program, String debianPackage) {
        this.program = program;
        this.debianPackage = debianPackage;
    }

    boolean isInstalled() {
        return find().isPresent();
    }

    String path() {
        return find().orElseThrow(() -> new LabException(hint())).toString();
    }

    /// What is missing and how to get it.
    String hint() {
        return program + " is not installed (apt-get install " + debianPackage + ")";
    }

    /// On the path, or where an ordinary user's path does not lead.
    private Optional<Path> find() {
        String path = System.getenv().getOrDefault("PATH", "");
        return Stream.concat(Stream.of(path.split(":")), Stream.of("/usr/sbin", "/sbin"))
                .filter(directory -> !directory.isEmpty())
                .map(directory -> Path.of(directory, program))
                .filter(Files::isExecutable)
                .findFirst();
    }
}
