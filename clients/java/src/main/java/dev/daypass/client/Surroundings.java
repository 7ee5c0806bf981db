package dev.daypass.client;

import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;

/**
 * What the process has around it.
 *
 * @param environment its variables, which do not print
 * @param home the folder of the user
 * @param folder the current folder
 */
record Surroundings(Map<String, String> environment, Path home, Path folder) {
  /** Returns what this process has around it; only here is it looked up. */
  static Surroundings ofProcess() {
    return new Surroundings(
        System.getenv(), Path.of(System.getProperty("user.home")), Path.of("").toAbsolutePath());
  }

  /** Returns the first of these variables that is set and not empty. */
  Optional<String> get(String... names) {
    for (String name : names) {
      String value = environment.getOrDefault(name, "");
      if (!value.isEmpty()) {
        return Optional.of(value);
      }
    }
    return Optional.empty();
  }

  /** Returns the path that a variable holds, from the current folder. */
  Optional<Path> path(String name) {
    return get(name).map(this::resolve);
  }

  /** Returns a path as a person writes it. */
  Path resolve(String text) {
    boolean home = text.equals("~") || text.startsWith("~/");
    return home
        ? this.home.resolve(text.substring(Math.min(2, text.length())))
        : folder.resolve(text);
  }

  @Override
  public String toString() {
    return "Surroundings[" + folder + "]";
  }
}
