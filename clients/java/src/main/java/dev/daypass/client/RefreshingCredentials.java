package dev.daypass.client;

import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.DoubleSupplier;
import java.util.function.Supplier;

/**
 * The credentials of one identity, renewed before they end. Threads share one.
 *
 * <p>However many threads ask, one request is made at a time. The thread that finds that a renewal
 * is due makes it; the others get what is held meanwhile, and wait only where that has ended. While
 * the service is away what is held serves to its end, and never longer.
 */
public final class RefreshingCredentials {
  private final Supplier<Credentials> source;
  private final SteadyClock clock;
  private final CredentialCache cache;
  private final ReentrantLock lock = new ReentrantLock();

  /**
   * Makes a provider.
   *
   * @param source gets new credentials, with a deadline of its own
   */
  public RefreshingCredentials(Supplier<Credentials> source) {
    this(source, InstantSource.system(), Chance::share);
  }

  /**
   * Makes a provider.
   *
   * @param source gets new credentials, with a deadline of its own
   * @param clock tells when credentials end
   * @param share draws a number from 0 up to 1, by which renewals are spread
   */
  public RefreshingCredentials(
      Supplier<Credentials> source, InstantSource clock, DoubleSupplier share) {
    this.source = source;
    this.clock = new SteadyClock(clock, Ticker.system());
    cache = new CredentialCache(share);
  }

  /**
   * Returns credentials that have not ended.
   *
   * @throws DaypassException there are none, and they cannot be had; those who have waited for one
   *     request get its one error
   */
  public Credentials credentials() {
    int turn = cache.turn();
    Instant now = clock.now();
    Optional<Credentials> fresh = cache.fresh(now);
    if (fresh.isPresent()) {
      return fresh.get();
    }
    Optional<Credentials> held = cache.usable(now);
    if (held.isEmpty()) {
      lock.lock();
    } else if (!lock.tryLock()) {
      // Somebody is asking already.
      return held.get();
    }
    try {
      return cache.settledSince(turn, clock.now()).orElseGet(this::renewed);
    } finally {
      lock.unlock();
    }
  }

  /** Gives up credentials that a server has refused; the next call asks for new ones. */
  public void discard(Credentials refused) {
    lock.lock();
    try {
      cache.discard(refused);
    } finally {
      lock.unlock();
    }
  }

  private Credentials renewed() {
    Credentials found;
    try {
      found = source.get();
    } catch (DaypassException error) {
      return cache.failed(error, clock.now());
    }
    return cache.obtained(found, clock.note());
  }
}
