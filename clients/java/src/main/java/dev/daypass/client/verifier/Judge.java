package dev.daypass.client.verifier;

import dev.daypass.client.CannotVouchException;
import dev.daypass.client.TokenRejectedException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.DoubleSupplier;

/**
 * Judges tokens by what is known: keys, revocations, and tokens that were seen. It makes no call.
 *
 * <p>Signature, kind and lineage of a token are looked at once and remembered by a digest of every
 * byte of it; times, the life of its key, revocations and freshness are looked at every time.
 */
final class Judge {
  /** A token that a key has vouched for. */
  private record Seen<T>(
      T claims, VerifyingKey key, Optional<Origin> origin, Instant begin, Instant end) {}

  /** Reads a token of one kind. */
  private interface Reader<T> {
    Seen<T> read(CompactToken token) throws RefusedException;
  }

  /** Looks at whom a token is for, each time. */
  private interface Parties<T> {
    void check(T claims) throws RefusedException;
  }

  private final KeyRing keys;
  private final Optional<Revocations> revocations;
  private final boolean unsafeWithoutRevocations;
  private final InstantSource clock;
  private final DoubleSupplier seconds;
  private final Duration tolerance;
  private final Optional<String> ringId;
  private final Memory<Seen<SessionClaims>> sessions =
      new Memory<>(VerifierLimits.REMEMBERED_TOKENS_MAX);
  private final Memory<Seen<ExchangedClaims>> exchanged =
      new Memory<>(VerifierLimits.REMEMBERED_TOKENS_MAX);
  private final Memory<Seen<IdentityClaims>> identities =
      new Memory<>(VerifierLimits.REMEMBERED_TOKENS_MAX);

  Judge(
      KeyRing keys,
      Optional<Revocations> revocations,
      boolean unsafeWithoutRevocations,
      InstantSource clock,
      DoubleSupplier seconds,
      Duration tolerance,
      Optional<String> ringId) {
    this.keys = keys;
    this.revocations = revocations;
    this.unsafeWithoutRevocations = unsafeWithoutRevocations;
    this.clock = clock;
    this.seconds = seconds;
    this.tolerance = tolerance;
    this.ringId = ringId;
  }

  Verified<SessionClaims> session(String token) {
    return judge(
        token,
        VerifierLimits.TOKEN_CHARACTERS_MAX,
        sessions,
        this::readSession,
        claims -> {
          // Whom a session is for its signature says.
        });
  }

  Verified<ExchangedClaims> exchanged(String token, String issuer, String audience) {
    return judge(
        token,
        VerifierLimits.TOKEN_CHARACTERS_MAX,
        exchanged,
        this::readExchanged,
        claims -> checkParties(claims.issuer(), claims.audiences(), issuer, audience));
  }

  Verified<IdentityClaims> identity(String token, String issuer, String audience) {
    return judge(
        token,
        VerifierLimits.IDENTITY_TOKEN_CHARACTERS_MAX,
        identities,
        this::readIdentity,
        claims -> checkParties(claims.issuer(), claims.audiences(), issuer, audience));
  }

  private <T> Verified<T> judge(
      String token,
      int charactersMax,
      Memory<Seen<T>> memory,
      Reader<T> reader,
      Parties<T> parties) {
    try {
      if (token.length() > charactersMax || token.chars().anyMatch(unit -> unit > 127)) {
        throw RefusedException.malformed();
      }
      String digest = Memory.digest(token);
      Seen<T> seen = memory.get(digest);
      if (seen == null) {
        seen = reader.read(CompactToken.parse(token));
        memory.put(digest, seen);
      }
      parties.check(seen.claims());
      return inForce(seen);
    } catch (RefusedException refusal) {
      throw new TokenRejectedException(refusal.reason());
    }
  }

  private Seen<SessionClaims> readSession(CompactToken token) throws RefusedException {
    if (!token.type().equals(SessionReader.TOKEN_TYPE)) {
      throw new RefusedException("not_a_session_token");
    }
    VerifyingKey key = vouched(token);
    SessionReader.Read read = SessionReader.read(Claims.of(token.payload()));
    SessionClaims claims = read.claims();
    if (ringId.isPresent() && !ringId.get().equals(claims.ringId())) {
      throw RefusedException.untrusted();
    }
    return new Seen<>(
        claims, key, Optional.of(read.origin()), claims.issueTime(), claims.expireTime());
  }

  private Seen<ExchangedClaims> readExchanged(CompactToken token) throws RefusedException {
    if (!ExchangedReader.isType(token.type())) {
      throw new RefusedException("not_an_exchanged_token");
    }
    VerifyingKey key = vouched(token);
    Claims members = Claims.of(token.payload());
    if (!members.has("token_use")) {
      throw new RefusedException("not_an_exchanged_token");
    }
    ExchangedReader.Read read = ExchangedReader.read(members, token.type());
    ExchangedClaims claims = read.claims();
    return new Seen<>(
        claims, key, Optional.of(read.origin()), claims.issueTime(), claims.expireTime());
  }

  private Seen<IdentityClaims> readIdentity(CompactToken token) throws RefusedException {
    if (!token.type().equals(IdentityReader.TOKEN_TYPE)) {
      throw new RefusedException("not_an_identity_token");
    }
    VerifyingKey key = vouched(token);
    IdentityReader.Read read = IdentityReader.read(Claims.of(token.payload()));
    return new Seen<>(
        read.claims(), key, Optional.empty(), read.begin(), read.claims().expireTime());
  }

  /** Returns the key of a token, once it has vouched for the bytes. */
  private VerifyingKey vouched(CompactToken token) throws RefusedException {
    keys.checkFresh(seconds.getAsDouble());
    VerifyingKey key = keys.get(token.kid());
    if (key == null || isRevoked(key)) {
      throw new RefusedException("unknown_key");
    }
    if (!key.algorithm().equals(token.algorithm())) {
      throw RefusedException.untrusted();
    }
    key.verify(token.signature(), token.signed());
    return key;
  }

  private <T> Verified<T> inForce(Seen<T> seen) throws RefusedException {
    double now = seconds.getAsDouble();
    keys.checkFresh(now);
    if (keys.get(seen.key().kid()) != seen.key()) {
      throw new RefusedException("unknown_key");
    }
    Instant time = clock.instant();
    if (!seen.end().isAfter(time)) {
      throw new RefusedException("expired");
    }
    if (seen.begin().isAfter(time.plus(tolerance))) {
      throw new RefusedException("not_yet_valid");
    }
    if (revocations.isEmpty()) {
      requireNoOrigin(seen.origin());
      return new Verified<>(seen.claims(), Optional.empty());
    }
    double age = revocations.get().checkFresh(now);
    if (isRevoked(seen.key())) {
      throw new RefusedException("unknown_key");
    }
    if (seen.origin().isPresent()) {
      revocations.get().check(seen.origin().get());
    }
    return new Verified<>(
        seen.claims(), Optional.of(Duration.ofNanos((long) (Math.max(0, age) * 1e9))));
  }

  private boolean isRevoked(VerifyingKey key) {
    return revocations.filter(known -> known.isRevokedKey(key.kid())).isPresent();
  }

  /** Refuses what can be revoked where nobody says whether it was. */
  private void requireNoOrigin(Optional<Origin> origin) {
    if (origin.isPresent() && !unsafeWithoutRevocations) {
      throw new CannotVouchException(
          "revocations_not_followed",
          "This verifier does not follow revocations, and the token may be revoked.",
          "Give the verifier a client, or ask VerifyToken.");
    }
  }

  private static void checkParties(
      String found, List<String> audiences, String issuer, String audience)
      throws RefusedException {
    if (!found.equals(issuer)) {
      throw new RefusedException("wrong_issuer");
    }
    if (!audiences.contains(audience)) {
      throw new RefusedException("wrong_audience");
    }
  }
}
