package dev.daypass.client;

/** A parameter is wrong; {@link #violations} says which. */
public final class InvalidRequestException extends RejectedException {
  private static final long serialVersionUID = 1L;

  InvalidRequestException(Failure failure, String hint) {
    super(failure, hint);
  }
}
