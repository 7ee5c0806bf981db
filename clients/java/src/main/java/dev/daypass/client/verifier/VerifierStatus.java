package dev.daypass.client.verifier;

import java.time.Duration;
import java.util.Optional;
import java.util.Set;

/**
 * How a verifier fares, for a health check or a metric.
 *
 * @param keyIds the keys that it has
 * @param ignoredKeyIds keys of the set that are of no algorithm that is known, or unsafe
 * @param keySetAge how old the key set is; empty for none
 * @param revocationViewAge how old its knowledge of revocations is; empty for none
 * @param revocations how many are in force
 * @param lastError what asking last failed with; empty where it last went well
 */
public record VerifierStatus(
    Set<String> keyIds,
    Set<String> ignoredKeyIds,
    Optional<Duration> keySetAge,
    Optional<Duration> revocationViewAge,
    int revocations,
    Optional<Exception> lastError) {}
