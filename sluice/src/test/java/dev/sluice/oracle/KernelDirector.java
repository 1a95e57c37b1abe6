package dev.sluice.oracle;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;

/// Linux IPVS in a user-mode Linux kernel: boots in two seconds, needs no privilege.
///
/// The guest's root is the host's own file system, read only; its first process is a shell that
/// reads commands from the console, which is our child's standard input and output. Its network
/// card is a Unix socket of ours (`transport=bess`), one record for one frame.
///
/// *When is an answer complete?* Behind every burst of frames goes a ping to the director's own
/// address. The guest has one processor and one queue each way, so once the reply is back,
/// everything that the burst caused has come out before it. Nothing waits for a quiet period.
public final class KernelDirector implements Peer {
    private static final Duration PATIENCE = Duration.ofSeconds(30);
    private static final int BURST_FRAMES = 24;
    private static final Path MODULES = Path.of("/usr/lib/uml/modules");
    private static final List<String> NEEDED =
            List.of("/usr/bin/linux.uml", "/sbin/ipvsadm", "/sbin/ip", "/sbin/modprobe");
    private static final String SCHEDULERS =
            "ip_vs_rr ip_vs_wrr ip_vs_lc ip_vs_wlc ip_vs_sed ip_vs_nq ip_vs_fo ip_vs_ovf ip_vs_sh"
                    + " ip_vs_dh ip_vs_mh ip_vs_lblc ip_vs_lblcr";

    private static final String INIT =
            """
            #!/bin/sh
            export PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C
            mount -t proc proc /proc
            mount -t sysfs sys /sys
            mount -t tmpfs run /run
            mkdir -p /run/tree/lib/modules
            ln -s %s/$(uname -r) /run/tree/lib/modules/
            dmesg -n 1
            stty -echo -opost
            cd /
            echo "@@ 0"
            while IFS= read -r command; do
                eval "$command" 2>&1
                echo "@@ $?"
            done
            """
                    .formatted(MODULES);

    private final Path directory;
    private final Process guest;
    private final Writer input;
    private final BlockingQueue<String> output = new LinkedBlockingQueue<>();
    private final SeqpacketSocket link;
    private final List<String> routes = new ArrayList<>();
    private int fence;

    /// Why this machine cannot boot the kernel, or empty.
    public static Optional<String> missing() {
        for (String file : NEEDED) {
            if (!Files.exists(Path.of(file))) {
                return Optional.of(
                        file + " is missing; install user-mode-linux, ipvsadm, iproute2 and kmod");
            }
        }
        return Files.isDirectory(MODULES)
                ? Optional.empty()
                : Optional.of(MODULES + " is missing; install user-mode-linux");
    }

    public KernelDirector() {
        try {
            directory = Files.createTempDirectory("oracle");
            Path init = directory.resolve("init");
            Files.writeString(init, INIT);
            Files.writeString(directory.resolve("settings"), settings());
            Files.writeString(directory.resolve("links"), links());
            if (!init.toFile().setExecutable(true)) {
                throw new IOException("cannot make " + init + " executable");
            }
            Path socket = directory.resolve("link");
            link = new SeqpacketSocket(socket);
            ProcessBuilder userModeLinux =
                    new ProcessBuilder(
                                    "linux.uml",
                                    "mem=192M",
                                    "rootfstype=hostfs",
                                    "rootflags=/",
                                    "ro",
                                    "init=" + init,
                                    "con0=fd:0,fd:1",
                                    "con=none",
                                    "ssl=none",
                                    "umid=oracle",
                                    "uml_dir=" + directory,
                                    "quiet",
                                    SmallRegisters.GUEST_ENVIRONMENT,
                                    "vec0:transport=bess,dst=%s,mac=%s,vec=0"
                                            .formatted(socket, Wire.directorMac()))
                            .redirectErrorStream(true);
            guest = SmallRegisters.start(userModeLinux);
            input = guest.outputWriter(StandardCharsets.UTF_8);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        Thread.ofPlatform().daemon().name("oracle-console").start(this::readConsole);
        try {
            awaitAnswer("boot");
            configureNetwork();
        } catch (RuntimeException e) {
            close();
            throw e;
        }
    }

    /// What a shell command in the guest prints; a last line `exit N` tells a failure.
    public String run(String command) {
        try {
            input.write(command + "\n");
            input.flush();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
        return awaitAnswer(command);
    }

    @Override
    public String ipvsadm(String arguments) {
        return run("ipvsadm " + arguments);
    }

    @Override
    public void setting(String name, String value) {
        must("echo '%s' > /proc/sys/net/ipv4/vs/%s".formatted(value, name));
    }

    @Override
    public void pathMtu(String address, int mtu) {
        String route =
                address.contains(":")
                        ? "-6 route replace %s/128 %s".formatted(address, via(address))
                        : "-4 route replace %s/32 %s".formatted(address, via(address));
        must("ip %s mtu lock %d".formatted(route, mtu));
        routes.add(route.replace("replace", "del"));
    }

    private static String via(String address) {
        if (address.startsWith("172.16.")) {
            return "via " + Wire.GATEWAY + " dev vec0";
        }
        return address.startsWith("2001:db8:c:")
                ? "via " + Wire.GATEWAY_6 + " dev vec0"
                : "dev vec0 src " + Wire.serverSideAddress(address.contains(":"));
    }

    @Override
    public List<byte[]> exchange(List<byte[]> frames) {
        List<byte[]> answers = new ArrayList<>();
        for (int first = 0; first < frames.size(); first += BURST_FRAMES) {
            int end = Math.min(first + BURST_FRAMES, frames.size());
            frames.subList(first, end).forEach(link::send);
            byte[] ping = Frames.ping(++fence & 0xffff);
            link.send(ping);
            collectUntilFence(answers);
        }
        return answers;
    }

    private void collectUntilFence(List<byte[]> answers) {
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        while (System.nanoTime() - deadline < 0) {
            Optional<byte[]> frame = link.receive(100);
            if (frame.isEmpty()) {
                continue;
            }
            if (Frames.isPong(frame.get(), fence & 0xffff)) {
                return;
            }
            if (!Frames.isHousekeeping(frame.get())) {
                answers.add(frame.get());
            }
        }
        throw new IllegalStateException("no reply to the ping behind the frames" + console());
    }

    @Override
    public void sleep(Duration time) {
        try {
            Thread.sleep(time);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    /// Loads the modules afresh: the only way to forget connections.
    @Override
    public void reset() {
        routes.forEach(route -> run("ip " + route));
        routes.clear();
        must("ipvsadm -C");
        must("modprobe -d /run/tree -r " + SCHEDULERS + " ip_vs_ftp ip_vs");
        loadModules();
    }

    private void loadModules() {
        must("modprobe -a -d /run/tree ip_vs " + SCHEDULERS);
    }

    private void configureNetwork() {
        must("modprobe -a -d /run/tree ipv6");
        loadModules();
        must(". " + directory.resolve("settings"));
        must("ip -batch " + directory.resolve("links"));
        if (!link.accept((int) PATIENCE.toMillis())) {
            throw new IllegalStateException("the guest did not open its link" + console());
        }
    }

    private static String settings() {
        StringBuilder script = new StringBuilder();
        for (String setting :
                List.of(
                        "ipv6/conf/all/accept_dad=0",
                        "ipv6/conf/default/accept_dad=0",
                        "ipv6/conf/vec0/accept_dad=0",
                        "ipv6/conf/vec0/router_solicitations=0",
                        "ipv6/conf/vec0/accept_ra=0",
                        "ipv6/conf/all/forwarding=1",
                        "ipv6/icmp/ratelimit=0",
                        "ipv6/auto_flowlabels=0",
                        "ipv4/ip_forward=1",
                        "ipv4/conf/all/send_redirects=0",
                        "ipv4/conf/vec0/send_redirects=0",
                        "ipv4/conf/all/rp_filter=0",
                        "ipv4/conf/vec0/rp_filter=0",
                        "ipv4/conf/all/accept_local=1",
                        "ipv4/conf/vec0/accept_local=1",
                        "ipv4/icmp_ratelimit=0",
                        "ipv4/icmp_msgs_per_sec=1000000",
                        "ipv4/icmp_msgs_burst=1000000")) {
            String[] parts = setting.split("=", 2);
            script.append("echo %s > /proc/sys/net/%s\n".formatted(parts[1], parts[0]));
        }
        return script.toString();
    }

    private static String links() {
        StringBuilder batch = new StringBuilder("link set lo up\nlink set vec0 up\n");
        for (String address :
                List.of(
                        Wire.DIRECTOR + "/24 dev vec0",
                        "10.0.0.254/24 dev vec0",
                        "192.168.1.100/32 dev lo",
                        "192.168.1.101/32 dev lo",
                        "192.168.1.102/32 dev lo",
                        "2001:db8:ff::1/64 dev vec0",
                        "2001:db8:10::254/64 dev vec0",
                        "2001:db8:1::100/128 dev lo",
                        "2001:db8:1::101/128 dev lo")) {
            batch.append("addr add ").append(address).append('\n');
        }
        String neighbour = "neigh add %s lladdr %s dev vec0\n";
        batch.append(neighbour.formatted(Wire.GATEWAY, Wire.gatewayMac()));
        batch.append(neighbour.formatted(Wire.GATEWAY_6, Wire.gatewayMac()));
        for (int number = Wire.FIRST_SERVER; number <= Wire.LAST_SERVER; number++) {
            for (boolean ipv6 : new boolean[] {false, true}) {
                batch.append(
                        neighbour.formatted(
                                Wire.serverAddress(number, ipv6), Wire.serverMac(number, ipv6)));
            }
        }
        return batch.append("route add default via " + Wire.GATEWAY + "\n")
                .append("route add ::/0 via " + Wire.GATEWAY_6 + "\n")
                .append("route add unreachable 10.9.0.0/16\n")
                .append("route add unreachable 2001:db8:9::/48\n")
                .toString();
    }

    private void must(String command) {
        String text = run(command);
        if (!text.isEmpty()) {
            throw new IllegalStateException("`" + command + "` said: " + text);
        }
    }

    private String awaitAnswer(String command) {
        StringBuilder text = new StringBuilder();
        long deadline = System.nanoTime() + PATIENCE.toNanos();
        try {
            while (true) {
                String line = output.poll(deadline - System.nanoTime(), TimeUnit.NANOSECONDS);
                if (line == null) {
                    throw new IllegalStateException(
                            "no end of `" + command + "`; the console said:\n" + text);
                }
                if (line.startsWith("@@ ")) {
                    if (!line.equals("@@ 0")) {
                        text.append("exit ").append(line.substring(3)).append('\n');
                    }
                    return command.equals("boot") ? "" : text.toString();
                }
                text.append(line).append('\n');
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException(e);
        }
    }

    private String console() {
        return "; the console said:\n" + String.join("\n", output);
    }

    private void readConsole() {
        try (BufferedReader reader =
                new BufferedReader(
                        new InputStreamReader(guest.getInputStream(), StandardCharsets.UTF_8))) {
            String line = reader.readLine();
            while (line != null) {
                output.add(line);
                line = reader.readLine();
            }
        } catch (IOException e) {
            output.add("console: " + e);
        }
        output.add("the guest has ended");
    }

    /// Ends the guest and each of its processes, by number.
    @Override
    public void close() {
        List<ProcessHandle> family =
                Stream.concat(guest.descendants(), Stream.of(guest.toHandle())).toList();
        family.forEach(ProcessHandle::destroyForcibly);
        try {
            guest.waitFor();
            link.close();
            deleteDirectory();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private void deleteDirectory() throws IOException {
        try (Stream<Path> files = Files.walk(directory)) {
            Path[] deepestFirst = files.toArray(Path[]::new);
            Arrays.sort(deepestFirst, (a, b) -> b.compareTo(a));
            for (Path file : deepestFirst) {
                Files.deleteIfExists(file);
            }
        }
    }
}
