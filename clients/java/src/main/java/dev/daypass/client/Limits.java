package dev.daypass.client;

import java.time.Duration;

/** Every bound of calls and credentials, in one place, each with its reason. */
final class Limits {
  private Limits() {}

  /** What the server grants a call that names no deadline, and the most it grants. */
  static final Duration CALL_TIMEOUT_DEFAULT = Duration.ofSeconds(10);

  static final Duration CALL_TIMEOUT_MAX = Duration.ofSeconds(60);

  /** With the pauses below that is under a second: a wrong endpoint is told of at once. */
  static final int ATTEMPTS_MAX = 5;

  /** In place of a worker that has just ended another one answers at once. */
  static final double RETRY_PAUSE_FIRST_SECONDS = 0.01;

  static final double RETRY_PAUSE_MIN_SECONDS = 0.1;
  static final double RETRY_PAUSE_MAX_SECONDS = 1;
  static final int RETRY_PAUSE_FACTOR = 2;

  /** So that clients that failed together do not come back together. */
  static final double RETRY_PAUSE_SPREAD = 0.2;

  /** A client of which half of these calls have failed stops; ten good ones earn one back. */
  static final double RETRY_BUDGET_CALLS = 10;

  static final double RETRY_BUDGET_PER_SUCCESS = 0.1;

  /** A server ends a stream after five minutes; one that does not is hung. */
  static final Duration STREAM_TIMEOUT = Duration.ofMinutes(6);

  /** The server refuses longer requests. */
  static final int REQUEST_BYTES_MAX = 262_144;

  /** A page of a thousand sessions is under one MiB. */
  static final int RESPONSE_BYTES_MAX = 4_194_304;

  /** The server takes no longer token, whatever it says. */
  static final int SESSION_TOKEN_CHARACTERS_MAX = 8_192;

  /** Secrets have forty characters; some services make longer ones. */
  static final int SECRET_CHARACTERS_MAX = 1_024;

  /** Renewed when a quarter of the time is left, or this where that is less. */
  static final Duration REFRESH_MARGIN_MAX = Duration.ofMinutes(5);

  static final int REFRESH_MARGIN_DIVISOR = 4;

  /** While the service is away and credentials serve, it is asked once in this time. */
  static final Duration REFRESH_PAUSE = Duration.ofSeconds(10);

  /** Tokens of identity providers; the server takes no longer ones. */
  static final int IDENTITY_TOKEN_CHARACTERS_MAX = 20_000;

  /** What a program prints, or an endpoint answers: a session token and little more. */
  static final int CREDENTIAL_DOCUMENT_BYTES_MAX = 65_536;

  /** A program may ask a server, and that a slow one. */
  static final Duration CREDENTIAL_SOURCE_TIMEOUT = Duration.ofSeconds(30);

  /** A thousand profiles are about 200 KiB. */
  static final int PROFILE_FILE_BYTES_MAX = 1_048_576;

  /** Roles that one profile may lead through; the server allows sixteen. */
  static final int ROLE_CHAIN_MAX = 16;
}
