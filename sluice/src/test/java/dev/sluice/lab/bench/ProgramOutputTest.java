package dev.sluice.lab.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.within;

import dev.sluice.lab.LabException;

import org.junit.jupiter.api.Test;

/// What iperf3 and wrk print, read.
final class ProgramOutputTest {

    private static final CpuTime TWO_SECONDS = new CpuTime(1, 0.5, 0.5, 0);

    @Test
    void iperfSumsWhatTheOtherEndReceived() {
        String json =
                """
                	"end":	{
                		"streams":	[],
                		"sum_sent":	{
                			"bytes":	9000000000,
                			"bits_per_second":	2.4e+10,
                			"retransmits":	0
                		},
                		"sum_received":	{
                			"start":	0,
                			"end":	3.0,
                			"seconds":	3.0,
                			"bytes":	5000000000,
                			"bits_per_second":	13333333333.3,
                			"sender":	true
                		},
                """;
        Bulk bulk = new Bulk(1, false);

        Outcome outcome = bulk.outcome(json, TWO_SECONDS);

        assertThat(outcome.figures().get(bulk.figures().getFirst())).isCloseTo(13.33, within(0.01));
        // 2 s for 40 Gbit
        assertThat(outcome.cpu().busy()).isCloseTo(50, within(1e-6));
    }

    @Test
    void wrkCountsRequestsAndErrors() {
        String text =
                """
                Running 1s test @ http://10.0.3.13/
                  1 threads and 50 connections
                  Thread Stats   Avg      Stdev     Max   +/- Stdev
                    Latency     3.50ms    2.61ms  32.18ms   88.68%
                    Req/Sec    10.73k     1.03k   12.31k    63.64%
                  20000 requests in 1.10s, 1.81MB read
                  Socket errors: connect 0, read 3, write 0, timeout 1
                Requests/sec:   18181.82
                Transfer/sec:      1.65MB
                """;

        Outcome outcome = NewConnections.outcome(text, TWO_SECONDS);

        assertThat(outcome.figures().values()).containsExactly(18181.82);
        assertThat(outcome.cpu().busy()).isCloseTo(100, within(1e-6));
        assertThat(outcome.remark()).contains("read 3").contains("timeout 1");
    }

    @Test
    void outputWithoutAFigureIsAFailure() {
        assertThatThrownBy(() -> NewConnections.outcome("unable to connect", TWO_SECONDS))
                .isInstanceOf(LabException.class)
                .hasMessageContaining("unable to connect");
        assertThatThrownBy(() -> new Bulk(1, false).outcome("{}", TWO_SECONDS))
                .isInstanceOf(LabException.class);
    }
}
