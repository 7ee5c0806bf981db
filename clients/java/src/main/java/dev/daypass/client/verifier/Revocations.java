package dev.daypass.client.verifier;

import dev.daypass.client.CannotVouchException;
import dev.daypass.client.RevocationNews;
import dev.daypass.client.verifier.Origin.Name;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What a verifier knows of revocations, and how old that is. One thread feeds it, and any thread
 * may ask meanwhile: what is known of one log is one object, which only gains entries, and is
 * replaced whole where the log is another one.
 */
final class Revocations {
  private static final Set<String> SCOPES =
      Set.of("session", "principal", "account", "key", "token");
  private static final double NEVER = Double.NEGATIVE_INFINITY;
  private static final String HINT =
      "See the status of the verifier; following revocations takes `daypass:WatchRevocations`.";

  /** A revocation names something that this verifier knows nothing of. */
  static final class UnknownScopeException extends Exception {
    private static final long serialVersionUID = 1L;

    UnknownScopeException(String scope) {
      super("a revocation of a scope that is not known: " + scope);
    }
  }

  private record Entry(long sequence, Instant keepTime) {}

  /** What is in force of one log, and how far that is known. */
  private static final class Log {
    private final String logId;
    private final Map<Name, Entry> entries = new ConcurrentHashMap<>();
    private volatile long sequence;
    private volatile double readAt = NEVER;

    Log(String logId) {
      this.logId = logId;
    }
  }

  private final double ageMax;
  private volatile Log log = new Log("");
  private volatile Set<String> revokedKeys = Set.of();
  private double forgottenAt = NEVER;

  Revocations(Duration ageMax) {
    this.ageMax = ageMax.toNanos() / 1e9;
  }

  String logId() {
    return log.logId;
  }

  long sequence() {
    return log.sequence;
  }

  int count() {
    return log.entries.size();
  }

  /** Returns how many seconds old the knowledge is. */
  double age(double seconds) {
    return seconds - log.readAt;
  }

  boolean isStale(double seconds) {
    return age(seconds) > ageMax;
  }

  /**
   * Tells whether a key was revoked, in this log or in one before it; keys are named by their
   * digest, so that a name never comes back.
   */
  boolean isRevokedKey(String kid) {
    return revokedKeys.contains(kid);
  }

  /**
   * Takes a message in.
   *
   * @param sentAt the time before which it was not sent, as far as that is known
   * @param now the time, by which revocations are forgotten
   * @throws UnknownScopeException it revokes what is not known here; nothing is vouched for then
   */
  void take(RevocationNews news, double sentAt, Instant now) throws UnknownScopeException {
    if (news.restart() || !news.logId().equals(log.logId)) {
      log = new Log(news.logId());
    }
    Log known = log;
    for (RevocationNews.Entry entry : news.revocations()) {
      if (!SCOPES.contains(entry.scope())) {
        log = new Log("");
        throw new UnknownScopeException(entry.scope());
      }
      known.entries.put(
          new Name(entry.scope(), entry.subject()), new Entry(entry.sequence(), entry.keepTime()));
      if (entry.scope().equals("key")) {
        Set<String> more = new HashSet<>(revokedKeys);
        more.add(entry.subject());
        revokedKeys = Set.copyOf(more);
      }
    }
    known.sequence = news.sequence();
    if (news.complete()) {
      known.readAt = Math.max(known.readAt, sentAt - news.staleness().toNanos() / 1e9);
      forget(known, sentAt, now);
    }
  }

  /** Returns the age of the knowledge, where it is as young as it must be. */
  double checkFresh(double seconds) {
    double age = age(seconds);
    if (age <= ageMax) {
      return age;
    }
    if (Double.isInfinite(age)) {
      throw new CannotVouchException("revocations_unknown", "Revocations are not known yet.", HINT);
    }
    throw new CannotVouchException(
        "revocations_stale",
        String.format("Revocations are %.1f s old, and %.1f s are allowed.", age, ageMax),
        HINT);
  }

  /** Returns where nothing is known by which a token has ended. */
  void check(Origin origin) throws RefusedException {
    Log known = log;
    if (!origin.logId().equals(known.logId)) {
      throw new RefusedException("revoked");
    }
    if (origin.ownName().filter(known.entries::containsKey).isPresent()) {
      throw new RefusedException("revoked");
    }
    // NOTE: read first; what is revoked meanwhile has a greater number.
    long sequence = known.sequence;
    boolean ended =
        origin.anyName(
            name -> {
              Entry entry = known.entries.get(name);
              return entry != null && entry.sequence() > origin.sequence();
            });
    if (ended) {
      throw new RefusedException("revoked");
    }
    if (origin.sequence() > sequence) {
      throw new CannotVouchException(
          "revocations_behind",
          "The token was issued after what is known of revocations.",
          "Ask again in a second.");
    }
  }

  /** Drops what has run out, now and then. */
  private void forget(Log known, double seconds, Instant now) {
    if (seconds - forgottenAt >= VerifierLimits.FORGET_PERIOD_SECONDS) {
      forgottenAt = seconds;
      known.entries.values().removeIf(entry -> !entry.keepTime().isAfter(now));
    }
  }
}
