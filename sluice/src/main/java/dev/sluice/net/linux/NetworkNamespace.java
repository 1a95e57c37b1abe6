package dev.sluice.net.linux;

import static dev.sluice.net.linux.Flags.CLONE_NEWNET;
import static dev.sluice.net.linux.Flags.MS_BIND;
import static dev.sluice.net.linux.Flags.MS_REC;
import static dev.sluice.net.linux.Flags.MS_SHARED;
import static dev.sluice.net.linux.Flags.O_CREAT;
import static dev.sluice.net.linux.Flags.O_EXCL;
import static dev.sluice.net.linux.Flags.O_RDONLY;

import org.jspecify.annotations.Nullable;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/// A network namespace, held open.
///
/// A namespace belongs to a thread, not to the process: [#enter] moves the calling platform thread,
/// [#call] runs a task on a fresh one. Sockets, programs started and what is read below
/// `/proc/sys/net` are those of the thread's namespace; a socket stays in its namespace for good. A
/// new thread begins where the thread that starts it is, and that holds for the carriers of virtual
/// threads too: inside a namespace start neither virtual threads nor tasks in shared pools.
///
/// Named namespaces are those of iproute2 (`ip netns`): a bind mount at `/run/netns/NAME`. An
/// ordinary user, as root of a user namespace, needs a mount namespace with a `/run` of its own for
/// them; [#unnamed] ones need nothing.
public final class NetworkNamespace implements AutoCloseable {

    private static final Path DIRECTORY = Path.of("/run/netns");
    private static final String CURRENT = "/proc/thread-self/ns/net";
    private static final String SYSCTLS = "/proc/sys/";
    private static final int SYSCTL_BYTES = 4096;

    private final Descriptor descriptor;

    private NetworkNamespace(Descriptor descriptor) {
        this.descriptor = descriptor;
    }

    /// Creates a namespace as `ip netns add` does. Its only interface, `lo`, is down.
    public static NetworkNamespace create(String name) {
        prepareDirectory();
        String path = path(name);
        Descriptor.of(
                        Kernel.open(path, O_RDONLY | O_CREAT | O_EXCL | Flags.O_CLOEXEC, 0),
                        "open",
                        path,
                        "")
                .close();
        try {
            onFreshThread(() -> {
                unshare();
                LinuxException.check(
                        Kernel.mount(CURRENT, path, "none", MS_BIND), "mount", path, "");
                return true;
            });
            return open(name);
        } catch (RuntimeException e) {
            delete(name);
            throw e;
        }
    }

    /// Creates a namespace without a name. It lives until the last of this handle, its threads,
    /// programs and sockets is gone.
    public static NetworkNamespace unnamed() {
        return onFreshThread(() -> {
            unshare();
            return current();
        });
    }

    public static NetworkNamespace open(String name) {
        return new NetworkNamespace(Descriptor.open(path(name), O_RDONLY));
    }

    /// The namespace the calling thread is in.
    public static NetworkNamespace current() {
        return new NetworkNamespace(Descriptor.open(CURRENT, O_RDONLY));
    }

    /// The namespace a process is in.
    public static NetworkNamespace ofProcess(long pid) {
        return new NetworkNamespace(Descriptor.open("/proc/" + pid + "/ns/net", O_RDONLY));
    }

    /// Names as `ip netns list` shows them, sorted.
    public static List<String> names() {
        if (!Files.isDirectory(DIRECTORY)) {
            return List.of();
        }
        try (Stream<Path> entries = Files.list(DIRECTORY)) {
            return entries.map(entry -> entry.getFileName().toString()).sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Takes a name away; the namespace itself ends when nobody uses it any more.
    public static void delete(String name) {
        String path = path(name);
        int unmounted = Kernel.umount2(path, Flags.MNT_DETACH);
        if (unmounted < 0 && unmounted != -Errno.EINVAL) {
            LinuxException.check(unmounted, "umount2", path, "");
        }
        try {
            Files.delete(Path.of(path));
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// A descriptor of the namespace, for netlink attributes such as IFLA_NET_NS_FD.
    public int number() {
        return descriptor.number();
    }

    /// Two handles with the same inode are the same namespace.
    public long inode() {
        return inode("/proc/self/fd/" + number());
    }

    private static long inode(String path) {
        try {
            return (long) Files.getAttribute(Path.of(path), "unix:ino");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /// Moves the calling platform thread into this namespace until the answer is closed, by the
    /// same thread.
    public Visit enter() {
        if (Thread.currentThread().isVirtual()) {
            throw new IllegalStateException(
                    "a virtual thread shares its carrier and cannot enter a namespace; use call()");
        }
        Descriptor home = Descriptor.open(CURRENT, O_RDONLY);
        try {
            setns(descriptor);
        } catch (RuntimeException e) {
            home.close();
            throw e;
        }
        return new Visit(home, Thread.currentThread());
    }

    /// Runs a task on a fresh platform thread inside this namespace and waits for it. What it
    /// throws is thrown here; an interrupt of the waiting thread is passed on to it.
    public <T extends @Nullable Object, E extends Exception> T call(Task<T, E> task) throws E {
        return onFreshThread(() -> {
            if (!isHere()) {
                setns(descriptor);
            }
            return task.run();
        });
    }

    /// Whether the calling thread is in it: to enter what one is in takes a privilege, too.
    private boolean isHere() {
        return inode(CURRENT) == inode();
    }

    /// [#call] for tasks without an answer.
    public void run(Runnable task) {
        call(() -> {
            task.run();
            return true;
        });
    }

    /// Starts a program inside this namespace. The JVM spawns from the calling thread, whose
    /// namespace the program inherits.
    public Process start(ProcessBuilder program) throws IOException {
        return call(program::start);
    }

    /// Reads a setting of this namespace.
    ///
    /// @param name a path below `/proc/sys`, such as `net/ipv4/ip_forward`
    public String sysctl(String name) {
        return call(() -> {
            try (Descriptor file = Descriptor.open(SYSCTLS + name, O_RDONLY);
                    Arena arena = Arena.ofConfined()) {
                // With a single read: what a second one gets is empty, not the rest, and
                // Files.readString begins with a buffer of one byte.
                MemorySegment value = arena.allocate(SYSCTL_BYTES);
                int length = file.check(Kernel.read(file.number(), value), "read");
                byte[] text = value.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
                return new String(text, StandardCharsets.US_ASCII).strip();
            }
        });
    }

    /// Changes a setting of this namespace.
    ///
    /// @param name a path below `/proc/sys`, such as `net/ipv4/conf/all/rp_filter`
    public void setSysctl(String name, Object value) {
        call(() -> {
            try (Descriptor file = Descriptor.open(SYSCTLS + name, Flags.O_WRONLY)) {
                byte[] text = value.toString().getBytes(StandardCharsets.US_ASCII);
                return file.check(Kernel.write(file.number(), text), "write " + value);
            }
        });
    }

    @Override
    public void close() {
        descriptor.close();
    }

    @Override
    public String toString() {
        return descriptor.toString();
    }

    /// What [#call] runs; as a lambda it may throw one kind of checked exception.
    @FunctionalInterface
    public interface Task<T extends @Nullable Object, E extends Exception> {
        T run() throws E;
    }

    /// A stay in a namespace; closing goes back.
    public static final class Visit implements AutoCloseable {

        private final Descriptor home;
        private final Thread visitor;

        private Visit(Descriptor home, Thread visitor) {
            this.home = home;
            this.visitor = visitor;
        }

        @Override
        public void close() {
            if (!Thread.currentThread().equals(visitor)) {
                throw new IllegalStateException("only " + visitor + " itself can go back");
            }
            if (home.isOpen()) {
                setns(home);
                home.close();
            }
        }
    }

    private static void setns(Descriptor namespace) {
        LinuxException.check(
                Kernel.setns(namespace.number(), CLONE_NEWNET),
                "setns",
                namespace.toString(),
                "entering a network namespace takes CAP_SYS_ADMIN");
    }

    private static void unshare() {
        LinuxException.check(
                Kernel.unshare(CLONE_NEWNET),
                "unshare",
                "CLONE_NEWNET",
                "a network namespace takes root, or a user namespace: unshare -Urnm");
    }

    private static String path(String name) {
        if (name.isEmpty() || name.equals(".") || name.equals("..") || name.contains("/")) {
            throw new IllegalArgumentException("not the name of a namespace: '" + name + "'");
        }
        return DIRECTORY.resolve(name).toString();
    }

    /// Makes `/run/netns` a shared mount, as iproute2 does: names made here are seen in mount
    /// namespaces copied from this one, and one that is deleted here does not live on there.
    private static void prepareDirectory() {
        String directory = DIRECTORY.toString();
        int made = Kernel.mkdir(directory, 0755);
        if (made != -Errno.EEXIST) {
            LinuxException.check(
                    made,
                    "mkdir",
                    directory,
                    "named namespaces take root, or a mount namespace with a /run of its own:"
                            + " unshare -Urnm, then mount -t tmpfs tmpfs /run");
        }
        int shared = Kernel.mount("none", directory, "none", MS_SHARED | MS_REC);
        if (shared == -Errno.EINVAL) {
            // Not a mount point yet.
            LinuxException.check(
                    Kernel.mount(directory, directory, "none", MS_BIND | MS_REC),
                    "mount",
                    directory,
                    "");
            shared = Kernel.mount("none", directory, "none", MS_SHARED | MS_REC);
        }
        LinuxException.check(shared, "mount MS_SHARED", directory, "");
    }

    private static <T extends @Nullable Object, E extends Exception> T onFreshThread(
            Task<T, E> task) throws E {
        Errand<T, E> errand = new Errand<>(task);
        Thread thread =
                Thread.ofPlatform().name(Thread.currentThread().getName() + "-netns").start(errand);
        boolean interrupted = false;
        while (true) {
            try {
                thread.join();
                break;
            } catch (InterruptedException e) {
                interrupted = true;
                thread.interrupt();
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
        return errand.outcome();
    }

    private static final class Errand<T extends @Nullable Object, E extends Exception>
            implements Runnable {

        private final Task<T, E> task;
        private @Nullable T answer;
        private @Nullable Throwable failure;

        private Errand(Task<T, E> task) {
            this.task = task;
        }

        @Override
        public void run() {
            try {
                answer = task.run();
            } catch (Throwable e) {
                failure = e;
            }
        }

        @SuppressWarnings({
            "unchecked",
            "NullAway"
        }) // the task throws E or unchecked; T may be null
        T outcome() throws E {
            switch (failure) {
                case null -> {
                    return answer;
                }
                case RuntimeException e -> throw e;
                case Error e -> throw e;
                case Throwable e -> throw (E) e;
            }
        }
    }
}
