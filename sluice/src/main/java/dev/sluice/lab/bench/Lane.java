package dev.sluice.lab.bench;

import dev.sluice.lab.Host;
import dev.sluice.wire.Address;

/// One way from the client to the server, through a director of its own.
///
/// @param index of the networks: 10.0.INDEX.0/24 before the director, 172.16.INDEX.0/24 behind it
/// @param target what the client connects to: the virtual address, or the server's own
record Lane(int index, Host client, Host director, Host server, Address target) {

    static Address directorFront(int index) {
        return Address.parse("10.0." + index + ".1");
    }

    static Address client(int index) {
        return Address.parse("10.0." + index + ".101");
    }

    static Address virtual(int index) {
        return Address.parse("10.0." + index + ".13");
    }

    static Address directorBack(int index) {
        return Address.parse("172.16." + index + ".1");
    }

    static Address server(int index) {
        return Address.parse("172.16." + index + ".11");
    }

    /// A network of a million further client addresses, 10.64.0.0/12 and those behind it.
    static Address clients(int index) {
        return Address.parse("10." + (48 + 16 * index) + ".0.0");
    }

    /// One of them, from 0.
    Address clientAddress(int number) {
        int bits = (10 << 24 | 48 + 16 * index << 16) + 1 + number;
        return Address.ipv4(bits);
    }

    Address serverAddress() {
        return server(index);
    }
}
