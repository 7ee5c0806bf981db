package dev.daypass.client;

import java.time.Duration;
import java.util.OptionalDouble;
import java.util.function.DoubleSupplier;

/**
 * The attempts of one call, within one deadline. It says how long to pause, and who calls pauses.
 *
 * <p>NOTE: gRPC's own retries are off: they go by the code alone, which does not tell a server that
 * is busy from a message that is too large, nor a call that may be made again from one whose proof
 * is spent.
 */
final class Attempts {
  private final Repetition repetition;
  private final RetryBudget budget;
  private final DoubleSupplier seconds;
  private final DoubleSupplier share;
  private final double end;
  private int failures;

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
    double growth = Math.pow(Limits.RETRY_PAUSE_FACTOR, failures - 1);
    double pause =
        Math.min(Limits.RETRY_PAUSE_MIN_SECONDS * growth, Limits.RETRY_PAUSE_MAX_SECONDS);
    return pause * (1 + Limits.RETRY_PAUSE_SPREAD * (2 * share.getAsDouble() - 1));
  }
}
