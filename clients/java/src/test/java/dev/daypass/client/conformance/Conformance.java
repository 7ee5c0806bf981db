package dev.daypass.client.conformance;

import dev.daypass.client.AccessDeniedException;
import dev.daypass.client.CallException;
import dev.daypass.client.CannotVouchException;
import dev.daypass.client.ConfigurationException;
import dev.daypass.client.CredentialStep;
import dev.daypass.client.Credentials;
import dev.daypass.client.DaypassClient;
import dev.daypass.client.DaypassException;
import dev.daypass.client.Failure;
import dev.daypass.client.InvalidRequestException;
import dev.daypass.client.NotFoundException;
import dev.daypass.client.Profile;
import dev.daypass.client.RejectedException;
import dev.daypass.client.RoleRequest;
import dev.daypass.client.Secret;
import dev.daypass.client.Signer;
import dev.daypass.client.ThrottledException;
import dev.daypass.client.TokenRejectedException;
import dev.daypass.client.UnauthenticatedException;
import dev.daypass.client.Version;
import dev.daypass.client.WebIdentitySource;
import dev.daypass.client.internal.StrictJson;
import dev.daypass.client.verifier.JwksUrl;
import dev.daypass.client.verifier.TokenVerifier;
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.time.OffsetDateTime;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CountDownLatch;

/**
 * The conformance program of the Java client: it speaks the protocol of {@code
 * tests/conformance/PROTOCOL.md}, and adds nothing to the client.
 */
public final class Conformance {
  private interface Command {
    Map<String, Object> run(Map<String, Object> line) throws Exception;
  }

  /** A clock that shows what it is set to. */
  private static final class StandingClock implements InstantSource {
    private volatile Instant time;

    @Override
    public Instant instant() {
      return time;
    }
  }

  private final Map<String, StandingClock> clocks = new HashMap<>();
  private final Map<String, DaypassClient> clients = new HashMap<>();
  private final Map<String, TokenVerifier> verifiers = new HashMap<>();
  private final Map<String, Command> commands =
      Map.of(
          "hello", this::hello,
          "sign", this::sign,
          "clock", this::clock,
          "open", this::open,
          "call", this::call,
          "credentials", this::credentials,
          "follow", this::follow,
          "verify", this::verify,
          "close", this::close);

  private Conformance() {}

  /** Answers line after line, until there is none. */
  public static void main(String[] arguments) throws Exception {
    Conformance program = new Conformance();
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.UTF_8);
    try (BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8))) {
      for (String line = in.readLine(); line != null; line = in.readLine()) {
        out.println(
            Json.write(program.answer(StrictJson.object(line.getBytes(StandardCharsets.UTF_8)))));
      }
    }
    program.verifiers.values().forEach(TokenVerifier::close);
    program.clients.values().forEach(DaypassClient::close);
  }

  private Map<String, Object> answer(Map<String, Object> line) throws Exception {
    Map<String, Object> answer = new LinkedHashMap<>();
    answer.put("id", line.get("id"));
    Command command = commands.get(line.get("do"));
    if (command == null) {
      answer.put("error", Map.of("kind", "unsupported"));
      return answer;
    }
    try {
      answer.put("ok", command.run(line));
    } catch (DaypassException error) {
      answer.put("error", members(error));
    }
    return answer;
  }

  private Map<String, Object> hello(Map<String, Object> line) {
    return Map.of(
        "client",
        "java",
        "version",
        Version.text(),
        "commands",
        new TreeSet<>(commands.keySet()),
        "proofs",
        List.of("long_term", "temporary", "web_identity", "none"));
  }

  private Map<String, Object> sign(Map<String, Object> line) {
    Instant time = time(text(line, "time"));
    Signer signer = new Signer(text(line, "region"), () -> time, () -> text(line, "invocation_id"));
    byte[] body = Base64.getDecoder().decode(text(line, "body"));
    List<Object> pairs = new ArrayList<>();
    signer
        .sign(text(line, "method"), body, keys(members(line, "credentials")))
        .forEach((name, value) -> pairs.add(List.of(name, value)));
    return Map.of("metadata", pairs);
  }

  private Map<String, Object> clock(Map<String, Object> line) {
    clocks.computeIfAbsent(text(line, "clock"), name -> new StandingClock()).time =
        time(text(line, "time"));
    return Map.of();
  }

  private Map<String, Object> open(Map<String, Object> line) {
    List<CredentialStep> steps = new ArrayList<>();
    if (line.get("web_identity") != null) {
      Map<String, Object> token = members(line, "web_identity");
      steps.add(
          new WebIdentitySource(
              text(token, "role_arn"),
              Path.of(text(token, "token_file")),
              Optional.ofNullable((String) token.get("session_name")),
              Optional.empty()));
    }
    if (line.get("roles") instanceof List<?> roles) {
      for (Object role : roles) {
        steps.add(RoleRequest.of((String) ((Map<?, ?>) role).get("role_arn")));
      }
    }
    Credentials keys = line.get("credentials") == null ? null : keys(members(line, "credentials"));
    Profile profile =
        Profile.of(text(line, "endpoint"), keys, steps.toArray(CredentialStep[]::new))
            .withRegion((String) line.getOrDefault("region", "us-east-1"));
    Duration timeout = Duration.ofMillis((Long) line.getOrDefault("timeout_ms", 10_000L));
    clients.put(text(line, "client"), new DaypassClient(profile, timeout, clockOf(line)));
    return Map.of();
  }

  private Map<String, Object> call(Map<String, Object> line) {
    DaypassClient client = clients.get(text(line, "client"));
    Map<String, Object> given = line.get("request") == null ? Map.of() : members(line, "request");
    return switch (text(line, "operation")) {
      case "GetCallerIdentity" -> Map.of("arn", client.getCallerIdentity().arn());
      case "AssumeRole" ->
          issued(
              client
                  .assumeRole(
                      RoleRequest.builder(text(given, "role_arn"))
                          .sessionName((String) given.get("session_name"))
                          .build())
                  .credentials());
      case "RevokeSessions" ->
          Map.of(
              "effective_everywhere",
              client.revokeSession(text(given, "access_key_id"), "").effectiveEverywhere());
      case "VerifyToken" ->
          Map.of("access_key_id", client.verifyToken(text(given, "token")).accessKeyId());
      default -> throw new ConfigurationException("The operation is not one of the protocol.");
    };
  }

  private Map<String, Object> credentials(Map<String, Object> line) throws InterruptedException {
    DaypassClient client = clients.get(text(line, "client"));
    int callers = ((Long) line.getOrDefault("callers", 1L)).intValue();
    Map<String, Integer> found = new ConcurrentHashMap<>();
    List<DaypassException> errors = java.util.Collections.synchronizedList(new ArrayList<>());
    CountDownLatch start = new CountDownLatch(callers);
    List<Thread> threads = new ArrayList<>();
    for (int number = 0; number < callers; number++) {
      Runnable ask =
          () -> {
            try {
              start.countDown();
              start.await();
              found.merge(client.credentials().accessKeyId(), 1, Integer::sum);
            } catch (DaypassException error) {
              errors.add(error);
            } catch (InterruptedException error) {
              Thread.currentThread().interrupt();
            }
          };
      threads.add(new Thread(ask));
    }
    threads.forEach(Thread::start);
    for (Thread thread : threads) {
      thread.join();
    }
    Map<String, Object> answer = new HashMap<>(Map.of("access_key_ids", new TreeMap<>(found)));
    if (errors.size() == callers) {
      answer.put("error", members(errors.get(0)));
    }
    return answer;
  }

  private Map<String, Object> follow(Map<String, Object> line) {
    TokenVerifier.Builder builder =
        line.get("jwks_url") == null
            ? TokenVerifier.of(clients.get(text(line, "client")))
            : TokenVerifier.of(new JwksUrl(text(line, "jwks_url")));
    if (line.get("revocation_age_max_ms") instanceof Long age) {
      builder.revocationAgeMax(Duration.ofMillis(age));
    } else {
      builder.withoutRevocations();
    }
    verifiers.put(text(line, "verifier"), builder.clock(clockOf(line)).start());
    return Map.of();
  }

  private Map<String, Object> verify(Map<String, Object> line) {
    TokenVerifier verifier = verifiers.get(text(line, "verifier"));
    String token = text(line, "token");
    String issuer = (String) line.get("issuer");
    String audience = (String) line.get("audience");
    return switch (text(line, "kind")) {
      case "session" -> {
        var found = verifier.verifySessionToken(token);
        yield verdict(found.claims().accessKeyId(), found.revocationViewAge());
      }
      case "exchanged" -> {
        var found = verifier.verifyExchangedToken(token, issuer, audience);
        yield verdict(found.claims().tokenId(), found.revocationViewAge());
      }
      default -> {
        var found = verifier.verifyIdentityToken(token, issuer, audience);
        yield verdict(found.claims().tokenId(), found.revocationViewAge());
      }
    };
  }

  private Map<String, Object> close(Map<String, Object> line) {
    if (line.get("verifier") != null) {
      verifiers.remove(text(line, "verifier")).close();
    } else {
      clients.remove(text(line, "client")).close();
    }
    return Map.of();
  }

  private InstantSource clockOf(Map<String, Object> line) {
    StandingClock clock = clocks.get(line.getOrDefault("clock", ""));
    return clock == null ? InstantSource.system() : clock;
  }

  private static Map<String, Object> verdict(String names, Optional<Duration> age) {
    Map<String, Object> answer = new HashMap<>();
    answer.put("names", names);
    answer.put("age_ms", age.map(Duration::toMillis).orElse(null));
    return answer;
  }

  /** Returns what is told of an error; its text, so that redaction can be seen. */
  private static Map<String, Object> members(DaypassException error) {
    StringWriter trace = new StringWriter();
    error.printStackTrace(new PrintWriter(trace));
    Map<String, Object> members = new HashMap<>();
    members.put("kind", kind(error));
    members.put("text", String.join(" ", error.toString(), error.getMessage(), trace.toString()));
    if (error instanceof CallException call) {
      members.put("reason", call.reason());
      members.put("code", call.code());
      members.put("request_id", call.requestId());
      members.put("decision_id", call.decisionId());
      members.put("fields", call.violations().stream().map(Failure.FieldViolation::field).toList());
      members.put("retry_delay_ms", call.retryDelay().map(Duration::toMillis).orElse(null));
    } else if (error instanceof TokenRejectedException rejected) {
      members.put("reason", rejected.reason());
    } else if (error instanceof CannotVouchException unknown) {
      members.put("reason", unknown.reason());
    }
    return members;
  }

  private static String kind(DaypassException error) {
    Map<Class<?>, String> kinds =
        Map.of(
            AccessDeniedException.class, "access_denied",
            UnauthenticatedException.class, "unauthenticated",
            InvalidRequestException.class, "invalid_request",
            NotFoundException.class, "not_found",
            ThrottledException.class, "throttled",
            RejectedException.class, "rejected",
            ConfigurationException.class, "configuration",
            TokenRejectedException.class, "token_rejected",
            CannotVouchException.class, "cannot_vouch");
    return kinds.getOrDefault(error.getClass(), "unavailable");
  }

  /** Returns credentials; the protocol passes them on, and shows how they print. */
  private static Map<String, Object> issued(Credentials credentials) {
    Map<String, Object> answer = new HashMap<>();
    answer.put("access_key_id", credentials.accessKeyId());
    answer.put("secret_access_key", credentials.secretAccessKey().reveal());
    answer.put("session_token", credentials.sessionToken().map(Secret::reveal).orElse(null));
    answer.put("expiration", credentials.expiration().map(Instant::toString).orElse(null));
    answer.put("shown", credentials + " " + String.format("%s", credentials));
    return answer;
  }

  private static Credentials keys(Map<String, Object> members) {
    return Credentials.of(
        text(members, "access_key_id"),
        text(members, "secret_access_key"),
        (String) members.get("session_token"),
        null);
  }

  @SuppressWarnings("unchecked") // The driver writes objects with text as names.
  private static Map<String, Object> members(Map<String, Object> line, String name) {
    return (Map<String, Object>) line.get(name);
  }

  private static String text(Map<String, Object> line, String name) {
    return (String) line.get(name);
  }

  private static Instant time(String text) {
    return OffsetDateTime.parse(text).toInstant();
  }
}
