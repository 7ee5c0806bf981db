package dev.daypass.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.net.URI;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class SecretTest {
  private static final String HIDDEN = "hidden+secret";

  @Test
  void nothingThatHoldsASecretPrintsIt() {
    Credentials keys = Credentials.of("A".repeat(16), HIDDEN, HIDDEN, null);
    List<Object> holders =
        List.of(
            new Secret(HIDDEN),
            keys,
            Profile.of("127.0.0.1:1", keys),
            new AssumedRole(keys, "arn", "id", ""),
            RoleRequest.builder("role").secondFactor("serial", HIDDEN).build(),
            new ProcessSource(List.of("program", HIDDEN)),
            new ContainerSource(
                URI.create("http://127.0.0.1/"),
                Optional.of(new Secret(HIDDEN)),
                Optional.empty()));

    for (Object holder : holders) {
      String printed = holder + String.format("%s %1$S", holder) + holder.hashCode();
      assertFalse(printed.toLowerCase().contains(HIDDEN), holder.getClass().getName());
    }
  }

  @Test
  void errorsOfMalformedSecretsDoNotShowThem() {
    ConfigurationException error =
        assertThrows(
            ConfigurationException.class,
            () -> Credentials.of("A".repeat(16), HIDDEN + " ", null, null));
    StringWriter trace = new StringWriter();
    error.printStackTrace(new PrintWriter(trace));

    assertFalse((trace.toString() + error).contains(HIDDEN));
  }

  @Test
  void secretsAreComparedByTheirText() {
    assertNotEquals(new Secret("a"), new Secret("b"));
    assertEquals(new Secret("a"), new Secret("a"));
    assertEquals(new Secret("a").hashCode(), new Secret("b").hashCode());
  }
}
