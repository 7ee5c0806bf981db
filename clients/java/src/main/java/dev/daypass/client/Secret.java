package dev.daypass.client;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;

/** Secret text that prints as {@code <redacted>} and compares in constant time. */
public final class Secret {
  private static final String REDACTED = "<redacted>";

  private final String text;

  /**
   * Keeps a secret.
   *
   * @param text the secret
   */
  public Secret(String text) {
    this.text = text;
  }

  /** Returns the text; every call of this method is worth a look. */
  public String reveal() {
    return text;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Secret secret && MessageDigest.isEqual(bytes(), secret.bytes());
  }

  /** Returns the same for all secrets, so that a hash tells nothing of one. */
  @Override
  public int hashCode() {
    return Secret.class.hashCode();
  }

  @Override
  public String toString() {
    return REDACTED;
  }

  private byte[] bytes() {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
