package dev.daypass.client;

import java.util.Map;

/** A token that was shown is not good. It says nothing against the caller. */
public final class TokenRejectedException extends DaypassException {
  private static final long serialVersionUID = 1L;
  private static final Map<String, String> MESSAGES =
      Map.ofEntries(
          Map.entry("malformed", "The token is not a token of ours in form."),
          Map.entry("unknown_key", "The key of the token is not, or no longer, known."),
          Map.entry("untrusted", "The signature of the token is wrong."),
          Map.entry("not_yet_valid", "The token is not valid yet."),
          Map.entry("expired", "The token has expired."),
          Map.entry("revoked", "The token is revoked."),
          Map.entry("principal_gone", "The role or user of the token was deleted."),
          Map.entry("not_a_session_token", "The token is not a session token."),
          Map.entry("not_an_exchanged_token", "The token did not come of an exchange."),
          Map.entry("not_an_identity_token", "The token is not an identity token."),
          Map.entry("wrong_issuer", "The token is of another issuer."),
          Map.entry("wrong_audience", "The token is meant for others."));

  private final String reason;

  /**
   * Makes a verdict.
   *
   * @param reason why, in one word
   */
  public TokenRejectedException(String reason) {
    super(MESSAGES.getOrDefault(reason, "The token is not good."), "");
    this.reason = reason;
  }

  /** Returns why, such as {@code revoked}; a newer server may have others. */
  public String reason() {
    return reason;
  }
}
