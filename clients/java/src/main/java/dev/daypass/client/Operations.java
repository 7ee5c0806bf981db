package dev.daypass.client;

import com.google.protobuf.Timestamp;
import dev.daypass.api.keyring.v1.GetKeySetRequest;
import dev.daypass.api.keyring.v1.GetKeySetResponse;
import dev.daypass.api.keyring.v1.Jwk;
import dev.daypass.api.keyring.v1.WatchKeySetRequest;
import dev.daypass.api.keyring.v1.WatchKeySetResponse;
import dev.daypass.api.session.v1.Revocation;
import dev.daypass.api.session.v1.RevokeSessionsRequest;
import dev.daypass.api.session.v1.RevokeSessionsResponse;
import dev.daypass.api.session.v1.WatchRevocationsRequest;
import dev.daypass.api.session.v1.WatchRevocationsResponse;
import dev.daypass.api.sts.v1.AssumeRoleRequest;
import dev.daypass.api.sts.v1.AssumeRoleResponse;
import dev.daypass.api.sts.v1.AssumeRoleWithWebIdentityRequest;
import dev.daypass.api.sts.v1.AssumeRoleWithWebIdentityResponse;
import dev.daypass.api.sts.v1.AssumedRoleUser;
import dev.daypass.api.sts.v1.GetCallerIdentityRequest;
import dev.daypass.api.sts.v1.GetCallerIdentityResponse;
import dev.daypass.api.sts.v1.PolicyDescriptor;
import dev.daypass.api.sts.v1.Tag;
import dev.daypass.api.token.v1.VerifyTokenRequest;
import dev.daypass.api.token.v1.VerifyTokenResponse;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;

/** The operations: what each sends, where to, and how its answer is read. */
final class Operations {
  private static final String STS = "/daypass.api.sts.v1.SecurityTokenService/";
  private static final String TOKENS = "/daypass.api.token.v1.TokenService/";
  private static final String SESSIONS = "/daypass.api.session.v1.SessionService/";
  private static final String KEYRING = "/daypass.api.keyring.v1.KeyringService/";

  private Operations() {}

  static Operation<CallerIdentity> getCallerIdentity() {
    return Operation.signed(
        STS + "GetCallerIdentity",
        GetCallerIdentityRequest.getDefaultInstance(),
        Repetition.FREE,
        data -> {
          GetCallerIdentityResponse answer = GetCallerIdentityResponse.parseFrom(data);
          return new CallerIdentity(answer.getUserId(), answer.getAccount(), answer.getArn());
        });
  }

  static Operation<AssumedRole> assumeRole(RoleRequest role, Instant now) {
    AssumeRoleRequest.Builder request =
        AssumeRoleRequest.newBuilder()
            .setRoleArn(role.roleArn())
            .setRoleSessionName(role.sessionName().orElseGet(() -> sessionName(now)))
            .addAllTransitiveTagKeys(role.transitiveTagKeys());
    role.policyArns()
        .forEach(arn -> request.addPolicyArns(PolicyDescriptor.newBuilder().setArn(arn)));
    role.tags()
        .forEach((key, value) -> request.addTags(Tag.newBuilder().setKey(key).setValue(value)));
    role.policy().ifPresent(request::setPolicy);
    role.duration().ifPresent(span -> request.setDurationSeconds((int) span.toSeconds()));
    role.externalId().ifPresent(request::setExternalId);
    role.sourceIdentity().ifPresent(request::setSourceIdentity);
    role.serialNumber().ifPresent(request::setSerialNumber);
    role.tokenCode().ifPresent(code -> request.setTokenCode(code.reveal()));
    return Operation.signed(
        STS + "AssumeRole",
        request.build(),
        // A code is good for once.
        role.tokenCode().isPresent() ? Repetition.NONE : Repetition.SCARCE,
        data -> {
          AssumeRoleResponse answer = AssumeRoleResponse.parseFrom(data);
          return assumed(
              answer.getCredentials(), answer.getAssumedRoleUser(), answer.getSourceIdentity());
        });
  }

  static Operation<AssumedRole> assumeRole(WebIdentitySource role, Secret token, Instant now) {
    AssumeRoleWithWebIdentityRequest.Builder request =
        AssumeRoleWithWebIdentityRequest.newBuilder()
            .setRoleArn(role.roleArn())
            .setRoleSessionName(role.sessionName().orElseGet(() -> sessionName(now)))
            .setWebIdentityToken(token.reveal());
    role.duration().ifPresent(span -> request.setDurationSeconds((int) span.toSeconds()));
    return Operation.open(
        STS + "AssumeRoleWithWebIdentity",
        request.build(),
        Repetition.SCARCE,
        data -> {
          AssumeRoleWithWebIdentityResponse answer =
              AssumeRoleWithWebIdentityResponse.parseFrom(data);
          return assumed(
              answer.getCredentials(), answer.getAssumedRoleUser(), answer.getSourceIdentity());
        });
  }

  static Operation<VerifiedToken> verifyToken(String token) {
    return Operation.signed(
        TOKENS + "VerifyToken",
        VerifyTokenRequest.newBuilder().setToken(token).build(),
        Repetition.FREE,
        data -> verified(VerifyTokenResponse.parseFrom(data)));
  }

  static Operation<RevocationResult> revokeSessions(RevokeSessionsRequest request) {
    return Operation.signed(
        SESSIONS + "RevokeSessions",
        request,
        Repetition.FREE,
        data -> {
          RevokeSessionsResponse answer = RevokeSessionsResponse.parseFrom(data);
          return new RevocationResult(answer.getSequence(), answer.getEffectiveEverywhere());
        });
  }

  static Operation<KeySet> getKeySet() {
    return Operation.open(
        KEYRING + "GetKeySet",
        GetKeySetRequest.getDefaultInstance(),
        Repetition.FREE,
        data -> {
          GetKeySetResponse answer = GetKeySetResponse.parseFrom(data);
          return new KeySet(publicKeys(answer.getKeysList()), span(answer.getMaxAge()), 0);
        });
  }

  static Operation<KeySet> watchKeySet() {
    return Operation.signed(
        KEYRING + "WatchKeySet",
        WatchKeySetRequest.getDefaultInstance(),
        Repetition.NONE,
        data -> {
          WatchKeySetResponse news = WatchKeySetResponse.parseFrom(data);
          return new KeySet(
              publicKeys(news.getKeysList()), span(news.getMaxAge()), news.getVersion());
        });
  }

  static Operation<RevocationNews> watchRevocations(String logId, long sequence) {
    return Operation.signed(
        SESSIONS + "WatchRevocations",
        WatchRevocationsRequest.newBuilder().setLogId(logId).setSequence(sequence).build(),
        Repetition.NONE,
        data -> news(WatchRevocationsResponse.parseFrom(data)));
  }

  private static RevocationNews news(WatchRevocationsResponse message) {
    if (message.getLogId().isEmpty() || message.getSequence() < 0) {
      throw new IllegalArgumentException("the message names no place in a log");
    }
    return new RevocationNews(
        message.getLogId(),
        message.getSequence(),
        message.getRestart(),
        message.getRevocationsList().stream().map(Operations::entry).toList(),
        message.getComplete(),
        span(message.getStaleness()));
  }

  private static RevocationNews.Entry entry(Revocation message) {
    if (message.getSubject().isEmpty()) {
      throw new IllegalArgumentException("a revocation names nothing");
    }
    String scope =
        message.getScope() == Revocation.Scope.UNRECOGNIZED
            ? String.valueOf(message.getScopeValue())
            : word(message.getScope().name(), "SCOPE_");
    return new RevocationNews.Entry(
        message.getSequence(), scope, message.getSubject(), time(message.getKeepTime()));
  }

  private static VerifiedToken verified(VerifyTokenResponse answer) {
    return switch (answer.getOutcomeCase()) {
      case EXCHANGED -> throw new TokenRejectedException("not_a_session_token");
      case VERIFIED -> {
        var token = answer.getVerified();
        yield new VerifiedToken(
            word(token.getKind().name(), "SESSION_KIND_"),
            token.getPrincipal().getArn(),
            token.getPrincipal().getUserId(),
            token.getPrincipal().getAccountId(),
            token.getAccessKeyId(),
            time(token.getIssueTime()),
            time(token.getExpireTime()),
            span(token.getRevocationViewAge()));
      }
      default ->
          throw new TokenRejectedException(
              word(answer.getRejection().getReason().name(), "REASON_"));
    };
  }

  private static AssumedRole assumed(
      dev.daypass.api.types.v1.Credentials keys, AssumedRoleUser user, String sourceIdentity) {
    Credentials credentials =
        Credentials.of(
            keys.getAccessKeyId(),
            keys.getSecretAccessKey(),
            keys.getSessionToken(),
            time(keys.getExpiration()));
    return new AssumedRole(credentials, user.getArn(), user.getAssumedRoleId(), sourceIdentity);
  }

  private static List<PublicKey> publicKeys(List<Jwk> keys) {
    return keys.stream()
        .map(
            key ->
                new PublicKey(
                    key.getKid(),
                    key.getKty(),
                    key.getAlg(),
                    key.getUse(),
                    key.getCrv(),
                    key.getX(),
                    key.getY(),
                    key.getN(),
                    key.getE()))
        .toList();
  }

  private static String word(String name, String prefix) {
    String word = name.startsWith(prefix) ? name.substring(prefix.length()) : name;
    return word.toLowerCase(Locale.ROOT);
  }

  private static String sessionName(Instant now) {
    return "daypass-" + now.getEpochSecond();
  }

  private static Instant time(Timestamp message) {
    return Instant.ofEpochSecond(message.getSeconds(), message.getNanos());
  }

  private static Duration span(com.google.protobuf.Duration message) {
    return Duration.ofSeconds(message.getSeconds(), message.getNanos());
  }
}
