package dev.daypass.client.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.sun.net.httpserver.HttpServer;
import dev.daypass.client.CannotVouchException;
import dev.daypass.client.ConfigurationException;
import dev.daypass.client.TokenRejectedException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.time.Instant;
import java.util.Arrays;
import java.util.Base64;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JwksUrlTest {
  private static final Instant NOW = Instant.parse("2026-01-01T00:00:00Z");
  private static final int KEY_BYTES = 32;

  private final AtomicInteger asked = new AtomicInteger();
  private volatile int status = 200;
  private KeyPair keys;
  private HttpServer server;
  private JwksUrl url;

  @BeforeEach
  void serveAKey() throws Exception {
    keys = KeyPairGenerator.getInstance("Ed25519").generateKeyPair();
    byte[] encoded = keys.getPublic().getEncoded();
    String x = base64(Arrays.copyOfRange(encoded, encoded.length - KEY_BYTES, encoded.length));
    byte[] document =
        ("{\"keys\":[{\"kid\":\"k\",\"kty\":\"OKP\",\"crv\":\"Ed25519\",\"alg\":\"EdDSA\","
                + "\"use\":\"sig\",\"x\":\""
                + x
                + "\"}]}")
            .getBytes(StandardCharsets.US_ASCII);
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/jwks",
        exchange -> {
          asked.incrementAndGet();
          exchange.getResponseHeaders().add("location", "/jwks?again");
          exchange.sendResponseHeaders(status, document.length);
          exchange.getResponseBody().write(document);
          exchange.close();
        });
    server.start();
    url = new JwksUrl("http://127.0.0.1:" + server.getAddress().getPort() + "/jwks");
  }

  @AfterEach
  void end() {
    server.stop(0);
  }

  private static String base64(byte[] data) {
    return Base64.getUrlEncoder().withoutPadding().encodeToString(data);
  }

  private static String base64(String text) {
    return base64(text.getBytes(StandardCharsets.UTF_8));
  }

  private String token(String kid) throws Exception {
    long begin = NOW.getEpochSecond();
    String header = "{\"alg\":\"EdDSA\",\"kid\":\"" + kid + "\",\"typ\":\"JWT\"}";
    String claims =
        "{\"jti\":\"t\",\"iss\":\"us\",\"sub\":\"arn\",\"aud\":[\"you\"],\"iat\":%d,\"exp\":%d,"
            + "\"https://sts.amazonaws.com/\":{\"aws_account\":\"1\"}}";
    String signed = base64(header) + "." + base64(String.format(claims, begin, begin + 600));
    Signature signature = Signature.getInstance("Ed25519");
    signature.initSign(keys.getPrivate());
    signature.update(signed.getBytes(StandardCharsets.US_ASCII));
    return signed + "." + base64(signature.sign());
  }

  private TokenVerifier start() {
    return TokenVerifier.of(url).clock(() -> NOW).start();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "jwks",
        "http://elsewhere/jwks",
        "https://a@b/jwks",
        "https://b/#c",
        "file:/x"
      })
  void refusesWhatIsNoUrlOfAKeySet(String text) {
    assertThrows(ConfigurationException.class, () -> new JwksUrl(text));
  }

  @ParameterizedTest
  @ValueSource(ints = {404, 500, 302})
  void verifierWithoutKeysDoesNotBegin(int answer) {
    status = answer;

    CannotVouchException error = assertThrows(CannotVouchException.class, this::start);

    assertEquals("keys_unknown", error.reason());
    assertTrue(error.toString().contains(String.valueOf(answer)));
    assertEquals(1, asked.get());
  }

  @Test
  void identityTokensAreVerifiedAndKeysThatAreNotKnownAskedForOnce() throws Exception {
    try (TokenVerifier verifier = start()) {
      String other = token("other");
      for (int time = 0; time < 3; time++) {
        TokenRejectedException refusal =
            assertThrows(
                TokenRejectedException.class,
                () -> verifier.verifyIdentityToken(other, "us", "you"));
        assertEquals("unknown_key", refusal.reason());
      }
      String token = token("k");
      assertThrows(
          TokenRejectedException.class, () -> verifier.verifyIdentityToken(token, "us", "me"));
      Verified<IdentityClaims> found = verifier.verifyIdentityToken(token, "us", "you");

      assertEquals("arn", found.claims().subject());
      assertEquals(Optional.empty(), found.revocationViewAge());
      assertEquals(2, asked.get());
    }
  }

  @Test
  void nobodyIsToldOfRevocationsByAUrl() {
    assertThrows(
        IllegalArgumentException.class,
        () -> TokenVerifier.of(url).revocationAgeMax(java.time.Duration.ofSeconds(1)));
  }
}
