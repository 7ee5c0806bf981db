package dev.daypass.client;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The profiles of a pair of files, by name.
 *
 * <p>The AWS files come first. A {@code .daypass} folder in the current folder, as a development
 * server writes it, is used only where those do not know the profile, and only as a whole: its
 * endpoint never meets credentials from elsewhere, so that a folder of a stranger cannot draw them.
 */
final class ProfileFiles {
  private final Map<String, Map<String, String>> profiles = new HashMap<>();

  private ProfileFiles(Path credentials, Path config) {
    IniFile.read(config)
        .forEach(
            (name, entries) ->
                configName(name, config).ifPresent(profile -> add(profile, entries)));
    // Where both have a key of a profile, that of the credentials file counts.
    IniFile.read(credentials).forEach(this::add);
  }

  /** Reads the files that know a profile: those of AWS, or else of {@code .daypass}. */
  static ProfileFiles thatKnow(String profile, Surroundings around) {
    Path home = around.home().resolve(".aws");
    ProfileFiles aws =
        new ProfileFiles(
            around.path("AWS_SHARED_CREDENTIALS_FILE").orElse(home.resolve("credentials")),
            around.path("AWS_CONFIG_FILE").orElse(home.resolve("config")));
    boolean named = around.get("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE").isPresent();
    Path local = around.folder().resolve(".daypass");
    if (aws.get(profile).isPresent() || named || !isOurs(local)) {
      return aws;
    }
    ProfileFiles found = new ProfileFiles(local.resolve("credentials"), local.resolve("config"));
    return found.get(profile).isPresent() ? found : aws;
  }

  /** Returns the entries of a profile. */
  Optional<Map<String, String>> get(String name) {
    return Optional.ofNullable(profiles.get(name));
  }

  private void add(String name, Map<String, String> entries) {
    profiles.computeIfAbsent(name, absent -> new HashMap<>()).putAll(entries);
  }

  /** Tells whether a folder is there, of this user, and written by nobody else. */
  private static boolean isOurs(Path folder) {
    try {
      PosixFileAttributes state =
          Files.readAttributes(folder, PosixFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
      return state.isDirectory()
          && state.owner().getName().equals(System.getProperty("user.name"))
          && !state.permissions().contains(PosixFilePermission.GROUP_WRITE)
          && !state.permissions().contains(PosixFilePermission.OTHERS_WRITE);
    } catch (IOException | UnsupportedOperationException missing) {
      return false;
    }
  }

  /** Returns the profile that a section of a config file is of, if it is of one. */
  private static Optional<String> configName(String section, Path file) {
    if (section.equals("default")) {
      return Optional.of(section);
    }
    String[] words = ShellWords.split(section).orElse(new String[0]);
    if (words.length > 0 && !words[0].equals("profile")) {
      return Optional.empty();
    }
    if (words.length != 2) {
      throw new ConfigurationException(file + ": A section is not of the form [profile name].");
    }
    return Optional.of(words[1]);
  }
}
