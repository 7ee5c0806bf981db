package dev.daypass.client;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * Which credentials serve now, and whether new ones are due. It is told of the time, of what was
 * obtained and of what failed; who asks, and under which lock, is {@link RefreshingCredentials}.
 */
final class CredentialCache {
  /** What is known at one time; it is replaced whole, so that threads may read it. */
  private record State(
      int turn,
      Optional<Credentials> credentials,
      Optional<Instant> renewTime,
      Optional<DaypassException> error) {

    Optional<Credentials> alive(Instant now) {
      return credentials.filter(held -> !hasCome(held.expiration(), now));
    }
  }

  private final DoubleSupplier share;
  private volatile State state = new State(0, Optional.empty(), Optional.empty(), Optional.empty());

  CredentialCache(DoubleSupplier share) {
    this.share = share;
  }

  /** Returns when credentials obtained now are to be replaced, by a share earlier than need be. */
  static Optional<Instant> renewTime(Credentials credentials, Instant now, double share) {
    return credentials
        .expiration()
        .map(
            end -> {
              Duration quarter =
                  Duration.between(now, end).dividedBy(Limits.REFRESH_MARGIN_DIVISOR);
              Duration margin =
                  quarter.compareTo(Limits.REFRESH_MARGIN_MAX) < 0
                      ? quarter
                      : Limits.REFRESH_MARGIN_MAX;
              return end.minusNanos((long) (margin.toNanos() * (1 + share)));
            });
  }

  /** Tells whether a time has come; one that is not there never does. */
  static boolean hasCome(Optional<Instant> time, Instant now) {
    return time.isPresent() && !time.get().isAfter(now);
  }

  /** Returns how many requests have ended; {@link #settledSince} takes it. */
  int turn() {
    return state.turn();
  }

  /** Returns what serves without a thought; empty where a request is due. */
  Optional<Credentials> fresh(Instant now) {
    State known = state;
    return hasCome(known.renewTime(), now) ? Optional.empty() : known.alive(now);
  }

  /** Returns what serves while a request is made. */
  Optional<Credentials> usable(Instant now) {
    return state.alive(now);
  }

  /**
   * Returns what a request that has ended since a turn leaves to its waiters; empty where there was
   * none, and it is the caller's to make.
   */
  Optional<Credentials> settledSince(int turn, Instant now) {
    State known = state;
    if (known.turn() == turn) {
      return Optional.empty();
    }
    if (known.error().isEmpty()) {
      return known.credentials();
    }
    Optional<Credentials> held = known.alive(now);
    if (held.isEmpty()) {
      throw known.error().get();
    }
    return held;
  }

  /**
   * Keeps new credentials, and returns them.
   *
   * <p>NOTE: they count as good whatever the clock says, so that a clock that is wrong by hours
   * ends in a refusal of the server and not in a loop.
   */
  Credentials obtained(Credentials credentials, Instant now) {
    Optional<Instant> due = renewTime(credentials, now, share.getAsDouble());
    state = new State(state.turn() + 1, Optional.of(credentials), due, Optional.empty());
    return credentials;
  }

  /**
   * Takes note of a failure, and returns what still serves: where the service is away, what is held
   * serves to its end; where it has refused, its answer counts.
   */
  Credentials failed(DaypassException error, Instant now) {
    State known = state;
    boolean away = error instanceof UnavailableException;
    long pause = (long) (Limits.REFRESH_PAUSE.toNanos() * (1 + share.getAsDouble()));
    State after =
        new State(
            known.turn() + 1,
            away ? known.credentials() : Optional.empty(),
            away ? Optional.of(now.plusNanos(pause)) : Optional.empty(),
            Optional.of(error));
    state = after;
    return after.alive(now).orElseThrow(() -> error);
  }

  /** Gives up credentials that a server has refused, if they are those held. */
  void discard(Credentials refused) {
    State known = state;
    boolean held =
        known
            .credentials()
            .filter(keys -> keys.accessKeyId().equals(refused.accessKeyId()))
            .isPresent();
    if (held) {
      state = new State(known.turn(), Optional.empty(), Optional.empty(), known.error());
    }
  }
}
