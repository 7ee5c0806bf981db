package dev.daypass.client;

/** The base of all errors of this package; each says what went wrong and what to do next. */
public abstract class DaypassException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  private final String hint;

  DaypassException(String message, String hint) {
    super(message);
    this.hint = hint;
  }

  /** Returns what to do next; may be empty. */
  public final String hint() {
    return hint;
  }

  /** Says what went wrong, and what to do next. */
  @Override
  public String toString() {
    return (getClass().getSimpleName() + ": " + getMessage() + " " + hint).strip();
  }
}
