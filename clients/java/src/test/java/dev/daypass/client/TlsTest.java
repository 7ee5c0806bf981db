package dev.daypass.client;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import io.grpc.Grpc;
import io.grpc.Server;
import io.grpc.TlsServerCredentials;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Base64;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TlsTest {
  @TempDir private static Path folder;
  private static Server server;

  @BeforeAll
  static void serve() throws Exception {
    makeKey("server");
    makeKey("client");
    server =
        Grpc.newServerBuilderForPort(
                0,
                TlsServerCredentials.newBuilder()
                    .keyManager(file("server.crt").toFile(), file("server.key").toFile())
                    .trustManager(file("client.crt").toFile())
                    .clientAuth(TlsServerCredentials.ClientAuth.REQUIRE)
                    .build())
            .build()
            .start();
  }

  @AfterAll
  static void end() {
    server.shutdownNow();
  }

  private static Path file(String name) {
    return folder.resolve(name);
  }

  /** Makes a certificate that vouches for itself, and writes it and its key in PEM. */
  private static void makeKey(String name) throws Exception {
    Path store = file(name + ".p12");
    String password = name + "-of-a-test";
    String[] command = {
      "keytool",
      "-genkeypair",
      "-keystore",
      store.toString(),
      "-storetype",
      "PKCS12",
      "-storepass",
      password,
      "-alias",
      "a",
      "-keyalg",
      "EC",
      "-dname",
      "CN=" + name,
      "-ext",
      "san=dns:localhost"
    };
    assertEquals(0, new ProcessBuilder(command).start().waitFor());
    KeyStore keys = KeyStore.getInstance("PKCS12");
    try (InputStream stream = Files.newInputStream(store)) {
      keys.load(stream, password.toCharArray());
    }
    byte[] key = keys.getKey("a", password.toCharArray()).getEncoded();
    writePem(file(name + ".key"), "PRIVATE KEY", key);
    writePem(file(name + ".crt"), "CERTIFICATE", keys.getCertificate("a").getEncoded());
  }

  private static void writePem(Path file, String label, byte[] data) throws Exception {
    String text = Base64.getMimeEncoder().encodeToString(data);
    Files.writeString(
        file, "-----BEGIN " + label + "-----\n" + text + "\n-----END " + label + "-----\n");
  }

  private static CallException failure(String caBundle, String client) {
    Profile profile =
        Profile.of("https://localhost:" + server.getPort(), Credentials.of("A".repeat(16), "s3"))
            .withTls(
                new Profile.Tls(
                    Optional.ofNullable(caBundle).map(TlsTest::file),
                    Optional.ofNullable(client).map(name -> file(name + ".crt")),
                    Optional.ofNullable(client).map(name -> file(name + ".key"))));
    try (DaypassClient made =
        new DaypassClient(profile, Duration.ofSeconds(30), InstantSource.system())) {
      return assertThrows(CallException.class, made::getCallerIdentity);
    }
  }

  @Test
  void serverThatNobodyVouchesForIsNotSpokenTo() {
    assertEquals("UNAVAILABLE", failure(null, "client").code());
    assertEquals("UNAVAILABLE", failure("client.crt", "client").code());
  }

  @Test
  void clientWithoutACertificateIsNotLetIn() {
    assertEquals("UNAVAILABLE", failure("server.crt", null).code());
  }

  @Test
  void certificateLeadsToTheServer() {
    // It has no methods, and says so.
    assertEquals("UNIMPLEMENTED", failure("server.crt", "client").code());
  }

  @Test
  void oneOfTwoFilesIsNotEnough() {
    Profile profile =
        Profile.of("https://localhost:1", null)
            .withTls(
                new Profile.Tls(
                    Optional.empty(), Optional.of(file("client.crt")), Optional.empty()));
    assertThrows(ConfigurationException.class, () -> new DaypassClient(profile));
  }
}
