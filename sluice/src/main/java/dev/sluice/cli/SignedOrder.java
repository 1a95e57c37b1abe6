package dev.sluice.cli;

import dev.sluice.control.ServerStatus;
import dev.sluice.control.ServiceStatus;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.wire.Address;

import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntBiFunction;

/// The order of listings (ipvsadm.md §8.8): numbers compare by the sign of their 32-bit difference,
/// which wraps, so 192.168.0.1 stands before 10.0.0.1.
///
/// Over more than half the number circle that relation is not transitive, and the order follows
/// from the procedure: a stable top-down merge sort, the left half the smaller one. A library sort
/// may refuse such a comparison.
final class SignedOrder {

    private SignedOrder() {}

    /// By mark, family, protocol, address and port.
    static List<ServiceStatus> ofServices(List<ServiceStatus> services) {
        return sorted(services, (a, b) -> compare(a.key(), b.key()));
    }

    /// By address and port.
    static List<ServerStatus> ofServers(List<ServerStatus> servers) {
        return sorted(
                servers,
                (a, b) -> {
                    int byAddress = compare(a.address(), b.address());
                    return byAddress != 0 ? byAddress : a.port() - b.port();
                });
    }

    static <T> List<T> sorted(List<T> list, ToIntBiFunction<T, T> difference) {
        int half = list.size() / 2;
        if (half == 0) {
            return list;
        }
        List<T> left = sorted(list.subList(0, half), difference);
        List<T> right = sorted(list.subList(half, list.size()), difference);
        List<T> merged = new ArrayList<>(list.size());
        int l = 0;
        int r = 0;
        while (l < left.size() && r < right.size()) {
            boolean leftFirst = difference.applyAsInt(left.get(l), right.get(r)) <= 0;
            merged.add(leftFirst ? left.get(l++) : right.get(r++));
        }
        merged.addAll(left.subList(l, left.size()));
        merged.addAll(right.subList(r, right.size()));
        return merged;
    }

    private static int compare(ServiceKey a, ServiceKey b) {
        int byMark = mark(a) - mark(b);
        if (byMark != 0) {
            return byMark;
        }
        int byFamily = a.family().compareTo(b.family());
        if (byFamily != 0
                || !(a instanceof ServiceKey.AtAddress first)
                || !(b instanceof ServiceKey.AtAddress second)) {
            return byFamily;
        }
        int byProtocol = first.protocol().number() - second.protocol().number();
        if (byProtocol != 0) {
            return byProtocol;
        }
        int byAddress = compare(first.address(), second.address());
        return byAddress != 0 ? byAddress : first.port() - second.port();
    }

    private static int mark(ServiceKey key) {
        return key instanceof ServiceKey.AtMark marked ? marked.mark() : 0;
    }

    /// Word by word from the left; against the other family only the first word counts.
    private static int compare(Address a, Address b) {
        int words = a.isIpv6() && b.isIpv6() ? 4 : 1;
        for (int i = 0; i < words; i++) {
            int difference = word(a, i) - word(b, i);
            if (difference != 0) {
                return difference;
            }
        }
        return 0;
    }

    private static int word(Address address, int index) {
        if (!address.isIpv6()) {
            return (int) address.low();
        }
        long half = index < 2 ? address.high() : address.low();
        return (int) (index % 2 == 0 ? half >>> 32 : half);
    }
}
