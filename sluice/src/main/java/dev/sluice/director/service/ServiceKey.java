package dev.sluice.director.service;

import dev.sluice.wire.Address;
import dev.sluice.wire.Family;

import org.jspecify.annotations.Nullable;

/// What identifies a virtual service: address, port and protocol, or a firewall mark.
public sealed interface ServiceKey {

    Family family();

    /// Null when every protocol is meant.
    @Nullable Protocol protocol();

    /// Whether the service stands for every port that has no service of its own.
    boolean isAllPorts();

    /// Whether it is for FTP, whose data connections go to other ports.
    default boolean isFtp() {
        return false;
    }

    /// A service at an address. Port 0 stands for every port that has no service of its own.
    record AtAddress(Protocol protocol, Address address, int port) implements ServiceKey {

        /// Where FTP clients send their commands.
        public static final int FTP_PORT = 21;

        @Override
        public Family family() {
            return address.family();
        }

        @Override
        public boolean isAllPorts() {
            return port == 0;
        }

        @Override
        public boolean isFtp() {
            return protocol == Protocol.TCP && port == FTP_PORT;
        }

        @Override
        public String toString() {
            return protocol + " " + address.withPort(port);
        }
    }

    /// A service for packets that netfilter marked; IPv4 and IPv6 marks are separate name spaces.
    record AtMark(Family family, int mark) implements ServiceKey {
        @Override
        public @Nullable Protocol protocol() {
            return null;
        }

        @Override
        public boolean isAllPorts() {
            return false;
        }

        @Override
        public String toString() {
            return "FWM " + Integer.toUnsignedString(mark);
        }
    }
}
