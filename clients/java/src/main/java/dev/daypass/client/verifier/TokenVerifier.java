package dev.daypass.client.verifier;

import dev.daypass.client.CannotVouchException;
import dev.daypass.client.DaypassClient;
import dev.daypass.client.DaypassException;
import dev.daypass.client.KeySet;
import dev.daypass.client.MessageStream;
import dev.daypass.client.RejectedException;
import dev.daypass.client.RevocationNews;
import dev.daypass.client.Ticker;
import dev.daypass.client.TokenRejectedException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * Verifies tokens by what it knows. Threads may share one.
 *
 * <p>{@link Builder#start} begins to follow, and waits until enough is known. A client that it is
 * given is to be closed after it. No method asks the server for a token; only a key that is not
 * known is asked for, and once in ten seconds at most.
 */
public final class TokenVerifier implements AutoCloseable {
  private final Optional<DaypassClient> client;
  private final Optional<JwksUrl> url;
  private final Knowledge known;
  private final Judge judge;
  private final ReentrantLock asking = new ReentrantLock();
  private final CountDownLatch ready = new CountDownLatch(1);
  private final List<Follower> followers = new ArrayList<>();
  private volatile boolean streamsKeys;

  private TokenVerifier(Builder builder) {
    client = builder.client;
    url = builder.url;
    streamsKeys = client.isPresent();
    known =
        new Knowledge(
            builder.clock,
            Ticker.system()::seconds,
            new KeyRing(builder.keySetAgeMax),
            builder.revocationAgeMax.map(Revocations::new));
    judge =
        new Judge(
            known.keys(),
            known.revocations(),
            builder.unsafeWithoutRevocations,
            builder.clock,
            Ticker.system()::seconds,
            builder.clockTolerance,
            builder.ringId);
  }

  /**
   * Begins with a client, whose credentials may follow revocations ({@code
   * daypass:WatchRevocations}).
   */
  public static Builder of(DaypassClient client) {
    return new Builder(Optional.of(client), Optional.empty());
  }

  /** Begins with the URL of a key set, which tells of keys alone. */
  public static Builder of(JwksUrl url) {
    return new Builder(Optional.empty(), Optional.of(url));
  }

  /**
   * Returns what a good session token says.
   *
   * @throws TokenRejectedException the token is not good; its reason says why
   * @throws CannotVouchException too little is known, or it is too old
   */
  public Verified<SessionClaims> verifySessionToken(String token) {
    return askingForKeys(() -> judge.session(token));
  }

  /**
   * Returns what a good token says that came of an exchange.
   *
   * @param issuer the issuer of the deployment, to the letter
   * @param audience who we are: one of those whom the token must be meant for
   * @throws TokenRejectedException the token is not good; its reason says why
   * @throws CannotVouchException too little is known, or it is too old
   */
  public Verified<ExchangedClaims> verifyExchangedToken(
      String token, String issuer, String audience) {
    return askingForKeys(() -> judge.exchanged(token, issuer, audience));
  }

  /**
   * Returns what a good identity token says.
   *
   * @param issuer the issuer of the account, to the letter
   * @param audience who we are: one of those whom the token must be meant for
   * @throws TokenRejectedException the token is not good; its reason says why
   * @throws CannotVouchException too little is known, or it is too old
   */
  public Verified<IdentityClaims> verifyIdentityToken(
      String token, String issuer, String audience) {
    return askingForKeys(() -> judge.identity(token, issuer, audience));
  }

  /** Returns how the verifier fares. */
  public VerifierStatus status() {
    return known.status();
  }

  /** Follows no longer; what is known grows old. */
  @Override
  public void close() {
    for (Follower follower : followers) {
      try {
        follower.close();
      } catch (InterruptedException error) {
        Thread.currentThread().interrupt();
      } catch (Exception error) {
        throw new IllegalStateException("a stream can always be closed", error);
      }
    }
  }

  /** Judges, and once more where a key was not known and a newer set was asked for. */
  private <T> T askingForKeys(Supplier<T> verdict) {
    try {
      return verdict.get();
    } catch (TokenRejectedException rejection) {
      if (!rejection.reason().equals("unknown_key")) {
        throw rejection;
      }
      askFor(rejection);
    }
    return verdict.get();
  }

  /** Asks for the key set; whoever comes meanwhile waits for that answer, and asks nothing. */
  private void askFor(TokenRejectedException rejection) {
    asking.lock();
    try {
      if (known.keys().mayAsk(known.seconds())) {
        askForKeys();
      }
    } catch (DaypassException | InvalidKeySetException | JwksUrl.KeySetUnavailableException error) {
      known.keySetFailed(error);
      rejection.addSuppressed(error);
      throw rejection;
    } finally {
      asking.unlock();
    }
  }

  private void askForKeys() throws InvalidKeySetException, JwksUrl.KeySetUnavailableException {
    double askedAt = known.seconds();
    KeySet set = url.isPresent() ? url.get().fetch() : client.orElseThrow().getKeySet();
    known.takeKeySet(set, askedAt);
  }

  private TokenVerifier start() {
    try {
      askForKeys();
    } catch (InvalidKeySetException | JwksUrl.KeySetUnavailableException error) {
      known.keySetFailed(error);
      throw notReady();
    }
    followers.add(new Follower("daypass-keys", this::followKeys, this::keysFailed));
    if (known.revocations().isPresent()) {
      followers.add(
          new Follower("daypass-revocations", this::followRevocations, this::revocationsFailed));
    }
    followers.forEach(Follower::start);
    try {
      if (!known.isReady()) {
        ready.await(VerifierLimits.READY_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      }
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
    }
    if (!known.isReady()) {
      close();
      throw notReady();
    }
    return this;
  }

  private DaypassException notReady() {
    if (known.lastError().orElse(null) instanceof DaypassException error) {
      return error;
    }
    boolean keyless = known.keys().keyIds().isEmpty();
    CannotVouchException error =
        new CannotVouchException(
            keyless ? "keys_unknown" : "revocations_unknown",
            "The verifier has not heard of keys or revocations in time.",
            known.lastError().map(Exception::getMessage).orElse(""));
    known.lastError().ifPresent(error::initCause);
    return error;
  }

  private void followKeys(Follower follower) throws Exception {
    if (!streamsKeys) {
      if (follower.pause(known.pollSeconds())) {
        askForKeys();
        follower.wentWell();
      }
      return;
    }
    double openedAt = known.seconds();
    try (MessageStream<KeySet> stream = client.orElseThrow().watchKeySet()) {
      follower.keep(stream);
      while (stream.hasNext()) {
        boolean goesOn = known.takeKeyNews(stream.next(), openedAt);
        follower.wentWell();
        if (!goesOn) {
          return;
        }
      }
    }
  }

  private void keysFailed(Exception error) {
    known.keySetFailed(error);
    // Whoever may not follow the key set may ask for it.
    streamsKeys = streamsKeys && !(error instanceof RejectedException);
  }

  private void followRevocations(Follower follower) throws Exception {
    Revocations revocations = known.revocations().orElseThrow();
    double openedAt = known.seconds();
    boolean first = true;
    try (MessageStream<RevocationNews> stream =
        client.orElseThrow().watchRevocations(revocations.logId(), revocations.sequence())) {
      follower.keep(stream);
      while (stream.hasNext()) {
        RevocationNews news = stream.next();
        boolean goesOn = known.takeRevocations(news, openedAt, first);
        first = first && !news.complete();
        follower.wentWell();
        if (known.isReady()) {
          ready.countDown();
        }
        if (!goesOn) {
          return;
        }
      }
    }
  }

  private void revocationsFailed(Exception error) {
    known.revocationsFailed(error);
    if (error instanceof RejectedException) {
      ready.countDown();
    }
  }

  /** Says how a verifier is to be, and starts it. */
  public static final class Builder {
    private final Optional<DaypassClient> client;
    private final Optional<JwksUrl> url;
    private Optional<Duration> revocationAgeMax;
    private Duration keySetAgeMax = VerifierLimits.KEY_SET_AGE_MAX;
    private Duration clockTolerance = VerifierLimits.CLOCK_TOLERANCE;
    private Optional<String> ringId = Optional.empty();
    private boolean unsafeWithoutRevocations;
    private InstantSource clock = InstantSource.system();

    private Builder(Optional<DaypassClient> client, Optional<JwksUrl> url) {
      this.client = client;
      this.url = url;
      revocationAgeMax = client.map(source -> VerifierLimits.REVOCATION_AGE_MAX);
    }

    /**
     * Says how old the knowledge of revocations may be: ten seconds, unless told otherwise.
     *
     * @throws IllegalArgumentException it is not more than nothing, or a URL is to tell of them
     */
    public Builder revocationAgeMax(Duration value) {
      require(client.isPresent() && !value.isNegative() && !value.isZero(), "revocationAgeMax");
      revocationAgeMax = Optional.of(value);
      return this;
    }

    /** Follows no revocations: then identity tokens are verified and no others. */
    public Builder withoutRevocations() {
      revocationAgeMax = Optional.empty();
      return this;
    }

    /** Vouches for sessions and exchanged tokens though nobody says which were revoked. */
    public Builder unsafeWithoutRevocations() {
      unsafeWithoutRevocations = true;
      return withoutRevocations();
    }

    /** Says how old a key set may be that cannot be renewed: an hour; a day at the most. */
    public Builder keySetAgeMax(Duration value) {
      require(
          !value.isNegative()
              && !value.isZero()
              && value.compareTo(VerifierLimits.KEY_SET_AGE_LIMIT) <= 0,
          "keySetAgeMax");
      keySetAgeMax = value;
      return this;
    }

    /** Says how far the clock of a server may be ahead: five seconds; a minute at the most. */
    public Builder clockTolerance(Duration value) {
      require(
          !value.isNegative() && value.compareTo(VerifierLimits.CLOCK_TOLERANCE_MAX) <= 0,
          "clockTolerance");
      clockTolerance = value;
      return this;
    }

    /** Takes sessions of one deployment only, as {@link SessionClaims#ringId} has it. */
    public Builder ringId(String value) {
      ringId = Optional.of(value);
      return this;
    }

    /** Takes the time from somewhere else than this machine. */
    public Builder clock(InstantSource value) {
      clock = value;
      return this;
    }

    /**
     * Begins to follow, and waits until enough is known, for ten seconds at the most.
     *
     * @throws DaypassException it cannot be known
     */
    public TokenVerifier start() {
      return new TokenVerifier(this).start();
    }

    private static void require(boolean right, String name) {
      if (!right) {
        throw new IllegalArgumentException(name + " makes no sense");
      }
    }
  }
}
