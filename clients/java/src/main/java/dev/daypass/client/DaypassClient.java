package dev.daypass.client;

import com.google.protobuf.MessageLite;
import com.google.protobuf.Parser;
import dev.daypass.api.session.v1.RevokeSessionsRequest;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Optional;

/**
 * Calls Daypass, and waits for each answer. Threads may share one.
 *
 * <p>Every method throws a {@link CallException} where the call fails, and a {@link
 * ConfigurationException} where it cannot be made.
 */
public final class DaypassClient implements AutoCloseable {
  private final InstantSource clock;
  private final Transport transport;
  private final Optional<Credentials> own;
  private final Optional<RefreshingCredentials> provider;

  /** Makes a client whose calls take ten seconds at the most. */
  public DaypassClient(Profile profile) {
    this(profile, Limits.CALL_TIMEOUT_DEFAULT, InstantSource.system());
  }

  /**
   * Makes a client.
   *
   * @param profile where calls go, and what signs them
   * @param timeout how long one call may take, repetitions included; at most a minute
   * @param clock what signatures take the time from
   */
  public DaypassClient(Profile profile, Duration timeout, InstantSource clock) {
    if (timeout.isNegative()
        || timeout.isZero()
        || timeout.compareTo(Limits.CALL_TIMEOUT_MAX) > 0) {
      throw new ConfigurationException("A timeout is more than 0 and at most 60 seconds.");
    }
    this.clock = clock;
    transport = new Transport(profile, timeout, clock);
    own = profile.credentials();
    boolean leads =
        !profile.steps().isEmpty()
            && (own.isPresent() || !(profile.steps().get(0) instanceof RoleRequest));
    ProfileCredentials source = new ProfileCredentials(profile, transport, clock);
    provider =
        leads
            ? Optional.of(new RefreshingCredentials(source::obtain, clock, Chance::share))
            : Optional.empty();
  }

  /** Closes the connection; calls in flight fail. */
  @Override
  public void close() {
    transport.close();
  }

  /** Returns what signs calls: of a profile with steps, renewed as needed. */
  public Credentials credentials() {
    if (provider.isPresent()) {
      return provider.get().credentials();
    }
    return own.orElseThrow(
        () ->
            new ConfigurationException(
                "There are no credentials to sign the call with.",
                "Give the profile credentials, or a step that leads to some."));
  }

  /** Returns who is calling. */
  public CallerIdentity getCallerIdentity() {
    return call(Operations.getCallerIdentity());
  }

  /** Returns a new session of a role. */
  public AssumedRole assumeRole(RoleRequest role) {
    return call(Operations.assumeRole(role, clock.instant()));
  }

  /** Returns a new session of a role, by the token of an identity provider; nobody signs. */
  public AssumedRole assumeRoleWithWebIdentity(String roleArn, Secret token) {
    WebIdentitySource role =
        new WebIdentitySource(
            roleArn, java.nio.file.Path.of(""), Optional.empty(), Optional.empty());
    return call(Operations.assumeRole(role, token, clock.instant()));
  }

  /**
   * Asks the server for a verdict on a session token.
   *
   * @throws TokenRejectedException the token is not good
   */
  public VerifiedToken verifyToken(String token) {
    return call(Operations.verifyToken(token));
  }

  /** Ends one session, and what came of it. */
  public RevocationResult revokeSession(String accessKeyId, String reason) {
    return call(
        Operations.revokeSessions(
            RevokeSessionsRequest.newBuilder()
                .setAccessKeyId(accessKeyId)
                .setReason(reason)
                .build()));
  }

  /** Ends all sessions of a role that there are now. */
  public RevocationResult revokeRoleSessions(String roleArn, String reason) {
    return call(
        Operations.revokeSessions(
            RevokeSessionsRequest.newBuilder().setRoleArn(roleArn).setReason(reason).build()));
  }

  /** Returns the public keys that verify tokens; it needs no credentials. */
  public KeySet getKeySet() {
    return call(Operations.getKeySet());
  }

  /** Follows the key set. */
  public MessageStream<KeySet> watchKeySet() {
    return open(Operations.watchKeySet());
  }

  /**
   * Follows the revocations behind a place in a log.
   *
   * @param logId the log; empty for none
   * @param sequence the place, from 0
   */
  public MessageStream<RevocationNews> watchRevocations(String logId, long sequence) {
    return open(Operations.watchRevocations(logId, sequence));
  }

  /**
   * Makes any other call, signed, with messages of {@code dev.daypass.api}.
   *
   * @param method the full method, such as {@code
   *     /daypass.api.sts.v1.SecurityTokenService/GetSessionToken}
   * @param request what to send
   * @param parser reads the answer
   * @param repetition when it may be made again
   */
  public <T extends MessageLite> T call(
      String method, MessageLite request, Parser<T> parser, Repetition repetition) {
    return call(Operation.signed(method, request, repetition, parser::parseFrom));
  }

  private <T> T call(Operation<T> operation) {
    if (!operation.signed()) {
      return transport.send(operation, Optional.empty());
    }
    Credentials credentials = credentials();
    try {
      return transport.send(operation, Optional.of(credentials));
    } catch (DaypassException error) {
      forgetIfSpent(credentials, error);
      throw error;
    }
  }

  private <T> MessageStream<T> open(Operation<T> operation) {
    Credentials credentials = credentials();
    return transport.open(operation, credentials, error -> forgetIfSpent(credentials, error));
  }

  /** Gives up credentials that were revoked, perhaps: the next call gets new ones. */
  private void forgetIfSpent(Credentials credentials, DaypassException error) {
    if (ProfileCredentials.areSpent(error)) {
      provider.ifPresent(found -> found.discard(credentials));
    }
  }
}
