package dev.daypass.client.verifier;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a good session token says. It names roles and users by unique id: their ARNs only a server
 * knows. That the token is good says nothing of who sent it: only a signature does.
 *
 * @param kind {@code role}, {@code user}, {@code federated-user}, {@code root-task} or {@code
 *     delegated}
 * @param accountId the account that owns the session
 * @param accessKeyId names the session
 * @param principalId the unique id of its role or user; for root the account id
 * @param sessionName of a role session or federated user; otherwise empty
 * @param issueTime when it was issued
 * @param expireTime when it ends
 * @param originId the unique id of whoever began the chain of sessions
 * @param sourceIdentity sticks to the chain; empty for none
 * @param tags session tags
 * @param transitiveTagKeys keys of those that pass on
 * @param mfaTime when a second factor was shown
 * @param federatedProvider whose proof began it; empty for none
 * @param federatedKeys the condition keys that this proof leaves
 * @param ringId names the deployment that issued it
 */
public record SessionClaims(
    String kind,
    String accountId,
    String accessKeyId,
    String principalId,
    String sessionName,
    Instant issueTime,
    Instant expireTime,
    String originId,
    String sourceIdentity,
    Map<String, String> tags,
    List<String> transitiveTagKeys,
    Optional<Instant> mfaTime,
    String federatedProvider,
    Map<String, List<String>> federatedKeys,
    String ringId) {}
