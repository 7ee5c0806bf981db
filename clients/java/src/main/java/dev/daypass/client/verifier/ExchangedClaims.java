package dev.daypass.client.verifier;

import java.time.Instant;
import java.util.List;

/**
 * What a good token says that came of an exchange.
 *
 * @param use {@code access}, {@code id} or {@code jwt}
 * @param tokenId the claim {@code jti}
 * @param party whom it is about
 * @param audiences whom it is meant for
 * @param scopes what it grants
 * @param clientArn the user or role that it was issued to
 * @param accountId the account of that user or role
 * @param actors who acts for the subject, the present one first; only that one counts for access
 * @param issueTime when it was issued
 * @param expireTime when it ends
 * @param issuer the issuer of the deployment
 */
public record ExchangedClaims(
    String use,
    String tokenId,
    Party party,
    List<String> audiences,
    List<String> scopes,
    String clientArn,
    String accountId,
    List<Party> actors,
    Instant issueTime,
    Instant expireTime,
    String issuer) {

  /**
   * Somebody that a token names.
   *
   * @param issuer whose name it is
   * @param subject the name
   */
  public record Party(String issuer, String subject) {}

  /** Returns the claim {@code sub}: issuer, {@code #} and subject. */
  public String subject() {
    return party.issuer() + "#" + party.subject();
  }
}
