package dev.daypass.client.verifier;

import java.time.Duration;

/** Every bound of the verifier, in one place, each with its reason. */
final class VerifierLimits {
  private VerifierLimits() {}

  /** Longer text is refused before anything reads it; session tokens have half of it. */
  static final int TOKEN_CHARACTERS_MAX = 8_192;

  /** The claims of an identity token take 14,984 bytes. */
  static final int IDENTITY_TOKEN_CHARACTERS_MAX = 24_576;

  /** Servers name keys by 43 characters. */
  static final int KEY_ID_CHARACTERS_MAX = 128;

  /** Servers make keys of 3,072 bits; shorter ones are weak, longer ones slow. */
  static final int RSA_MODULUS_BITS_MIN = 2_048;

  static final int RSA_MODULUS_BITS_MAX = 4_096;

  /** What a packed claim may unfold to, as servers have it. */
  static final int UNPACKED_BYTES_MAX = 131_072;

  /** Those who act for a subject, one behind the other, as servers have it. */
  static final int ACTORS_MAX = 4;

  /** Tokens whose signature is remembered, of each kind; a few KiB each. */
  static final int REMEMBERED_TOKENS_MAX = 16_384;

  /** How far the clock of a server may be ahead; never added to the end of a token. */
  static final Duration CLOCK_TOLERANCE = Duration.ofSeconds(5);

  static final Duration CLOCK_TOLERANCE_MAX = Duration.ofMinutes(1);

  /** Twice what a server allows itself by default. */
  static final Duration REVOCATION_AGE_MAX = Duration.ofSeconds(10);

  /** A key set that cannot be renewed serves for so long. */
  static final Duration KEY_SET_AGE_MAX = Duration.ofHours(1);

  static final Duration KEY_SET_AGE_LIMIT = Duration.ofHours(24);

  /** A key set is asked for at most so often because of keys that it does not have. */
  static final double UNKNOWN_KEY_COOLDOWN_SECONDS = 10;

  /** How long a key set is kept where it does not say, and what it may say. */
  static final Duration KEY_SET_KEPT = Duration.ofMinutes(5);

  static final Duration KEY_SET_KEPT_MIN = Duration.ofSeconds(10);
  static final Duration KEY_SET_KEPT_MAX = Duration.ofHours(1);

  /** A hundred keys of the longest kind are less. */
  static final int KEY_SET_BYTES_MAX = 131_072;

  static final int KEYS_MAX = 100;

  /** A stream that breaks is opened again after a pause, which doubles each time. */
  static final double FOLLOW_PAUSE_MIN_SECONDS = 0.1;

  static final double FOLLOW_PAUSE_MAX_SECONDS = 5;

  /** A server sends a key set every ten seconds; after so long without one we slept. */
  static final double KEY_SET_HEARTBEATS_MISSED_SECONDS = 30;

  /** Revocations that have run out are looked for once in this time. */
  static final double FORGET_PERIOD_SECONDS = 60;

  /** How long a verifier waits for its first knowledge, and for one key set. */
  static final Duration READY_TIMEOUT = Duration.ofSeconds(10);
}
