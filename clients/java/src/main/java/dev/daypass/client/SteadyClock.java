package dev.daypass.client;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;

/**
 * A clock that does not go back behind a time that was noted: what was obtained for a quarter of an
 * hour ends after that, though somebody sets the clock of the machine back meanwhile.
 */
final class SteadyClock {
  private record Note(Instant time, double seconds) {}

  private final InstantSource clock;
  private final Ticker ticker;
  private volatile Note note;

  SteadyClock(InstantSource clock, Ticker ticker) {
    this.clock = clock;
    this.ticker = ticker;
  }

  /** Returns the time of day, and begins to count from it. */
  Instant note() {
    Instant now = clock.instant();
    note = new Note(now, ticker.seconds());
    return now;
  }

  /** Returns the time of day, or what it must be by now, whichever is later. */
  Instant now() {
    Instant now = clock.instant();
    Note noted = note;
    if (noted == null) {
      return now;
    }
    long passed = (long) ((ticker.seconds() - noted.seconds()) * 1e9);
    Instant least = noted.time().plus(Duration.ofNanos(passed));
    return now.isBefore(least) ? least : now;
  }
}
