package dev.daypass.client;

import java.time.Duration;
import java.util.List;

/**
 * The published keys.
 *
 * @param keys the keys
 * @param maxAge how long they may be kept
 * @param version which ring they are of; 0 where that is not known
 */
public record KeySet(List<PublicKey> keys, Duration maxAge, long version) {}
