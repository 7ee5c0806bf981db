package dev.daypass.client;

/** The service, or the way to it, failed. Asking again later may help. */
public class UnavailableException extends CallException {
  private static final long serialVersionUID = 1L;

  UnavailableException(Failure failure, String hint) {
    super(failure, hint);
  }
}
