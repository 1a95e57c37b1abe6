package dev.sluice.gate;

import dev.sluice.net.bpf.BpfProgram;
import dev.sluice.net.bpf.TcxLink;
import dev.sluice.net.bpf.TcxLink.Direction;
import dev.sluice.net.linux.LinuxException;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.stream.Stream;

/// Links, pinned as `link-INDEX-ingress` and `link-INDEX-egress`: names of interfaces may contain
/// dots, which the bpf file system refuses.
final class TcxAttachments implements Attachments {

    private static final String PREFIX = "link-";

    private final Path directory;
    private final Map<Path, TcxLink> links = new HashMap<>();

    /// @param directory on the bpf file system
    TcxAttachments(Path directory) {
        this.directory = directory;
    }

    @Override
    public void attach(BpfProgram program, int interfaceIndex, String name, Direction direction) {
        Path pin = pin(interfaceIndex, direction);
        TcxLink known = links.containsKey(pin) ? links.get(pin) : TcxLink.open(pin.toString());
        if (known != null) {
            if (known.interfaceIndex() == interfaceIndex) {
                links.put(pin, known);
                known.update(program);
                return;
            }
            known.close(); // its interface is gone, and this one has got its number
            links.remove(pin);
            delete(pin);
        }
        TcxLink link = TcxLink.attach(program, interfaceIndex, name, direction);
        links.put(pin, link);
        link.pin(pin.toString());
    }

    private Path pin(int interfaceIndex, Direction direction) {
        return directory.resolve(
                PREFIX + interfaceIndex + "-" + direction.name().toLowerCase(Locale.ROOT));
    }

    @Override
    public void gone(int interfaceIndex) {
        for (Direction direction : Direction.values()) {
            Path pin = pin(interfaceIndex, direction);
            TcxLink link = links.remove(pin);
            if (link != null) {
                link.close();
                delete(pin);
            }
        }
    }

    @Override
    public boolean detachAll() {
        close();
        boolean any = false;
        for (Path pin : pins()) {
            try (TcxLink link = TcxLink.open(pin.toString())) {
                if (link != null) {
                    detach(link);
                }
            }
            delete(pin);
            any = true;
        }
        return any;
    }

    /// Whether there are links, and none of them has an interface any more: what they were for went
    /// away with its network namespace. The kernel says so, whoever asks from wherever, and a
    /// director that lives has at least the links of its slow pair.
    static boolean areDefunct(Path directory) {
        List<Path> pins = new TcxAttachments(directory).pins();
        for (Path pin : pins) {
            try (TcxLink link = TcxLink.open(pin.toString())) {
                if (link == null || link.interfaceIndex() != 0) {
                    return false;
                }
            }
        }
        return !pins.isEmpty();
    }

    private static void detach(TcxLink link) {
        try {
            link.detach();
        } catch (LinuxException e) {
            if (link.interfaceIndex() != 0) {
                throw e;
            }
            // The interface went away, and the program with it.
        }
    }

    @Override
    public void close() {
        links.values().forEach(TcxLink::close);
        links.clear();
    }

    private List<Path> pins() {
        try (Stream<Path> files = Files.list(directory)) {
            return files.filter(file -> file.getFileName().toString().startsWith(PREFIX)).toList();
        } catch (IOException e) {
            return List.of();
        }
    }

    private static void delete(Path pin) {
        try {
            Files.deleteIfExists(pin);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
