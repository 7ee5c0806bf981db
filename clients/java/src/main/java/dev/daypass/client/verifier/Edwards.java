package dev.daypass.client.verifier;

import java.math.BigInteger;

/**
 * The one check of Ed25519 public keys that Java does not offer: a safe key is a canonical encoding
 * of a point of the prime-order group other than its identity. With the identity as the key, one
 * signature fits every message.
 *
 * <p>Plain arithmetic on public values (RFC 8032, sections 5.1.2 to 5.1.4); a key is checked once,
 * when it is loaded.
 */
final class Edwards {
  private static final BigInteger TWO = BigInteger.TWO;
  private static final BigInteger ONE = BigInteger.ONE;
  private static final BigInteger ZERO = BigInteger.ZERO;
  private static final BigInteger P = ONE.shiftLeft(255).subtract(BigInteger.valueOf(19));
  private static final BigInteger L =
      ONE.shiftLeft(252).add(new BigInteger("27742317777372353535851937790883648493"));
  private static final BigInteger D =
      BigInteger.valueOf(-121665).multiply(BigInteger.valueOf(121666).modInverse(P)).mod(P);
  private static final BigInteger ROOT_OF_MINUS_ONE = TWO.modPow(P.subtract(ONE).shiftRight(2), P);
  private static final int KEY_BYTES = 32;
  private static final int SIGN_BIT = 255;

  /** A point as extended homogeneous coordinates, with t = xy/z. */
  private record Point(BigInteger x, BigInteger y, BigInteger z, BigInteger t) {
    static final Point IDENTITY = new Point(ZERO, ONE, ONE, ZERO);

    boolean isIdentity() {
      return x.mod(P).signum() == 0 && y.subtract(z).mod(P).signum() == 0;
    }

    Point plus(Point other) {
      BigInteger a = y.subtract(x).multiply(other.y.subtract(other.x)).mod(P);
      BigInteger b = y.add(x).multiply(other.y.add(other.x)).mod(P);
      BigInteger c = TWO.multiply(t).multiply(other.t).multiply(D).mod(P);
      BigInteger d = TWO.multiply(z).multiply(other.z).mod(P);
      BigInteger e = b.subtract(a);
      BigInteger f = d.subtract(c);
      BigInteger g = d.add(c);
      BigInteger h = b.add(a);
      return new Point(
          e.multiply(f).mod(P), g.multiply(h).mod(P), f.multiply(g).mod(P), e.multiply(h).mod(P));
    }

    Point times(BigInteger scalar) {
      Point result = IDENTITY;
      for (int bit = scalar.bitLength() - 1; bit >= 0; bit--) {
        result = result.plus(result);
        result = scalar.testBit(bit) ? result.plus(this) : result;
      }
      return result;
    }
  }

  private Edwards() {}

  /** Tells whether the bytes are a canonical point of exactly prime order. */
  static boolean isSafePublicKey(byte[] key) {
    if (key.length != KEY_BYTES) {
      return false;
    }
    BigInteger number = littleEndian(key);
    BigInteger y = number.clearBit(SIGN_BIT);
    if (y.compareTo(P) >= 0) {
      return false;
    }
    BigInteger x = recoverX(y, number.testBit(SIGN_BIT));
    if (x == null) {
      return false;
    }
    Point point = new Point(x, y, ONE, x.multiply(y).mod(P));
    return !point.isIdentity() && point.times(L).isIdentity();
  }

  static BigInteger littleEndian(byte[] key) {
    byte[] reversed = new byte[key.length];
    for (int at = 0; at < key.length; at++) {
      reversed[at] = key[key.length - 1 - at];
    }
    return new BigInteger(1, reversed);
  }

  /** Returns the coordinate that belongs to another; null where there is none. */
  private static BigInteger recoverX(BigInteger y, boolean sign) {
    BigInteger squareOfY = y.multiply(y);
    BigInteger divisor = D.multiply(squareOfY).add(ONE).modInverse(P);
    BigInteger square = squareOfY.subtract(ONE).multiply(divisor).mod(P);
    BigInteger x = square.modPow(P.add(BigInteger.valueOf(3)).shiftRight(3), P);
    if (!x.multiply(x).mod(P).equals(square)) {
      x = x.multiply(ROOT_OF_MINUS_ONE).mod(P);
    }
    if (!x.multiply(x).mod(P).equals(square) || (x.signum() == 0 && sign)) {
      return null;
    }
    return x.testBit(0) == sign ? x : P.subtract(x);
  }
}
