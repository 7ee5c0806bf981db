package dev.daypass.client.verifier;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.util.HashMap;
import java.util.Map;

/**
 * A bounded memory of tokens that were used of late, by a digest of every byte of them.
 *
 * <p>There are two halves: what is used moves to the young one, and when that is full the old one
 * is dropped. A value that was among the last half of the bound is always there.
 */
final class Memory<T> {
  private final int half;
  private Map<String, T> young = new HashMap<>();
  private Map<String, T> old = new HashMap<>();

  Memory(int sizeMax) {
    half = Math.max(1, sizeMax / 2);
  }

  /** Returns the digest that a token is remembered under. */
  static String digest(String token) {
    try {
      byte[] bytes = token.getBytes(StandardCharsets.US_ASCII);
      byte[] digest = MessageDigest.getInstance("SHA-256").digest(bytes);
      return new String(digest, StandardCharsets.ISO_8859_1);
    } catch (GeneralSecurityException error) {
      throw new AssertionError("every Java has it", error);
    }
  }

  /** Returns a value; null where it is not remembered. */
  synchronized T get(String digest) {
    T found = young.get(digest);
    if (found == null) {
      found = old.get(digest);
      if (found != null) {
        put(digest, found);
      }
    }
    return found;
  }

  /** Remembers a value. */
  synchronized void put(String digest, T value) {
    if (young.size() >= half) {
      old = young;
      young = new HashMap<>();
    }
    young.put(digest, value);
  }

  /** Returns how many values are held; one may count twice. */
  synchronized int size() {
    return young.size() + old.size();
  }
}
