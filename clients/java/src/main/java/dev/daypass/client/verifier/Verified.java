package dev.daypass.client.verifier;

import java.time.Duration;
import java.util.Optional;

/**
 * A token that is good now.
 *
 * @param claims what it says
 * @param revocationViewAge how long ago, at most, revocations were last read; empty where they are
 *     not followed
 * @param <T> the kind of claims
 */
public record Verified<T>(T claims, Optional<Duration> revocationViewAge) {}
