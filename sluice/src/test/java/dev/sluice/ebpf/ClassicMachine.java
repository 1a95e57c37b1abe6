package dev.sluice.ebpf;

import dev.sluice.ebpf.ClassicAssembler.Ancillary;

import java.util.List;
import java.util.Map;

/// Runs classic BPF in Java, as the kernel would (`net/core/filter.c`): for tests of filters.
public final class ClassicMachine {

    private ClassicMachine() {}

    /// What the program returns for a packet.
    public static int run(
            List<ClassicInstruction> program, byte[] packet, Map<Ancillary, Integer> facts) {
        int a = 0;
        int x = 0;
        int[] memory = new int[16];
        int at = 0;
        while (true) {
            ClassicInstruction now = program.get(at++);
            int k = now.k();
            int offset =
                    switch (now.code()) {
                        case 0x40, 0x48, 0x50 -> x + k;
                        default -> k;
                    };
            int bytes =
                    switch (now.code()) {
                        case 0x20, 0x40 -> 4;
                        case 0x28, 0x48 -> 2;
                        case 0x30, 0x50, 0xb1 -> 1;
                        default -> 0;
                    };
            boolean aboutFacts = now.code() == 0x20 && k < 0 && k >= -0x1000;
            if (bytes > 0 && !aboutFacts && (offset < 0 || offset + bytes > packet.length)) {
                return 0;
            }
            switch (now.code()) {
                case 0x20 -> a = aboutFacts ? fact(facts, k) : number(packet, offset, 4);
                case 0x40 -> a = number(packet, offset, 4);
                case 0x28, 0x48 -> a = number(packet, offset, 2);
                case 0x30, 0x50 -> a = number(packet, offset, 1);
                case 0xb1 -> x = 4 * (packet[offset] & 0xf);
                case 0x00 -> a = k;
                case 0x01 -> x = k;
                case 0x02 -> memory[k] = a;
                case 0x60 -> a = memory[k];
                case 0x61 -> x = memory[k];
                case 0x04 -> a += k;
                case 0x0c -> a += x;
                case 0x54 -> a &= k;
                case 0x64 -> a <<= k;
                case 0x07 -> x = a;
                case 0x87 -> a = x;
                case 0x05 -> at += k;
                case 0x15 -> at += a == k ? now.whenTrue() : now.whenFalse();
                case 0x35 ->
                        at += Integer.compareUnsigned(a, k) >= 0 ? now.whenTrue() : now.whenFalse();
                case 0x45 -> at += (a & k) != 0 ? now.whenTrue() : now.whenFalse();
                case 0x06 -> {
                    return k;
                }
                case 0x16 -> {
                    return a;
                }
                default -> throw new IllegalStateException("no such instruction: " + now);
            }
        }
    }

    private static int fact(Map<Ancillary, Integer> facts, int k) {
        return switch (k + 0x1000) {
            case 4 -> facts.getOrDefault(Ancillary.PACKET_TYPE, 0);
            case 20 -> facts.getOrDefault(Ancillary.MARK, 0);
            case 48 -> facts.getOrDefault(Ancillary.VLAN_TAG_PRESENT, 0);
            default -> throw new IllegalStateException("no such fact: " + k);
        };
    }

    private static int number(byte[] packet, int offset, int bytes) {
        int value = 0;
        for (int i = 0; i < bytes; i++) {
            value = value << 8 | packet[offset + i] & 0xff;
        }
        return value;
    }
}
