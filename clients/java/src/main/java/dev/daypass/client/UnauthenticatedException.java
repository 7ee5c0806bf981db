package dev.daypass.client;

/** The proof of who is calling is missing, malformed, expired or wrong. */
public final class UnauthenticatedException extends RejectedException {
  private static final long serialVersionUID = 1L;

  UnauthenticatedException(Failure failure, String hint) {
    super(failure, hint);
  }
}
