package dev.daypass.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EndpointTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "host",
        "host:0",
        "host:65536",
        "ftp://host:1",
        "http://host:1",
        "host:1/path",
        "http://127.0.0.1.example:1",
        "http://127.0.0.1@host:1",
        "unix:socket"
      })
  void refusesWhatItWouldNotDial(String text) {
    assertThrows(ConfigurationException.class, () -> Endpoint.parse(text));
  }

  @ParameterizedTest
  @CsvSource({
    "127.0.0.1:50051, 127.0.0.1:50051, false",
    "localhost:1, localhost:1, false",
    "[::1]:65535, [::1]:65535, false",
    "http://127.8.8.8:1, 127.8.8.8:1, false",
    "host:1, host:1, true",
    "https://host, host:443, true",
    "https://127.0.0.1:1, 127.0.0.1:1, true",
    "unsafe-plaintext://host:1, host:1, false",
    "unix:/run/socket, unix:/run/socket, false"
  })
  void speaksInClearToThisMachineOnly(String text, String target, boolean encrypted) {
    assertEquals(new Endpoint(target, encrypted), Endpoint.parse(text));
  }
}
