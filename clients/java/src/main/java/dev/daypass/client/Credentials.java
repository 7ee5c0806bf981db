package dev.daypass.client;

import java.time.Instant;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * Credentials, long-term or temporary; their secrets do not print.
 *
 * @param accessKeyId names the credentials; not a secret
 * @param secretAccessKey signs calls, and is never sent with one
 * @param sessionToken travels with each call; empty for long-term credentials
 * @param expiration when they end; empty for long-term ones or where untold
 */
public record Credentials(
    String accessKeyId,
    Secret secretAccessKey,
    Optional<Secret> sessionToken,
    Optional<Instant> expiration) {
  private static final Pattern ACCESS_KEY_ID = Pattern.compile("[A-Za-z0-9_]{16,128}");
  // Anything else could not travel in the metadata of a call.
  private static final Pattern PRINTABLE = Pattern.compile("[\\x21-\\x7e]+");

  /** Checks that they can be used; the error names the part and shows nothing of it. */
  public Credentials {
    if (!ACCESS_KEY_ID.matcher(accessKeyId).matches()) {
      throw new ConfigurationException(
          "The access key id is not 16 to 128 letters, digits and underscores.");
    }
    check("secret access key", secretAccessKey, Limits.SECRET_CHARACTERS_MAX);
    sessionToken.ifPresent(
        token -> check("session token", token, Limits.SESSION_TOKEN_CHARACTERS_MAX));
  }

  /** Makes long-term credentials from text. */
  public static Credentials of(String accessKeyId, String secretAccessKey) {
    return of(accessKeyId, secretAccessKey, null, null);
  }

  /**
   * Makes credentials from text.
   *
   * @param sessionToken null for long-term credentials
   * @param expiration null for none
   */
  public static Credentials of(
      String accessKeyId, String secretAccessKey, String sessionToken, Instant expiration) {
    return new Credentials(
        accessKeyId,
        new Secret(secretAccessKey),
        Optional.ofNullable(sessionToken).map(Secret::new),
        Optional.ofNullable(expiration));
  }

  private static void check(String part, Secret secret, int charactersMax) {
    String text = secret.reveal();
    if (text.length() > charactersMax || !PRINTABLE.matcher(text).matches()) {
      throw new ConfigurationException(
          String.format(
              "The %s is not 1 to %,d printable ASCII characters without blanks.",
              part, charactersMax));
    }
  }
}
