package dev.daypass.client;

import java.time.Duration;
import java.util.OptionalDouble;
import java.util.function.DoubleSupplier;

/**
 * The attempts of one call, within one deadline. It says how long to pause, and who calls pauses.
 *
 * <p>NOTE: gRPC's own retries are off: they go by the code alone, which does not tell a server that
 * is busy from a message that is too large, nor a call that may be made again from one whose proof
 * is spent; and they send what the first attempt sent, also where the server asks for a new
 * signature.
 */
final class Attempts {
  private final Repetition repetition;
  private final RetryBudget budget;
  private final DoubleSupplier seconds;
  private final DoubleSupplier share;
  private final double end;
  private int failures;
  private boolean signedAnew;

  Attempts(
      Repetition repetition,
      RetryBudget budget,
      Duration timeout,
      DoubleSupplier seconds,
      DoubleSupplier share) {
    this.repetition = repetition;
    this.budget = budget;
    this.seconds = seconds;
    this.share = share;
    end = seconds.getAsDouble() + timeout.toNanos() / 1e9;
  }

  /** Returns how long the next attempt may take. */
  double secondsLeft() {
    return Math.max(0, end - seconds.getAsDouble());
  }

  /** Returns the seconds to pause before the next attempt; empty for no more. */
  OptionalDouble pauseAfter(CallException error) {
    failures++;
    if (!mayPass(error) || !budget.failed() || failures >= Limits.ATTEMPTS_MAX) {
      return OptionalDouble.empty();
    }
    double pause = pause(error);
    return pause < secondsLeft() ? OptionalDouble.of(pause) : OptionalDouble.empty();
  }

  /**
   * Returns whether the next attempt is made at once, with a new signature: where the server says
   * that what it answered to this one before cannot be given again. A call is signed anew once.
   * That is no failure: the server is there, and has said so.
   */
  boolean signAnewAfter(CallException error) {
    boolean asked = "true".equals(error.failure().metadata().get("sign_anew"));
    if (!asked || signedAnew || repetition == Repetition.NONE) {
      return false;
    }
    signedAnew = true;
    return secondsLeft() > 0;
  }

  private boolean mayPass(CallException error) {
    if (repetition == Repetition.NONE) {
      return false;
    }
    if (error.code().equals("UNAVAILABLE")) {
      return true;
    }
    // NOTE: without a time to come back, RESOURCE_EXHAUSTED is of gRPC itself or of a proxy, for a
    // message that will be too large each time.
    boolean busy = error.code().equals("RESOURCE_EXHAUSTED") && error.retryDelay().isPresent();
    return busy && repetition == Repetition.FREE;
  }

  private double pause(CallException error) {
    if (error.retryDelay().isPresent()) {
      return error.retryDelay().get().toNanos() / 1e9;
    }
    double pause = Limits.RETRY_PAUSE_FIRST_SECONDS;
    if (failures > 1) {
      double growth = Math.pow(Limits.RETRY_PAUSE_FACTOR, failures - 2);
      pause = Math.min(Limits.RETRY_PAUSE_MIN_SECONDS * growth, Limits.RETRY_PAUSE_MAX_SECONDS);
    }
    return pause * (1 + Limits.RETRY_PAUSE_SPREAD * (2 * share.getAsDouble() - 1));
  }
}
