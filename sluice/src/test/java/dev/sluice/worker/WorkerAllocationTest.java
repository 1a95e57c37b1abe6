package dev.sluice.worker;

import static dev.sluice.worker.WorkerBench.configuration;
import static dev.sluice.worker.WorkerBench.fromClient;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.management.ThreadMXBean;

import dev.sluice.director.DirectorSettings;
import dev.sluice.director.service.Protocol;
import dev.sluice.director.service.ServiceKey;
import dev.sluice.net.packet.FrameSink;
import dev.sluice.wire.Address;
import dev.sluice.wire.PacketBuilder;
import dev.sluice.worker.WorkerBench.Service;

import org.junit.jupiter.api.Test;

import java.lang.foreign.MemorySegment;
import java.lang.management.ManagementFactory;
import java.util.Arrays;

/// A round of the worker leaves no garbage, whatever its frames lead to.
final class WorkerAllocationTest {

    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();
    private static final String CLIENT = "172.16.0.1";
    private static final String VIP = "192.168.1.100";
    private static final String SERVER = "10.0.0.11";
    private static final int ROUNDS = 5000;

    private static final class CountingSink implements FrameSink {

        private long frames;

        @Override
        public void send(
                MemorySegment segment,
                long vnet,
                int frameBytes,
                int interfaceIndex,
                int etherType) {
            frames++;
        }

        @Override
        public void flush() {
            // Nothing was kept.
        }

        @Override
        public long refused() {
            return 0;
        }
    }

    @Test
    void noFrameLeavesGarbage() {
        CountingSink out = new CountingSink();
        try (WorkerBench bench =
                new WorkerBench(
                        configuration(
                                1,
                                new Service(
                                        new ServiceKey.AtAddress(
                                                Protocol.TCP, Address.parse(VIP), 80),
                                        SERVER,
                                        8080)),
                        false,
                        DirectorSettings.DEFAULT,
                        0,
                        null,
                        out)) {
            byte[][] frames = {
                frame(fromClient().ipv4(CLIENT, VIP).tcp(1000, 80).flags("S")),
                frame(fromClient().ipv4(SERVER, CLIENT).tcp(8080, 1000).flags("SA")),
                frame(fromClient().ipv4(CLIENT, VIP).tcp(1000, 80)),
                frame(fromClient().ipv4(CLIENT, VIP).tcp(1000, 80).payload(4000)),
                frame(fromClient().ipv4(CLIENT, VIP).ttl(1).tcp(1000, 80)),
            };
            long before = 0;
            long now = 1_000_000_000_000L;
            for (int round = 0; round < 3 * ROUNDS; round++) {
                if (round == 2 * ROUNDS) {
                    before = THREADS.getCurrentThreadAllocatedBytes();
                }
                for (byte[] frame : frames) {
                    bench.offer(frame);
                }
                now += 100_000_000;
                bench.worker.poll(now);
            }
            long allocated = THREADS.getCurrentThreadAllocatedBytes() - before;
            assertThat(out.frames).isGreaterThan(3L * ROUNDS * 6);
            assertThat(allocated / (double) (ROUNDS * frames.length)).isLessThan(0.5);
        }
    }

    private static byte[] frame(PacketBuilder packet) {
        byte[] frame = packet.build();
        byte[] withVnet = new byte[10 + frame.length];
        System.arraycopy(frame, 0, withVnet, 10, frame.length);
        return Arrays.copyOf(withVnet, withVnet.length);
    }
}
