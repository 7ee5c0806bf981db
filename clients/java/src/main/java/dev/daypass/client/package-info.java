/**
 * Calls Daypass, and keeps the credentials fresh that sign the calls.
 *
 * <p>{@link dev.daypass.client.DaypassClient} makes calls, {@link dev.daypass.client.Profile} says
 * where they go and what signs them. Tokens are verified offline by {@code
 * dev.daypass.client.verifier}.
 */
package dev.daypass.client;
