package dev.daypass.client;

/** A verifier cannot tell whether a token is good, and says nothing of it. */
public final class CannotVouchException extends DaypassException {
  private static final long serialVersionUID = 1L;

  private final String reason;

  /**
   * Makes an error.
   *
   * @param reason why, in one word
   * @param message the same for people
   * @param hint what to do next
   */
  public CannotVouchException(String reason, String message, String hint) {
    super(message, hint);
    this.reason = reason;
  }

  /**
   * Returns why: {@code keys_unknown}, {@code keys_stale}, {@code revocations_unknown}, {@code
   * revocations_stale}, {@code revocations_behind} or {@code revocations_not_followed}.
   */
  public String reason() {
    return reason;
  }
}
