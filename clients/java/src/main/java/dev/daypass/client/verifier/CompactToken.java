package dev.daypass.client.verifier;

import dev.daypass.client.internal.StrictJson;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.Set;

/**
 * A token in the one form: three parts, one spelling, a header of three members (RFC 7515; RFC
 * 8725, narrowed). Nothing that it says is known to be true.
 */
record CompactToken(
    String algorithm, String kid, String type, byte[] payload, byte[] signature, byte[] signed) {
  private static final Set<String> MEMBERS = Set.of("alg", "kid", "typ");

  /** Takes a token apart; its size is the caller's to bound. */
  static CompactToken parse(String token) throws RefusedException {
    String[] parts = token.split("\\.", -1);
    if (parts.length != 3) {
      throw RefusedException.malformed();
    }
    try {
      Map<String, Object> header = StrictJson.object(Base64Url.decode(parts[0]));
      byte[] payload = Base64Url.decode(parts[1]);
      byte[] signature = Base64Url.decode(parts[2]);
      if (header.keySet().equals(MEMBERS)
          && payload.length > 0
          && signature.length > 0
          && header.get("alg") instanceof String algorithm
          && header.get("kid") instanceof String kid
          && header.get("typ") instanceof String type) {
        byte[] signed = (parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII);
        return new CompactToken(algorithm, kid, type, payload, signature, signed);
      }
    } catch (IllegalArgumentException | StrictJson.MalformedException error) {
      // NOTE: not chained: the error may show what is in the token.
      throw RefusedException.malformed();
    }
    throw RefusedException.malformed();
  }

  /** Shows the header, and no more. */
  @Override
  public String toString() {
    return "CompactToken[" + algorithm + ", " + kid + ", " + type + "]";
  }
}
