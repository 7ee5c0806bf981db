package dev.daypass.client;

/** There is no such thing, or it has ended. */
public final class NotFoundException extends RejectedException {
  private static final long serialVersionUID = 1L;

  NotFoundException(Failure failure, String hint) {
    super(failure, hint);
  }
}
