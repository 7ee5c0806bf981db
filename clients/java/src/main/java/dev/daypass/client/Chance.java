package dev.daypass.client;

import java.security.SecureRandom;
import java.util.HexFormat;

/** Chance: what many clients do at once is spread, and calls are told apart. */
public final class Chance {
  private static final SecureRandom RANDOM = new SecureRandom();

  private Chance() {}

  /** Returns a number from 0 up to, and without, 1. */
  public static double share() {
    return RANDOM.nextDouble();
  }

  /** Returns a name that no other call has: 128 random bits in hexadecimal. */
  static String name() {
    byte[] bytes = new byte[16];
    RANDOM.nextBytes(bytes);
    return HexFormat.of().formatHex(bytes);
  }
}
