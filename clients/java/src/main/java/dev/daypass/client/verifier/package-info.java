/**
 * Verifies tokens of a Daypass deployment without asking it each time.
 *
 * <p>{@link dev.daypass.client.verifier.TokenVerifier} makes no call for a token. It does not know
 * which roles and users have been deleted since: only a server does.
 */
package dev.daypass.client.verifier;
