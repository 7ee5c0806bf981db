package dev.daypass.client.verifier;

import dev.daypass.client.verifier.ExchangedClaims.Party;
import dev.daypass.client.verifier.Origin.Name;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Reads the claims of a token that came of an exchange; a closed list, as of a session. */
final class ExchangedReader {
  // The media type that a token says it is, by what it is good for.
  private static final Map<String, String> TYPES =
      Map.of("access", "at+jwt", "id", "JWT", "jwt", "JWT");
  private static final long VERSION = 1;
  private static final Duration LIFETIME_MAX = Duration.ofHours(12);

  /** What a token says, and what a revocation may name to end it. */
  record Read(ExchangedClaims claims, Origin origin) {}

  private ExchangedReader() {}

  static boolean isType(String type) {
    return TYPES.containsValue(type);
  }

  static Read read(Claims claims, String type) throws RefusedException {
    Claims own = claims.members("daypass");
    String use = claims.text("token_use");
    if (own.integer("ver") != VERSION || !type.equals(TYPES.get(use))) {
      throw RefusedException.untrusted();
    }
    own.text("ring");
    Claims.Epoch epoch = own.epoch("epoch");
    String clientId = own.text("client");
    ExchangedClaims found =
        new ExchangedClaims(
            use,
            claims.text("jti"),
            party(claims),
            claims.textOrTexts("aud"),
            scopes(claims.maybeText("scope")),
            claims.text("client_id"),
            own.text("acct"),
            actors(claims),
            claims.instant("iat"),
            claims.instant("exp"),
            claims.text("iss"));
    List<String> names = own.texts("lin");
    List<Name> others = new ArrayList<>();
    others.add(Name.token(found.tokenId()));
    others.add(Name.account(found.accountId()));
    others.add(Name.principal(clientId));
    for (String principal : own.texts("prn")) {
      others.add(Name.principal(principal));
      // The unique id of a root user is its account.
      others.add(Name.account(principal));
    }
    own.checkAllTaken();
    claims.checkAllTaken();
    SessionReader.checkLifetime(found.issueTime(), found.expireTime(), LIFETIME_MAX);
    return new Read(
        found,
        new Origin(epoch.log(), epoch.sequence(), Optional.empty(), names, List.copyOf(others)));
  }

  private static Party party(Claims claims) throws RefusedException {
    Claims named = claims.members("sub_id");
    if (!named.text("format").equals("iss_sub")) {
      throw RefusedException.untrusted();
    }
    Party party = new Party(named.text("iss"), named.text("sub"));
    named.checkAllTaken();
    if (!claims.text("sub").equals(party.issuer() + "#" + party.subject())) {
      throw RefusedException.untrusted();
    }
    return party;
  }

  private static List<String> scopes(Optional<String> text) throws RefusedException {
    if (text.isEmpty()) {
      return List.of();
    }
    List<String> scopes = List.of(text.get().split(" ", -1));
    if (scopes.contains("")) {
      throw RefusedException.untrusted();
    }
    return scopes;
  }

  private static List<Party> actors(Claims claims) throws RefusedException {
    List<Party> found = new ArrayList<>();
    Claims last = claims;
    List<Claims> taken = new ArrayList<>();
    while (last.has("act")) {
      if (found.size() == VerifierLimits.ACTORS_MAX) {
        throw RefusedException.untrusted();
      }
      last = last.members("act");
      taken.add(last);
      found.add(new Party(last.text("iss"), last.text("sub")));
    }
    for (Claims act : taken) {
      act.checkAllTaken();
    }
    return List.copyOf(found);
  }
}
