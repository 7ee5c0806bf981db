package dev.daypass.client.verifier;

import dev.daypass.client.KeySet;
import dev.daypass.client.RevocationNews;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;
import java.util.Set;
import java.util.function.DoubleSupplier;

/** What a verifier has and knows; the threads that follow feed it. */
final class Knowledge {
  private final InstantSource clock;
  private final DoubleSupplier seconds;
  private final KeyRing keys;
  private final Optional<Revocations> revocations;
  private volatile Optional<Exception> keyError = Optional.empty();
  private volatile Optional<Exception> revocationError = Optional.empty();

  Knowledge(
      InstantSource clock,
      DoubleSupplier seconds,
      KeyRing keys,
      Optional<Revocations> revocations) {
    this.clock = clock;
    this.seconds = seconds;
    this.keys = keys;
    this.revocations = revocations;
  }

  double seconds() {
    return seconds.getAsDouble();
  }

  KeyRing keys() {
    return keys;
  }

  Optional<Revocations> revocations() {
    return revocations;
  }

  /** Takes the answer to a question for the key set in. */
  void takeKeySet(KeySet set, double askedAt) throws InvalidKeySetException {
    keys.take(set, askedAt);
    keyError = Optional.empty();
  }

  /**
   * Takes a message of the stream of key sets in, and tells whether the stream may go on to be
   * read: not where this program slept, because what waits in the stream is as old as that.
   */
  boolean takeKeyNews(KeySet set, double openedAt) throws InvalidKeySetException {
    double now = seconds();
    double pause = VerifierLimits.KEY_SET_HEARTBEATS_MISSED_SECONDS;
    boolean slept = now - openedAt > pause && keys.age(now) > pause;
    takeKeySet(set, slept ? openedAt : now);
    return !slept;
  }

  /**
   * Takes a message of the stream of revocations in, and tells whether the stream may go on to be
   * read.
   *
   * <p>NOTE: the first message was sent after the stream was opened, and no other bound of its time
   * is known; where all goes well the rest come at once.
   */
  boolean takeRevocations(RevocationNews news, double openedAt, boolean first)
      throws Revocations.UnknownScopeException {
    Revocations known = revocations.orElseThrow();
    double now = seconds();
    boolean slept = !first && known.isStale(now);
    known.take(news, first || slept ? openedAt : now, clock.instant());
    revocationError = Optional.empty();
    return !(slept && news.complete());
  }

  void keySetFailed(Exception error) {
    keyError = Optional.of(error);
  }

  void revocationsFailed(Exception error) {
    revocationError = Optional.of(error);
  }

  Optional<Exception> lastError() {
    return revocationError.or(() -> keyError);
  }

  /** Returns how long to wait before the key set is asked for again. */
  double pollSeconds() {
    long kept = Math.max(VerifierLimits.KEY_SET_KEPT_MIN.toSeconds(), keys.maxAge().toSeconds());
    return Math.min(kept, VerifierLimits.KEY_SET_KEPT_MAX.toSeconds()) / 2.0;
  }

  /** Tells whether enough is known to vouch for something. */
  boolean isReady() {
    boolean stale = revocations.filter(known -> known.isStale(seconds())).isPresent();
    return !keys.keyIds().isEmpty() && !stale;
  }

  VerifierStatus status() {
    double now = seconds();
    Set<String> ids = keys.keyIds();
    return new VerifierStatus(
        ids,
        keys.ignoredKeyIds(),
        span(keys.age(now)),
        revocations.flatMap(known -> span(known.age(now))),
        revocations.map(Revocations::count).orElse(0),
        lastError());
  }

  private static Optional<Duration> span(double seconds) {
    return Double.isInfinite(seconds)
        ? Optional.empty()
        : Optional.of(Duration.ofNanos((long) (seconds * 1e9)));
  }
}
