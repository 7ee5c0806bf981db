package dev.daypass.client.verifier;

import dev.daypass.client.Chance;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/** A thread that does something again and again, with pauses that grow while it fails. */
final class Follower {
  /** One round: a stream read to its end, or one request. */
  interface Round {
    void run(Follower follower) throws Exception;
  }

  /** Takes note of what ended a round. */
  interface Failed {
    void note(Exception error);
  }

  private static final int DOUBLINGS_MAX = 10;

  private final CountDownLatch closed = new CountDownLatch(1);
  private final Thread thread;
  private volatile AutoCloseable stream = () -> {};
  private int failures;

  Follower(String name, Round round, Failed failed) {
    thread = new Thread(() -> follow(round, failed), name);
    thread.setDaemon(true);
  }

  void start() {
    thread.start();
  }

  /** Takes note that something came. */
  void wentWell() {
    failures = 0;
  }

  /** Keeps a stream, so that it can be closed from outside. */
  void keep(AutoCloseable given) throws Exception {
    stream = given;
    if (isClosed()) {
      given.close();
    }
  }

  /** Waits, and tells whether to go on. */
  boolean pause(double seconds) throws InterruptedException {
    return !closed.await((long) (seconds * 1e9), TimeUnit.NANOSECONDS);
  }

  /** Ends it, and waits until it has ended. */
  void close() throws Exception {
    closed.countDown();
    stream.close();
    if (Thread.currentThread() != thread) {
      thread.join();
    }
  }

  private boolean isClosed() {
    return closed.getCount() == 0;
  }

  private void follow(Round round, Failed failed) {
    try {
      do {
        try {
          round.run(this);
        } catch (InterruptedException error) {
          return;
        } catch (Exception error) {
          if (!isClosed()) {
            failed.note(error);
          }
        }
      } while (pause(nextPause()));
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
  }

  private double nextPause() {
    double pause =
        VerifierLimits.FOLLOW_PAUSE_MIN_SECONDS * (1 << Math.min(failures, DOUBLINGS_MAX));
    failures++;
    double most = Math.min(pause, VerifierLimits.FOLLOW_PAUSE_MAX_SECONDS);
    return most * (0.5 + Chance.share() / 2);
  }
}
