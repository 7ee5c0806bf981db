package dev.daypass.client.verifier;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.daypass.client.PublicKey;
import java.math.BigInteger;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.HexFormat;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class KeyTest {
  // RFC 8032, section 7.1, test 2.
  private static final String ED25519 =
      "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c";
  private static final String ED25519_SIGNATURE =
      "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          + "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00";
  // RFC 7515, appendix A.3.
  private static final String X = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
  private static final String Y = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
  private static final String ES256_SIGNED =
      "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlL"
          + "mNvbS9pc19yb290Ijp0cnVlfQ";
  private static final String ES256_SIGNATURE =
      "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q";
  private static final BigInteger P256_ORDER =
      new BigInteger("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551", 16);

  private static PublicKey okp(String hex) {
    String x = Base64.getUrlEncoder().withoutPadding().encodeToString(HexFormat.of().parseHex(hex));
    return new PublicKey("k", "OKP", "EdDSA", "sig", "Ed25519", x, "", "", "");
  }

  private static PublicKey ec(String alg, String crv, String x, String y) {
    return new PublicKey("k", "EC", alg, "sig", crv, x, y, "", "");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        // The identity, a point of order two, one of order four, and one of order eight.
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        // Encodings of the identity that are not canonical, and no point at all.
        "eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0100000000000000000000000000000000000000000000000000000000000080",
        "0200000000000000000000000000000000000000000000000000000000000000",
        "01"
      })
  void unsafeKeysAreNotTaken(String hex) {
    assertFalse(Edwards.isSafePublicKey(HexFormat.of().parseHex(hex)));
    assertThrows(IllegalArgumentException.class, () -> VerifyingKey.of(okp(hex)));
  }

  @Test
  void ed25519SignatureIsThatOfTheMessage() throws RefusedException {
    byte[] signature = HexFormat.of().parseHex(ED25519_SIGNATURE);
    VerifyingKey key = VerifyingKey.of(okp(ED25519));

    assertTrue(Edwards.isSafePublicKey(HexFormat.of().parseHex(ED25519)));
    assertThrows(RefusedException.class, () -> key.verify(signature, new byte[] {0x73}));
    assertThrows(RefusedException.class, () -> key.verify(new byte[64], new byte[] {0x72}));
    assertThrows(RefusedException.class, () -> key.verify(new byte[0], new byte[] {0x72}));
    key.verify(signature, new byte[] {0x72});
  }

  @Test
  void ecdsaSignatureHasTheSmallerS() throws RefusedException {
    VerifyingKey key = VerifyingKey.of(ec("ES256", "P-256", X, Y));
    byte[] message = ES256_SIGNED.getBytes(StandardCharsets.US_ASCII);
    byte[] published = Base64Url.decode(ES256_SIGNATURE);
    BigInteger s = new BigInteger(1, java.util.Arrays.copyOfRange(published, 32, 64));
    // The signature of the RFC has the greater one.
    byte[] smaller = HexFormat.of().parseHex(String.format("%064x", P256_ORDER.subtract(s)));
    byte[] taken = published.clone();
    System.arraycopy(smaller, 0, taken, 32, 32);

    assertThrows(RefusedException.class, () -> key.verify(published, message));
    assertThrows(RefusedException.class, () -> key.verify(new byte[64], message));
    key.verify(taken, message);
  }

  @Test
  void keysOutsideTheListAreNotTaken() {
    for (PublicKey key :
        new PublicKey[] {
          ec("ES384", "P-256", X, Y),
          ec("ES256", "P-384", X, Y),
          ec("ES256", "P-256", X, X),
          ec("ES256", "P-256", X, ""),
          ec("ES256", "P-256", X + "=", Y),
          ec("HS256", "P-256", X, Y),
          new PublicKey("", "EC", "ES256", "sig", "P-256", X, Y, "", ""),
          new PublicKey("k", "EC", "ES256", "enc", "P-256", X, Y, "", ""),
          new PublicKey("k", "RSA", "RS256", "sig", "", "", "", "AQAB", "AQAB"),
        }) {
      assertThrows(IllegalArgumentException.class, () -> VerifyingKey.of(key), key.toString());
    }
  }

  @Test
  void base64HasOneSpelling() {
    for (String text : new String[] {"YQ==", "YR", "Y", "Y+", "Y Q", "YQ\n"}) {
      assertThrows(IllegalArgumentException.class, () -> Base64Url.decode(text), text);
    }
    assertEquals("a", new String(Base64Url.decode("YQ"), StandardCharsets.US_ASCII));
  }

  @Test
  void accessKeyIdCarriesItsAccount() {
    // Sixteen letters A are zero: no flag, no account.
    assertEquals(Optional.empty(), Origin.accountOf("ASIA" + "A".repeat(16)));
    assertEquals(Optional.of("000000000000"), Origin.accountOf("ASIAQ" + "A".repeat(15)));
    assertEquals(Optional.empty(), Origin.accountOf("ASIA" + "7".repeat(16)));
    assertEquals(Optional.empty(), Origin.accountOf("a-token"));
  }

  @Test
  void keySetWithASecretIsRefusedWhole() throws InvalidKeySetException {
    for (String keys :
        new String[] {"{}", "{\"keys\":[{\"kty\":\"OKP\",\"d\":\"x\"}]}", "{\"keys\":[1]}", "x"}) {
      byte[] data = keys.getBytes(StandardCharsets.US_ASCII);
      assertThrows(InvalidKeySetException.class, () -> JwksUrl.parse(data, ""), keys);
    }
    byte[] none = "{\"keys\":[]}".getBytes(StandardCharsets.US_ASCII);
    assertEquals(10, JwksUrl.parse(none, "public, max-age=1").maxAge().toSeconds());
    assertEquals(300, JwksUrl.parse(none, "x-max-age=1").maxAge().toSeconds());
  }

  @Test
  void memoryIsBounded() {
    Memory<Integer> memory = new Memory<>(4);
    for (int number = 0; number < 100; number++) {
      memory.put(String.valueOf(number), number);
    }
    assertTrue(memory.size() <= 4);
    assertEquals(99, memory.get("99"));
  }
}
