package dev.daypass.client;

/**
 * What came of a revocation.
 *
 * @param sequence its number
 * @param effectiveEverywhere whether every server knows of it by now
 */
public record RevocationResult(long sequence, boolean effectiveEverywhere) {}
