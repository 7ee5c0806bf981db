package dev.daypass.client;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class TickerTest {
  private long nanos;
  private long millis = 1_000_000;
  private final Ticker ticker = new Ticker(() -> nanos, () -> millis);

  private void pass(double awake, double onTheWall) {
    nanos += (long) (awake * 1e9);
    millis += (long) (onTheWall * 1e3);
  }

  @Test
  void countsTheTimeInWhichTheMachineSlept() {
    pass(5, 65);

    assertEquals(65, ticker.seconds(), 1e-6);
    pass(1, 1);
    assertEquals(66, ticker.seconds(), 1e-6);
  }

  @Test
  void doesNotGoBackWithTheClock() {
    pass(5, -3_600);
    assertEquals(5, ticker.seconds(), 1e-6);
    pass(1, 1);
    assertEquals(6, ticker.seconds(), 1e-6);
  }

  @Test
  void doesNotGatherWhatClocksDifferBy() {
    for (int second = 0; second < 100; second++) {
      pass(1, 1.001);
      ticker.seconds();
    }
    assertEquals(100, ticker.seconds(), 1e-6);
  }

  @Test
  void steadyClockIsNotBehindWhatWasNoted() {
    Instant[] shown = {Instant.EPOCH};
    SteadyClock clock = new SteadyClock(() -> shown[0], ticker);
    clock.note();
    shown[0] = Instant.EPOCH.minus(Duration.ofHours(1));
    pass(10, 10);

    assertEquals(Instant.EPOCH.plusSeconds(10), clock.now());
    shown[0] = Instant.EPOCH.plusSeconds(60);
    assertEquals(shown[0], clock.now());
  }
}
