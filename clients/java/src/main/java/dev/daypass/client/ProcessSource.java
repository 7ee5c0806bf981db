package dev.daypass.client;

import java.util.List;

/**
 * A program that prints credentials; it runs without a shell, each time that new ones are needed.
 *
 * @param command the program and its arguments, which do not print
 */
public record ProcessSource(List<String> command) implements CredentialStep {
  /** Keeps a copy. */
  public ProcessSource {
    command = List.copyOf(command);
  }

  @Override
  public String toString() {
    return "ProcessSource[<redacted>]";
  }
}
