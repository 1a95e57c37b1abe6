package dev.sluice.ebpf;

/// Functions of the kernel that programs may call: those Sluice uses, with their numbers
/// (`include/uapi/linux/bpf.h`, `enum bpf_func_id`). Arguments go into R1–R5, the answer comes back
/// in R0.
public enum Helper {
    /// `(map, &key)` → pointer to the value, or 0.
    MAP_LOOKUP_ELEM(1),
    /// `()` → CLOCK_MONOTONIC in nanoseconds. Only for programs under a GPL-compatible licence.
    KTIME_GET_NS(5),
    /// `(skb, offset, &from, length, flags)` → 0 or a negative errno. Invalidates packet pointers.
    SKB_STORE_BYTES(9),
    /// `(ifindex, flags)` → the action to return.
    REDIRECT(23),
    /// `(skb, offset, &to, length)` → 0 or a negative errno.
    SKB_LOAD_BYTES(26);

    private final int number;

    Helper(int number) {
        this.number = number;
    }

    public int number() {
        return number;
    }
}
