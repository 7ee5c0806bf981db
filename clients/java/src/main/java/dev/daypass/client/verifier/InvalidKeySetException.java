package dev.daypass.client.verifier;

/** A key set is not one that may be used. */
final class InvalidKeySetException extends Exception {
  private static final long serialVersionUID = 1L;

  InvalidKeySetException(String message) {
    super(message);
  }
}
