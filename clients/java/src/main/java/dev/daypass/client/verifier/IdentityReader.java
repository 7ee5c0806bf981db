package dev.daypass.client.verifier;

import java.time.Duration;
import java.time.Instant;

/**
 * Reads the claims of an identity token. A claim that is not known is passed on, but not one by
 * which tokens of another kind are told.
 */
final class IdentityReader {
  static final String TOKEN_TYPE = "JWT";
  private static final String FACTS = "https://sts.amazonaws.com/";
  private static final Duration LIFETIME_MAX = Duration.ofHours(1);

  /** What a token says, and from when on it is good. */
  record Read(IdentityClaims claims, Instant begin) {}

  private IdentityReader() {}

  static Read read(Claims claims) throws RefusedException {
    if (claims.has("token_use") || claims.has("daypass")) {
      throw new RefusedException("not_an_identity_token");
    }
    Instant notBefore = claims.maybeInstant("nbf").orElse(Instant.EPOCH);
    IdentityClaims found =
        new IdentityClaims(
            claims.text("jti"),
            claims.text("iss"),
            claims.text("sub"),
            claims.textOrTexts("aud"),
            claims.instant("iat"),
            claims.instant("exp"),
            claims.members(FACTS).rest(),
            claims.rest());
    SessionReader.checkLifetime(found.issueTime(), found.expireTime(), LIFETIME_MAX);
    Instant begin = found.issueTime();
    return new Read(found, notBefore.isAfter(begin) ? notBefore : begin);
  }
}
