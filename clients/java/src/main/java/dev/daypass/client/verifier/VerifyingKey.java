package dev.daypass.client.verifier;

import dev.daypass.client.PublicKey;
import java.math.BigInteger;
import java.security.AlgorithmParameters;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.Signature;
import java.security.spec.ECFieldFp;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.ECParameterSpec;
import java.security.spec.ECPoint;
import java.security.spec.ECPublicKeySpec;
import java.security.spec.EdECPoint;
import java.security.spec.EdECPublicKeySpec;
import java.security.spec.KeySpec;
import java.security.spec.NamedParameterSpec;
import java.security.spec.RSAPublicKeySpec;
import java.util.Arrays;

/**
 * A public key, bound to the one algorithm that it verifies.
 *
 * <p>The list is closed: EdDSA with Ed25519, ES256 on P-256, ES384 on P-384, and RS256. A token
 * never chooses. Of two signatures that would both verify only one is taken: an ECDSA signature
 * must have the smaller s, as every server signs.
 */
final class VerifyingKey {
  private static final BigInteger RSA_EXPONENT = BigInteger.valueOf(65_537);

  private final String kid;
  private final String algorithm;
  private final String javaName;
  private final java.security.PublicKey key;
  // Of a curve whose signatures have two forms; null for others.
  private final BigInteger order;

  private VerifyingKey(
      PublicKey of, String javaName, java.security.PublicKey key, BigInteger order) {
    kid = of.kid();
    algorithm = of.alg();
    this.javaName = javaName;
    this.key = key;
    this.order = order;
  }

  /**
   * Loads a key.
   *
   * @throws IllegalArgumentException it is of no algorithm that is known, or is unsafe
   */
  static VerifyingKey of(PublicKey key) {
    if (!key.use().equals("sig")
        || key.kid().isEmpty()
        || key.kid().length() > VerifierLimits.KEY_ID_CHARACTERS_MAX) {
      throw new IllegalArgumentException("no key that verifies, or one of no name");
    }
    try {
      return switch (key.alg() + " " + key.kty() + " " + key.crv()) {
        case "EdDSA OKP Ed25519" -> ed25519(key);
        case "ES256 EC P-256" -> ecdsa(key, "secp256r1", "SHA256withECDSAinP1363Format", 32);
        case "ES384 EC P-384" -> ecdsa(key, "secp384r1", "SHA384withECDSAinP1363Format", 48);
        case "RS256 RSA " -> rsa(key);
        default -> throw new IllegalArgumentException("no key of the closed list");
      };
    } catch (GeneralSecurityException error) {
      throw new IllegalArgumentException("the key cannot be loaded", error);
    }
  }

  String kid() {
    return kid;
  }

  String algorithm() {
    return algorithm;
  }

  /** Returns when this key made the signature of this message. */
  void verify(byte[] signature, byte[] message) throws RefusedException {
    if (order != null && !isInOneForm(signature)) {
      throw RefusedException.untrusted();
    }
    try {
      Signature check = Signature.getInstance(javaName);
      check.initVerify(key);
      check.update(message);
      if (!check.verify(signature)) {
        throw RefusedException.untrusted();
      }
    } catch (GeneralSecurityException error) {
      throw RefusedException.untrusted();
    }
  }

  /** Refuses the larger s, and the zeros of a "psychic" signature. */
  private boolean isInOneForm(byte[] signature) {
    int size = (order.bitLength() + 7) / 8;
    if (signature.length != 2 * size) {
      return false;
    }
    BigInteger r = new BigInteger(1, Arrays.copyOf(signature, size));
    BigInteger s = new BigInteger(1, Arrays.copyOfRange(signature, size, 2 * size));
    return r.signum() > 0
        && r.compareTo(order) < 0
        && s.signum() > 0
        && s.compareTo(order.shiftRight(1)) <= 0;
  }

  private static VerifyingKey ed25519(PublicKey key) throws GeneralSecurityException {
    byte[] bytes = Base64Url.decode(key.x());
    require(key.y().isEmpty() && key.n().isEmpty() && key.e().isEmpty());
    require(Edwards.isSafePublicKey(bytes));
    BigInteger number = Edwards.littleEndian(bytes);
    EdECPoint point = new EdECPoint(number.testBit(255), number.clearBit(255));
    KeySpec spec = new EdECPublicKeySpec(NamedParameterSpec.ED25519, point);
    return new VerifyingKey(
        key, "Ed25519", KeyFactory.getInstance("Ed25519").generatePublic(spec), null);
  }

  private static VerifyingKey ecdsa(PublicKey key, String curve, String javaName, int size)
      throws GeneralSecurityException {
    byte[] x = Base64Url.decode(key.x());
    byte[] y = Base64Url.decode(key.y());
    require(key.n().isEmpty() && key.e().isEmpty() && x.length == size && y.length == size);
    AlgorithmParameters parameters = AlgorithmParameters.getInstance("EC");
    parameters.init(new ECGenParameterSpec(curve));
    ECParameterSpec spec = parameters.getParameterSpec(ECParameterSpec.class);
    ECPoint point = new ECPoint(new BigInteger(1, x), new BigInteger(1, y));
    require(isOnCurve(point, spec));
    KeySpec keySpec = new ECPublicKeySpec(point, spec);
    return new VerifyingKey(
        key, javaName, KeyFactory.getInstance("EC").generatePublic(keySpec), spec.getOrder());
  }

  private static boolean isOnCurve(ECPoint point, ECParameterSpec spec) {
    BigInteger p = ((ECFieldFp) spec.getCurve().getField()).getP();
    BigInteger x = point.getAffineX();
    BigInteger y = point.getAffineY();
    BigInteger right =
        x.multiply(x).add(spec.getCurve().getA()).multiply(x).add(spec.getCurve().getB()).mod(p);
    return x.compareTo(p) < 0 && y.compareTo(p) < 0 && y.multiply(y).mod(p).equals(right);
  }

  private static VerifyingKey rsa(PublicKey key) throws GeneralSecurityException {
    BigInteger modulus = new BigInteger(1, Base64Url.decode(key.n()));
    BigInteger exponent = new BigInteger(1, Base64Url.decode(key.e()));
    int bits = modulus.bitLength();
    require(key.x().isEmpty() && key.y().isEmpty());
    require(exponent.equals(RSA_EXPONENT) && modulus.testBit(0));
    require(bits >= VerifierLimits.RSA_MODULUS_BITS_MIN);
    require(bits <= VerifierLimits.RSA_MODULUS_BITS_MAX);
    KeySpec spec = new RSAPublicKeySpec(modulus, exponent);
    return new VerifyingKey(
        key, "SHA256withRSA", KeyFactory.getInstance("RSA").generatePublic(spec), null);
  }

  private static void require(boolean right) {
    if (!right) {
      throw new IllegalArgumentException("not a key as servers make them");
    }
  }
}
