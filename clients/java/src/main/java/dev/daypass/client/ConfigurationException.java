package dev.daypass.client;

/** A setting, a profile or a credential is missing or malformed; no call was made. */
public final class ConfigurationException extends DaypassException {
  private static final long serialVersionUID = 1L;

  /**
   * Makes an error.
   *
   * @param message what is wrong; it shows no secret
   */
  public ConfigurationException(String message) {
    this(message, "");
  }

  /**
   * Makes an error.
   *
   * @param message what is wrong; it shows no secret
   * @param hint what to do next
   */
  public ConfigurationException(String message, String hint) {
    super(message, hint);
  }
}
