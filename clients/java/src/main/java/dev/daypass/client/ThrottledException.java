package dev.daypass.client;

/** Too many calls at once; {@link #retryDelay} says when to come back. */
public final class ThrottledException extends UnavailableException {
  private static final long serialVersionUID = 1L;

  ThrottledException(Failure failure, String hint) {
    super(failure, hint);
  }
}
