package dev.daypass.client.verifier;

import dev.daypass.client.verifier.Origin.Name;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.zip.DataFormatException;
import java.util.zip.Inflater;

/**
 * Reads the claims of a session token, a closed list; {@code clients/README.md} has its table.
 *
 * <p>What only a server uses is read, so that a token is refused which no server would take, and
 * not kept.
 */
final class SessionReader {
  static final String TOKEN_TYPE = "daypass-session+jwt";
  private static final long VERSION = 1;
  // The longest session of each kind; no token of ours says more.
  private static final Map<String, Duration> LIFETIMES_MAX =
      Map.of(
          "role", Duration.ofHours(12),
          "user", Duration.ofHours(36),
          "federated-user", Duration.ofHours(36),
          "root-task", Duration.ofMinutes(15),
          "delegated", Duration.ofHours(12));

  /** Of policies and tags, packed into one claim, the tags. */
  private record Packed(Map<String, String> tags, List<String> transitive) {}

  /** What a token says, and what a revocation may name to end it. */
  record Read(SessionClaims claims, Origin origin) {}

  private SessionReader() {}

  static Read read(Claims claims) throws RefusedException {
    if (claims.integer("ver") != VERSION) {
      throw RefusedException.untrusted();
    }
    Packed packed = unpack(claims.maybeText("packed"));
    Claims.Epoch epoch = claims.epoch("epoch");
    SessionClaims found =
        new SessionClaims(
            claims.text("kind"),
            claims.text("acct"),
            claims.text("jti"),
            claims.text("sub"),
            claims.text("name"),
            claims.instant("iat"),
            claims.instant("exp"),
            claims.text("origin"),
            claims.maybeText("srcid").orElse(""),
            packed.tags(),
            packed.transitive(),
            claims.maybeInstant("mfa"),
            claims.maybeText("idp").orElse(""),
            claims.textLists("fed"),
            claims.text("iss"));
    claims.text("dkid");
    claims.maybeInstant("cbeg");
    List<String> names = claims.texts("anc");
    List<String> principals = claims.texts("ancp");
    claims.checkAllTaken();
    Duration most = LIFETIMES_MAX.get(found.kind());
    if (most == null) {
      throw RefusedException.untrusted();
    }
    checkLifetime(found.issueTime(), found.expireTime(), most);
    return new Read(found, origin(found, epoch, names, principals));
  }

  static void checkLifetime(Instant begin, Instant end, Duration most) throws RefusedException {
    Duration span = Duration.between(begin, end);
    if (span.isNegative() || span.isZero() || span.compareTo(most) > 0) {
      throw RefusedException.untrusted();
    }
  }

  private static Origin origin(
      SessionClaims found, Claims.Epoch epoch, List<String> names, List<String> principals) {
    List<String> ancestors = new ArrayList<>(names);
    ancestors.add(0, found.accessKeyId());
    List<Name> others = new ArrayList<>();
    others.add(Name.account(found.accountId()));
    others.add(Name.principal(found.principalId()));
    others.add(Name.principal(found.originId()));
    for (String principal : principals) {
      others.add(Name.principal(principal));
      // The unique id of a root user is its account.
      others.add(Name.account(principal));
    }
    return new Origin(
        epoch.log(),
        epoch.sequence(),
        Optional.of(Name.session(found.accessKeyId())),
        List.copyOf(ancestors),
        List.copyOf(others));
  }

  private static Packed unpack(Optional<String> text) throws RefusedException {
    if (text.isEmpty()) {
      return new Packed(Map.of(), List.of());
    }
    Claims claims = Claims.of(inflate(text.get()));
    claims.maybeText("p");
    claims.texts("a");
    Packed found = new Packed(claims.textMap("t"), claims.texts("x"));
    claims.checkAllTaken();
    return found;
  }

  private static byte[] inflate(String text) throws RefusedException {
    Inflater inflater = new Inflater();
    try {
      inflater.setInput(Base64Url.decode(text));
      byte[] data = new byte[VerifierLimits.UNPACKED_BYTES_MAX];
      int size = inflater.inflate(data);
      if (!inflater.finished() || inflater.getRemaining() > 0) {
        throw RefusedException.untrusted();
      }
      return java.util.Arrays.copyOf(data, size);
    } catch (IllegalArgumentException | DataFormatException error) {
      throw RefusedException.untrusted();
    } finally {
      inflater.end();
    }
  }
}
