package dev.daypass.client.internal;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class StrictJsonTest {
  private static Object value(String text) throws StrictJson.MalformedException {
    byte[] document = ("{\"v\":" + text + "}").getBytes(StandardCharsets.UTF_8);
    return StrictJson.object(document).get("v");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "nul",
        "01",
        "1.",
        ".5",
        "+1",
        "NaN",
        "Infinity",
        "-",
        "1e309",
        "1e",
        "'a'",
        "[1,]",
        "{\"a\":1,}",
        "{\"a\":1,\"a\":1}",
        "{a:1}",
        "\"\\x\"",
        "\"\\u12g4\"",
        "\"\\ud800\"",
        "\"\\udc00\\ud800\"",
        "\"\\ud800x\"",
        "\"\t\"",
        "\"",
        "1 2",
        "/**/1",
        "\u00a01",
        "123456789012345678901234567890123",
        "\"\\u\u0661\u0661\u0661\u0661\""
      })
  void refusesWhatIsNotTheOneForm(String text) {
    assertThrows(StrictJson.MalformedException.class, () -> value(text));
  }

  @Test
  void refusesOtherDocumentsThanObjectsInUtf8() {
    for (String text : List.of("[]", "1", "\ufeff{}", "{} {}", "{")) {
      assertThrows(
          StrictJson.MalformedException.class,
          () -> StrictJson.object(text.getBytes(StandardCharsets.UTF_8)));
    }
    byte[] broken = {'{', '"', (byte) 0xc3, '"', ':', '1', '}'};
    assertThrows(StrictJson.MalformedException.class, () -> StrictJson.object(broken));
  }

  @Test
  void boundsTheDepth() throws StrictJson.MalformedException {
    // The document itself is the first of 32 levels.
    assertEquals(List.class.isInstance(value("[".repeat(31) + "]".repeat(31))), true);
    String deeper = "[".repeat(32) + "]".repeat(32);
    assertThrows(StrictJson.MalformedException.class, () -> value(deeper));
  }

  @Test
  void readsEachKindOfValue() throws StrictJson.MalformedException {
    assertEquals(Long.MIN_VALUE, value("-9223372036854775808"));
    assertEquals(new BigInteger("9223372036854775808"), value("9223372036854775808"));
    assertEquals(new BigDecimal("1.50"), value("1.50"));
    assertEquals(new BigDecimal("1e308"), value("1e308"));
    assertEquals("\u00e4\ud83d\ude00\n/", value("\"\\u00e4\\ud83d\\ude00\\n\\/\""));
    assertEquals(List.of(true, "x"), value(" [ true , \"x\" ] "));
  }
}
