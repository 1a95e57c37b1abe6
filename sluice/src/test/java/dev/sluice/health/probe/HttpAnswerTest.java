package dev.sluice.health.probe;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import dev.sluice.wire.Address;

import org.junit.jupiter.api.Test;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.SplittableRandom;
import java.util.random.RandomGenerator;

/// Answers of web servers, byte by byte.
final class HttpAnswerTest {

    private static final String DIGEST = "5eb63bbbe01eeed093cb22bb8f5acdc3";

    private static HttpAnswer read(String text) throws IOException {
        String wire = text.replace("\n", "\r\n");
        return HttpAnswer.read(
                new ByteArrayInputStream(wire.getBytes(StandardCharsets.ISO_8859_1)), true, true);
    }

    @Test
    void theBodyEndsWithTheConnection() throws Exception {
        HttpAnswer answer = read("HTTP/1.0 200 OK\n\nhello world");
        assertThat(answer).isEqualTo(new HttpAnswer(200, DIGEST, "hello world"));
    }

    @Test
    void contentLengthInAnyCaseLimitsTheBody() throws Exception {
        assertThat(read("HTTP/1.1 200 OK\ncontent-LENGTH: 11\n\nhello world and more").digest())
                .isEqualTo(DIGEST);
    }

    /// Statement 18: a chunked HTTP/1.1 answer with the right body also passes.
    @Test
    void chunksArePutTogether() throws Exception {
        assertThat(
                        read("""
                        HTTP/1.1 200 OK
                        Transfer-Encoding: chunked

                        6;x=1
                        hello\s
                        5
                        world
                        0
                        Trailer: x

                        """)
                                .digest())
                .isEqualTo(DIGEST);
    }

    @Test
    void whatIsNoAnswerIsSaid() {
        for (String text :
                new String[] {
                    "",
                    "220 mail.example.org ESMTP\n",
                    "HTTP/1.1\n\n",
                    "HTTP/1.1 abc\n\n",
                    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nxyz\n",
                    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n-5\nhello",
                    "HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\nff\nhello"
                }) {
            assertThatExceptionOfType(IOException.class).as(text).isThrownBy(() -> read(text));
        }
    }

    @Test
    void anyBytesAreAnAnswerOrNone() {
        RandomGenerator random = new SplittableRandom(1);
        for (int i = 0; i < 20_000; i++) {
            StringBuilder text =
                    new StringBuilder("HTTP/1.1 200 OK\nTransfer-Encoding: chunked\n\n");
            for (int change = random.nextInt(20); change > 0; change--) {
                text.insert(random.nextInt(text.length() + 1), (char) random.nextInt(256));
            }
            try {
                assertThat(read(text.toString()).status()).isBetween(0, 999);
            } catch (IOException e) {
                assertThat(e.getMessage()).isNotNull();
            }
        }
    }

    /// As keepalived writes it, byte for byte (keepalived.md §6.2).
    @Test
    void theRequestIsKeepaliveds() {
        HttpProbe.Page page = new HttpProbe.Page("/a", null, List.of(), null, null);
        Target target = new Target(Address.parse("192.0.2.2"), 8080, 1, null, 0, null, 0);
        assertThat(
                        new HttpProbe(target, null, HttpProbe.Form.HTTP_1_0, List.of(page))
                                .request(page))
                .isEqualTo(
                        """
                        GET /a HTTP/1.0\r
                        User-Agent: KeepAliveClient\r
                        Host: 192.0.2.2:8080\r
                        \r
                        """);
    }
}
