package dev.daypass.client;

import java.util.function.LongSupplier;

/**
 * Tells seconds from an arbitrary start, those in which the machine slept too.
 *
 * <p>Java's own monotonic clock stands still in a sleep, and the time of day does not: where the
 * latter runs ahead by more than a second at once, that is counted as sleep. A clock that is set
 * forward counts as sleep too, which makes what is known older and never younger.
 */
public final class Ticker {
  private static final Ticker SYSTEM = new Ticker(System::nanoTime, System::currentTimeMillis);
  private static final double NANOS = 1e9;
  private static final double MILLIS = 1e3;
  private static final double SLEEP_SECONDS_MIN = 1;

  private final LongSupplier nanos;
  private final LongSupplier millis;
  private final long start;
  private double slept;
  private double lead;

  Ticker(LongSupplier nanos, LongSupplier millis) {
    this.nanos = nanos;
    this.millis = millis;
    start = nanos.getAsLong();
    lead = millis.getAsLong() / MILLIS;
  }

  /** Returns the one of this machine. */
  public static Ticker system() {
    return SYSTEM;
  }

  /** Returns the seconds. */
  public synchronized double seconds() {
    double awake = (nanos.getAsLong() - start) / NANOS;
    double leadNow = millis.getAsLong() / MILLIS - awake;
    if (leadNow - lead > SLEEP_SECONDS_MIN) {
      slept += leadNow - lead;
      lead = leadNow;
    } else if (leadNow < lead) {
      lead = leadNow;
    }
    return awake + slept;
  }
}
