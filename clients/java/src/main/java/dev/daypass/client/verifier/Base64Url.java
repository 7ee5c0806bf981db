package dev.daypass.client.verifier;

import java.util.Base64;

/**
 * Base64url without padding, in which every value has exactly one spelling (RFC 4648, section 5).
 */
final class Base64Url {
  private Base64Url() {}

  /**
   * Decodes text that an encoder could have made, and no other.
   *
   * @throws IllegalArgumentException the text is not such
   */
  static byte[] decode(String text) {
    byte[] data = Base64.getUrlDecoder().decode(text);
    // NOTE: the decoder takes padding and stray bits; they have another spelling.
    if (!Base64.getUrlEncoder().withoutPadding().encodeToString(data).equals(text)) {
      throw new IllegalArgumentException("the text is not spelt in the one way");
    }
    return data;
  }
}
