package dev.daypass.client;

/** The caller is known, and the answer is no. */
public final class AccessDeniedException extends RejectedException {
  private static final long serialVersionUID = 1L;

  AccessDeniedException(Failure failure, String hint) {
    super(failure, hint);
  }
}
