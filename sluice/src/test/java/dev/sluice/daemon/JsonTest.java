package dev.sluice.daemon;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

import java.util.List;

final class JsonTest {

    @Test
    void membersStandInTheOrderInWhichTheyCame() {
        Json json =
                new Json()
                        .text("text", "rr")
                        .number("number", -5)
                        .bool("bool", true)
                        .object("object", new Json().number("a", 1))
                        .list("list", List.of(new Json(), new Json().text("b", "")));
        assertThat(json)
                .hasToString(
                        "{\"text\":\"rr\",\"number\":-5,\"bool\":true,\"object\":{\"a\":1},"
                                + "\"list\":[{},{\"b\":\"\"}]}");
    }

    @Test
    void whatEndsATextIsEscaped() {
        assertThat(new Json().text("a\"b", "c\\d\n\u0000é"))
                .hasToString("{\"a\\\"b\":\"c\\\\d\\u000a\\u0000é\"}");
    }
}
