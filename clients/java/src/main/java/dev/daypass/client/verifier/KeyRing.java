package dev.daypass.client.verifier;

import dev.daypass.client.CannotVouchException;
import dev.daypass.client.KeySet;
import dev.daypass.client.PublicKey;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The keys in force, and how old that knowledge is. It is told of key sets and of the time; what is
 * known is one value, which is replaced whole, so that threads may read it.
 */
final class KeyRing {
  private static final double NEVER = Double.NEGATIVE_INFINITY;

  private record Known(
      Map<String, VerifyingKey> keys,
      Map<String, PublicKey> published,
      Set<String> ignored,
      double readAt,
      Duration maxAge,
      long version) {}

  private final double ageMax;
  private volatile Known known =
      new Known(Map.of(), Map.of(), Set.of(), NEVER, VerifierLimits.KEY_SET_KEPT, 0);
  private double askedAt = NEVER;

  KeyRing(Duration ageMax) {
    this.ageMax = ageMax.toNanos() / 1e9;
  }

  Set<String> keyIds() {
    return known.keys().keySet();
  }

  Set<String> ignoredKeyIds() {
    return known.ignored();
  }

  /** Returns how long the set may be kept before it is asked for again. */
  Duration maxAge() {
    return known.maxAge();
  }

  /** Returns how many seconds old the set is. */
  double age(double seconds) {
    return seconds - known.readAt();
  }

  /** Returns a key by its name; null where there is none. */
  VerifyingKey get(String kid) {
    return known.keys().get(kid);
  }

  /**
   * Takes a key set in, in place of the one before; one of an older ring is left alone.
   *
   * @param readAt the time before it was asked for
   */
  synchronized void take(KeySet set, double readAt) throws InvalidKeySetException {
    Map<String, PublicKey> published = new HashMap<>();
    set.keys().forEach(key -> published.put(key.kid(), key));
    if (published.size() != set.keys().size() || published.size() > VerifierLimits.KEYS_MAX) {
      throw new InvalidKeySetException("two keys have one name, or there are too many");
    }
    Known before = known;
    if (set.version() > 0 && set.version() < before.version()) {
      return;
    }
    Map<String, VerifyingKey> keys = new HashMap<>();
    Set<String> ignored = new HashSet<>();
    published.forEach(
        (kid, key) -> {
          VerifyingKey loaded = before.keys().get(kid);
          try {
            boolean same = loaded != null && key.equals(before.published().get(kid));
            keys.put(kid, same ? loaded : VerifyingKey.of(key));
          } catch (IllegalArgumentException unsafe) {
            ignored.add(kid);
          }
        });
    boolean says = !set.maxAge().isZero() && !set.maxAge().isNegative();
    known =
        new Known(
            Map.copyOf(keys),
            Map.copyOf(published),
            Set.copyOf(ignored),
            Math.max(before.readAt(), readAt),
            says ? set.maxAge() : VerifierLimits.KEY_SET_KEPT,
            Math.max(before.version(), set.version()));
  }

  /** Tells, once in a cool-down, that a key that is not known may be asked for. */
  synchronized boolean mayAsk(double seconds) {
    if (seconds - askedAt < VerifierLimits.UNKNOWN_KEY_COOLDOWN_SECONDS) {
      return false;
    }
    askedAt = seconds;
    return true;
  }

  /** Returns where the set is as young as it must be. */
  void checkFresh(double seconds) {
    double age = age(seconds);
    if (age <= ageMax) {
      return;
    }
    if (Double.isInfinite(age)) {
      throw new CannotVouchException("keys_unknown", "The key set is not known yet.", "");
    }
    throw new CannotVouchException(
        "keys_stale",
        String.format("The key set is %.0f s old, and %.0f s are allowed.", age, ageMax),
        "See the status of the verifier.");
  }
}
