package dev.daypass.client;

/** The request is wrong, or is refused. Repeating it does not help. */
public class RejectedException extends CallException {
  private static final long serialVersionUID = 1L;

  RejectedException(Failure failure, String hint) {
    super(failure, hint);
  }
}
