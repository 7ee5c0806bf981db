package dev.daypass.client;

import dev.daypass.client.internal.HttpFetch;
import dev.daypass.client.internal.StrictJson;
import java.io.IOException;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.regex.Pattern;

/** Asks a program or an endpoint of this machine for credentials. */
final class ForeignSources {
  private static final int OK = 200;
  private static final int TOO_MANY = 429;
  private static final int SERVER_FAULTS = 500;
  private static final Pattern PRINTABLE = Pattern.compile("[\\x20-\\x7e]*");

  private ForeignSources() {}

  /**
   * Returns new credentials of a source.
   *
   * @throws UnavailableException it fails, and may not the next time
   * @throws RejectedException the endpoint refuses
   * @throws ConfigurationException it cannot be asked, or hands out something else
   */
  static Credentials ask(CredentialStep source) {
    if (source instanceof ProcessSource process) {
      return read(output(process), true);
    }
    if (source instanceof ContainerSource container) {
      return read(answer(container), false);
    }
    throw new AssertionError("a role is assumed");
  }

  private static byte[] output(ProcessSource source) {
    Process process;
    try {
      process =
          new ProcessBuilder(source.command())
              .redirectInput(ProcessBuilder.Redirect.from(Path.of("/dev/null").toFile()))
              .redirectError(ProcessBuilder.Redirect.INHERIT)
              .start();
    } catch (IOException | IndexOutOfBoundsException | NullPointerException error) {
      // NOTE: neither chained nor shown: the message holds the arguments.
      throw new ConfigurationException("The program of credential_process cannot be run.");
    }
    ScheduledExecutorService timer = Executors.newSingleThreadScheduledExecutor();
    try {
      timer.schedule(
          () -> kill(process), Limits.CREDENTIAL_SOURCE_TIMEOUT.toMillis(), TimeUnit.MILLISECONDS);
      byte[] data = process.getInputStream().readNBytes(Limits.CREDENTIAL_DOCUMENT_BYTES_MAX + 1);
      if (data.length > Limits.CREDENTIAL_DOCUMENT_BYTES_MAX) {
        throw notCredentials("it is too long");
      }
      int status = process.waitFor();
      if (status != 0) {
        throw unavailable("The program of credential_process ended with " + status);
      }
      return data;
    } catch (IOException error) {
      throw unavailable("The program of credential_process cannot be read");
    } catch (InterruptedException error) {
      Thread.currentThread().interrupt();
      throw unavailable("The thread was interrupted");
    } finally {
      timer.shutdownNow();
      kill(process);
    }
  }

  private static void kill(Process process) {
    process.descendants().forEach(ProcessHandle::destroyForcibly);
    process.destroyForcibly();
  }

  private static byte[] answer(ContainerSource source) {
    HttpFetch fetch =
        new HttpFetch(null, Limits.CREDENTIAL_SOURCE_TIMEOUT, Limits.CREDENTIAL_DOCUMENT_BYTES_MAX);
    HttpResponse<byte[]> answer;
    try {
      answer = fetch.get(source.url(), headers(source));
    } catch (IOException error) {
      throw unavailable("The credentials endpoint cannot be asked: " + error.getMessage());
    }
    int status = answer.statusCode();
    if (status == OK) {
      return answer.body();
    }
    String message = "The credentials endpoint answers with " + status;
    if (status == TOO_MANY || status >= SERVER_FAULTS) {
      throw unavailable(message);
    }
    throw new RejectedException(
        Failure.of("PERMISSION_DENIED", "CredentialSourceRefused", message),
        "Check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.");
  }

  /** Returns the headers; a file is read each time, because it is replaced. */
  private static Map<String, String> headers(ContainerSource source) {
    Optional<Secret> shown =
        source.authorizationFile().isPresent()
            ? source.authorizationFile().map(ForeignSources::authorization)
            : source.authorization();
    if (shown.isEmpty()) {
      return Map.of("accept", "application/json");
    }
    String text = shown.get().reveal();
    if (!PRINTABLE.matcher(text).matches() || text.length() > Limits.SESSION_TOKEN_CHARACTERS_MAX) {
      throw new ConfigurationException("The authorization token is not printable ASCII text.");
    }
    return Map.of("accept", "application/json", "authorization", text);
  }

  private static Secret authorization(Path file) {
    try (var stream = Files.newInputStream(file)) {
      byte[] data = stream.readNBytes(Limits.SESSION_TOKEN_CHARACTERS_MAX + 1);
      return new Secret(new String(data, StandardCharsets.ISO_8859_1).replaceAll("[\\r\\n]+$", ""));
    } catch (IOException error) {
      throw new ConfigurationException("The authorization token in " + file + " cannot be read.");
    }
  }

  /** Reads what a program has printed, or an endpoint has answered; nothing of it is shown. */
  static Credentials read(byte[] data, boolean ofProcess) {
    Map<String, Object> document;
    try {
      document = StrictJson.object(data);
    } catch (StrictJson.MalformedException error) {
      throw notCredentials("it is no JSON object");
    }
    if (ofProcess && !Long.valueOf(1).equals(document.get("Version"))) {
      throw notCredentials("its Version is not 1");
    }
    String token = ofProcess ? "SessionToken" : "Token";
    return Credentials.of(
        text(document, "AccessKeyId"),
        text(document, "SecretAccessKey"),
        document.get(token) == null ? null : text(document, token),
        document.get("Expiration") == null ? null : time(text(document, "Expiration")));
  }

  private static String text(Map<String, Object> document, String name) {
    if (document.get(name) instanceof String text) {
      return text;
    }
    throw notCredentials("its " + name + " is missing or no text");
  }

  private static Instant time(String text) {
    try {
      return OffsetDateTime.parse(text).toInstant();
    } catch (DateTimeException error) {
      throw notCredentials("its Expiration is no time");
    }
  }

  private static ConfigurationException notCredentials(String reason) {
    return new ConfigurationException(
        "What the source of credentials hands out is no credentials: " + reason + ".",
        "Check credential_process, or AWS_CONTAINER_CREDENTIALS_FULL_URI.");
  }

  private static UnavailableException unavailable(String message) {
    return new UnavailableException(
        Failure.of("UNAVAILABLE", "CredentialSourceUnavailable", message),
        "Check that it runs, then ask again.");
  }
}
