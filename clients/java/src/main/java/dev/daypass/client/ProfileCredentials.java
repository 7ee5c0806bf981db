package dev.daypass.client;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Gets the credentials that a profile stands for: takes its steps, one after the other. Those of
 * the steps on the way are kept here; those of the last are the provider's.
 */
final class ProfileCredentials {
  private record Held(Credentials credentials, Optional<Instant> renewTime) {}

  // What a server answers where the credentials themselves are no longer good.
  private static final Set<String> SPENT = Set.of("InvalidClientTokenId", "ExpiredToken");

  private final Optional<Credentials> base;
  private final List<CredentialStep> steps;
  private final Held[] held;
  private final Transport transport;
  private final InstantSource clock;

  ProfileCredentials(Profile profile, Transport transport, InstantSource clock) {
    base = profile.credentials();
    steps = profile.steps();
    held = new Held[Math.max(0, steps.size() - 1)];
    this.transport = transport;
    this.clock = clock;
  }

  /** Tells whether a failure means that the credentials are no longer good. */
  static boolean areSpent(DaypassException error) {
    return error instanceof UnauthenticatedException call && SPENT.contains(call.reason());
  }

  /** Returns new credentials of the last step; one call at a time. */
  Credentials obtain() {
    Instant now = clock.instant();
    int place = 0;
    Optional<Credentials> found = base;
    for (int on = held.length - 1; on >= 0; on--) {
      if (held[on] != null && !CredentialCache.hasCome(held[on].renewTime(), now)) {
        place = on + 1;
        found = Optional.of(held[on].credentials());
        break;
      }
    }
    try {
      for (; place < steps.size(); place++) {
        Credentials step = take(steps.get(place), found);
        if (place < held.length) {
          held[place] = new Held(step, CredentialCache.renewTime(step, clock.instant(), 0));
        }
        found = Optional.of(step);
      }
    } catch (DaypassException error) {
      if (areSpent(error)) {
        Arrays.fill(held, null);
      }
      throw error;
    }
    return found.orElseThrow();
  }

  private Credentials take(CredentialStep step, Optional<Credentials> caller) {
    if (step instanceof RoleRequest role) {
      if (role.serialNumber().isPresent() && role.tokenCode().isEmpty()) {
        throw new ConfigurationException(
            "The role asks for a code of a second factor, and there is nobody to ask.",
            "Get credentials with `daypass session-token` first.");
      }
      return transport.send(Operations.assumeRole(role, clock.instant()), caller).credentials();
    }
    if (step instanceof WebIdentitySource source) {
      Secret token = readToken(source.tokenFile());
      return transport
          .send(Operations.assumeRole(source, token, clock.instant()), Optional.empty())
          .credentials();
    }
    return ForeignSources.ask(step);
  }

  private static Secret readToken(Path file) {
    byte[] data;
    try (InputStream stream = Files.newInputStream(file)) {
      data = stream.readNBytes(Limits.IDENTITY_TOKEN_CHARACTERS_MAX + 1);
    } catch (IOException error) {
      throw new ConfigurationException("The token in " + file + " cannot be read.");
    }
    String text = new String(data, StandardCharsets.ISO_8859_1);
    if (text.isBlank() || data.length > Limits.IDENTITY_TOKEN_CHARACTERS_MAX) {
      throw new ConfigurationException(
          "The file " + file + " does not hold a token of at most 20,000 characters.");
    }
    if (text.chars().anyMatch(character -> character > 127)) {
      throw new ConfigurationException("The token in " + file + " is not ASCII text.");
    }
    return new Secret(text);
  }
}
