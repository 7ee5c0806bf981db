package dev.daypass.client;

import java.time.Duration;
import java.time.Instant;

/**
 * What a server says of a good session token. That it is good says nothing of who sent it: only a
 * signature does.
 *
 * @param kind such as {@code role}
 * @param principalArn whose it is
 * @param principalUserId their unique id
 * @param accountId their account
 * @param accessKeyId names the session
 * @param issueTime when it was issued
 * @param expireTime when it ends
 * @param revocationViewAge how old the server's list of revocations was
 */
public record VerifiedToken(
    String kind,
    String principalArn,
    String principalUserId,
    String accountId,
    String accessKeyId,
    Instant issueTime,
    Instant expireTime,
    Duration revocationViewAge) {}
