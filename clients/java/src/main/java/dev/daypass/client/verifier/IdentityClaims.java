package dev.daypass.client.verifier;

import java.time.Instant;
import java.util.List;
import java.util.Map;

/**
 * What a good identity token says, as GetWebIdentityToken issues them.
 *
 * @param tokenId the claim {@code jti}
 * @param issuer the issuer of the account
 * @param subject the ARN of the user or role
 * @param audiences whom it is meant for
 * @param issueTime when it was issued
 * @param expireTime when it ends
 * @param facts what else it says of the principal, as values of JSON
 * @param others claims that are not known here
 */
public record IdentityClaims(
    String tokenId,
    String issuer,
    String subject,
    List<String> audiences,
    Instant issueTime,
    Instant expireTime,
    Map<String, Object> facts,
    Map<String, Object> others) {}
