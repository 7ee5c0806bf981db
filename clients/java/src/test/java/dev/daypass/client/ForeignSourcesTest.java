package dev.daypass.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ForeignSourcesTest {
  private static final String NAME = "A".repeat(16);
  private static final String PRINTED =
      "{\"Version\":1,\"AccessKeyId\":\"%s\",\"SecretAccessKey\":\"hidden\",\"SessionToken\":\"t\","
          + "\"Expiration\":\"2026-01-01T01:00:00+01:00\"}";

  @TempDir private Path folder;

  private static Credentials ofProgram(String script) {
    return ForeignSources.ask(new ProcessSource(List.of("sh", "-c", script)));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "{}", "{\"Version\":2}", "{\"Version\":1}", "hidden"})
  void refusesWhatIsNoCredentials(String printed) {
    ConfigurationException error =
        assertThrows(ConfigurationException.class, () -> ofProgram("echo '" + printed + "'"));
    assertFalse(error.toString().contains("hidden"));
  }

  @Test
  void tellsAProgramThatFailsFromOneThatIsNotThere() {
    assertThrows(UnavailableException.class, () -> ofProgram("exit 3"));
    assertThrows(
        ConfigurationException.class,
        () -> ForeignSources.ask(new ProcessSource(List.of(folder.resolve("x").toString()))));
    assertThrows(ConfigurationException.class, () -> ofProgram("head -c 70000 /dev/zero"));
  }

  @Test
  void takesWhatAProgramPrints() {
    Credentials found = ofProgram("echo '" + String.format(PRINTED, NAME) + "'");

    assertEquals(NAME, found.accessKeyId());
    assertEquals(Instant.parse("2026-01-01T00:00:00Z"), found.expiration().orElseThrow());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"http://elsewhere/", "http://user@127.0.0.1/", "ftp://127.0.0.1/", "https:///x"})
  void refusesEndpointsThatAreElsewhere(String url) {
    assertThrows(
        ConfigurationException.class,
        () -> new ContainerSource(URI.create(url), Optional.empty(), Optional.empty()));
  }

  @Test
  void asksAnEndpointWithTheTokenOfAFile() throws IOException {
    Path file = folder.resolve("token");
    int[] status = {200};
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/keys",
        exchange -> {
          String shown = exchange.getRequestHeaders().getFirst("authorization");
          byte[] body =
              String.format(PRINTED, shown).replace("Session", "").getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(status[0], body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    try {
      URI url = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/keys");
      ContainerSource source = new ContainerSource(url, Optional.empty(), Optional.of(file));
      assertThrows(ConfigurationException.class, () -> ForeignSources.ask(source));
      Files.writeString(file, "a\nb");
      assertThrows(ConfigurationException.class, () -> ForeignSources.ask(source));
      Files.writeString(file, NAME + "\n");
      assertEquals(NAME, ForeignSources.ask(source).accessKeyId());
      status[0] = 403;
      assertThrows(RejectedException.class, () -> ForeignSources.ask(source));
      status[0] = 503;
      assertThrows(UnavailableException.class, () -> ForeignSources.ask(source));
    } finally {
      server.stop(0);
    }
  }
}
