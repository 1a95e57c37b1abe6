package dev.sluice.lab;

import dev.sluice.net.linux.NetworkNamespace;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/// What a lab leaves on the machine, written down while it runs, so that the next one can clear up
/// after a crash; and the lock that keeps two labs apart.
///
/// The lock is the kernel's and ends with the process that holds it. Whoever gets it and still
/// finds a list, finds that of a lab that crashed. The list names namespaces and programs; a
/// program is known by process id *and* start time, since ids are used again.
public final class LabState implements AutoCloseable {

    private static final Path DIRECTORY = Path.of("/run/sluice-lab");
    private static final Path BPF_PINS = Path.of("/sys/fs/bpf/sluice");
    private static final Pattern HOST_NAMES = Pattern.compile("client|director|switch|rs[0-9]+");

    private static final int LOCK_POLL_MILLIS = 200;

    private static final long GONE = -1;

    private final String prefix;
    private final Path list;
    private final FileChannel channel;
    private final Set<String> namespaces = new LinkedHashSet<>();
    private final Map<Long, String> programs = new LinkedHashMap<>();

    private LabState(String prefix, FileChannel channel) {
        this.prefix = prefix;
        this.list = listOf(prefix);
        this.channel = channel;
    }

    /// Takes the lock.
    ///
    /// @param prefix of the names of the namespaces, such as `sluice-`
    /// @param patience how long to wait for another lab to end
    /// @throws LabException when another lab of this prefix runs
    public static LabState acquire(String prefix, Duration patience) {
        Loopback.wake();
        Instant deadline = Instant.now().plus(patience);
        try {
            Files.createDirectories(DIRECTORY);
            FileChannel channel =
                    FileChannel.open(
                            DIRECTORY.resolve(prefix + "lock"),
                            StandardOpenOption.CREATE,
                            StandardOpenOption.WRITE);
            FileLock lock = tryLock(channel);
            while (lock == null && Instant.now().isBefore(deadline)) {
                Thread.sleep(LOCK_POLL_MILLIS);
                lock = tryLock(channel);
            }
            if (lock == null) {
                channel.close();
                throw new LabException(
                        "another lab is running on this machine; end it first (Ctrl-C in its"
                                + " terminal), or look around in it: sluice lab exec client bash");
            }
            return new LabState(prefix, channel);
        } catch (InterruptedException interrupt) {
            Thread.currentThread().interrupt();
            throw new LabException("interrupted while waiting for another lab to end");
        } catch (IOException failure) {
            throw new LabException(
                    "cannot write to "
                            + DIRECTORY
                            + " ("
                            + failure.getMessage()
                            + "); run as root, or start it by bin/sluice, which enters a user"
                            + " namespace");
        }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
        try {
            return channel.tryLock();
        } catch (OverlappingFileLockException heldByThisProcess) {
            return null;
        }
    }

    /// Whether a lab of this prefix runs now.
    public static boolean isRunning(String prefix) {
        Path lock = DIRECTORY.resolve(prefix + "lock");
        if (!Files.exists(lock)) {
            return false;
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
            return tryLock(channel) == null;
        } catch (IOException unreadable) {
            return false;
        }
    }

    private static Path listOf(String prefix) {
        return DIRECTORY.resolve(prefix + "list");
    }

    /// The control socket of the lab's director.
    public static Path controlSocket(String prefix) {
        return DIRECTORY.resolve(prefix + "control");
    }

    /// The control socket of this lab's director.
    public Path controlSocket() {
        return controlSocket(prefix);
    }

    /// Where the director's own words go.
    Path directorLog() {
        return DIRECTORY.resolve(prefix + "director.log");
    }

    String namespaceName(String host) {
        return prefix + host;
    }

    synchronized void remember(String namespace) {
        namespaces.add(namespace);
        write();
    }

    synchronized void forget(String namespace) {
        namespaces.remove(namespace);
        write();
    }

    synchronized void rememberProgram(long pid, String command) {
        programs.put(pid, startTicks(pid) + " " + command.replace('\n', ' '));
        write();
    }

    synchronized void forgetProgram(long pid) {
        programs.remove(pid);
        write();
    }

    private void write() {
        List<String> lines = new ArrayList<>();
        for (String namespace : namespaces) {
            lines.add("namespace " + namespace);
        }
        programs.forEach((pid, program) -> lines.add("program " + pid + " " + program));
        try {
            Files.write(list, lines);
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }

    /// Removes what a crashed lab of this prefix left: its programs, then its namespaces, and with
    /// them their interfaces.
    ///
    /// @return what was removed, in words
    public List<String> removeLeftovers() {
        List<String> removed = new ArrayList<>();
        Set<String> left = new LinkedHashSet<>();
        try {
            if (Files.exists(list)) {
                for (String line : Files.readAllLines(list)) {
                    String[] words = line.split(" ", 4);
                    if (words[0].equals("namespace") && words.length == 2) {
                        left.add(words[1]);
                    } else if (words[0].equals("program") && words.length == 4) {
                        if (end(Long.parseLong(words[1]), Long.parseLong(words[2]))) {
                            removed.add("program " + words[1] + " (" + words[3] + ")");
                        }
                    }
                }
            }
            List<String> present = NetworkNamespace.names();
            for (String name : present) {
                if (name.startsWith(prefix)
                        && HOST_NAMES.matcher(name.substring(prefix.length())).matches()) {
                    left.add(name);
                }
            }
            left.retainAll(present);
            for (String name : left) {
                removePins(name);
                NetworkNamespace.delete(name);
                removed.add("namespace " + name);
            }
            Files.deleteIfExists(list);
            Files.deleteIfExists(controlSocket());
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
        return removed;
    }

    /// What a director that was killed had pinned outlives its namespace; goes before the name
    /// does.
    static void removePins(String namespaceName) {
        try (NetworkNamespace namespace = NetworkNamespace.open(namespaceName)) {
            Path pins = BPF_PINS.resolve(Long.toString(namespace.inode()));
            if (Files.isDirectory(pins)) {
                try (Stream<Path> tree = Files.walk(pins)) {
                    for (Path pin : tree.toList().reversed()) {
                        Files.delete(pin);
                    }
                }
            }
        } catch (IOException | RuntimeException notEvenANamespace) {
            // A crash can leave an empty file where the mount should be; delete() takes it away.
        }
    }

    private static boolean end(long pid, long startTicks) {
        return startTicks != GONE
                && startTicks(pid) == startTicks
                && ProcessHandle.of(pid).map(ProcessHandle::destroyForcibly).orElse(false);
    }

    /// When a process started, in clock ticks after the machine (proc_pid_stat(5), field 22).
    private static long startTicks(long pid) {
        try {
            String stat = Files.readString(Path.of("/proc/" + pid + "/stat"));
            // Field 2, the name, is in parentheses and may contain anything.
            String[] fromThird = stat.substring(stat.lastIndexOf(')') + 2).split(" ", -1);
            return Long.parseLong(fromThird[22 - 3]);
        } catch (IOException gone) {
            return GONE;
        }
    }

    @Override
    public synchronized void close() {
        try {
            if (namespaces.isEmpty() && programs.isEmpty()) {
                Files.deleteIfExists(list);
                Files.deleteIfExists(controlSocket());
                Files.deleteIfExists(directorLog());
            }
            channel.close();
        } catch (IOException failure) {
            throw new UncheckedIOException(failure);
        }
    }
}
