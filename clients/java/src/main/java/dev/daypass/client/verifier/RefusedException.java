package dev.daypass.client.verifier;

/** Why a token is refused, inside the verifier. */
final class RefusedException extends Exception {
  private static final long serialVersionUID = 1L;

  private final String reason;

  RefusedException(String reason) {
    super(reason);
    this.reason = reason;
  }

  String reason() {
    return reason;
  }

  static RefusedException malformed() {
    return new RefusedException("malformed");
  }

  static RefusedException untrusted() {
    return new RefusedException("untrusted");
  }
}
