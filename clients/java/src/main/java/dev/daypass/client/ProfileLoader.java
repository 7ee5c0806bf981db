package dev.daypass.client;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Loads a profile: from what was asked for, the environment and files, in this order.
 *
 * <p>A profile has keys, {@code credential_process}, or {@code role_arn} with {@code
 * source_profile}, {@code credential_source} or {@code web_identity_token_file}.
 */
public final class ProfileLoader {
  private static final String CONTAINER_HOST = "http://169.254.170.2";
  private static final List<String> OTHER_FORMS =
      List.of("sso_session", "sso_start_url", "login_session");

  /** What a profile leads to: keys or nothing, and steps behind them. */
  private record Beginning(Optional<Credentials> credentials, List<CredentialStep> steps) {
    static final Beginning NOTHING = new Beginning(Optional.empty(), List.of());

    static Beginning of(CredentialStep step) {
      return new Beginning(Optional.empty(), List.of(step));
    }

    Beginning then(List<CredentialStep> roles) {
      List<CredentialStep> all = new ArrayList<>(steps);
      all.addAll(roles);
      return new Beginning(credentials, all);
    }
  }

  private final Surroundings around;

  ProfileLoader(Surroundings around) {
    this.around = around;
  }

  /**
   * Loads what the environment leads to: its keys, or the token that it names for a role, or the
   * profile that {@code DAYPASS_PROFILE} or {@code AWS_PROFILE} names, or {@code default}, or the
   * endpoint of {@code AWS_CONTAINER_CREDENTIALS_FULL_URI}.
   */
  public static Profile load() {
    return new ProfileLoader(Surroundings.ofProcess()).read(Optional.empty());
  }

  /** Loads a profile by its name. */
  public static Profile load(String name) {
    return new ProfileLoader(Surroundings.ofProcess()).read(Optional.of(name));
  }

  Profile read(Optional<String> name) {
    Optional<String> chosen = name.or(() -> around.get("DAYPASS_PROFILE", "AWS_PROFILE"));
    Optional<Beginning> given = name.isPresent() ? Optional.empty() : environment();
    ProfileFiles files = ProfileFiles.thatKnow(chosen.orElse("default"), around);
    Optional<Map<String, String>> found = files.get(chosen.orElse("default"));
    Map<String, String> entries = found.orElse(Map.of());
    Beginning path;
    if (given.isPresent()) {
      path = given.get();
    } else if (found.isPresent()) {
      path = follow(entries, files);
    } else if (chosen.isPresent()) {
      throw new ConfigurationException("There is no profile " + chosen.get() + ".");
    } else {
      // As in the AWS tools: what runs beside the program comes last.
      path = container().map(Beginning::of).orElse(Beginning.NOTHING);
    }
    return new Profile(
        endpoint(entries),
        around
            .get("AWS_REGION", "AWS_DEFAULT_REGION")
            .or(() -> text(entries, "region"))
            .orElse(Profile.DEFAULT_REGION),
        path.credentials(),
        path.steps(),
        new Profile.Tls(
            file(entries, "AWS_CA_BUNDLE", "ca_bundle"),
            file(entries, "DAYPASS_CLIENT_CERTIFICATE", "daypass_client_certificate"),
            file(entries, "DAYPASS_CLIENT_KEY", "daypass_client_key")));
  }

  private Endpoint endpoint(Map<String, String> entries) {
    return Endpoint.parse(
        around
            .get("DAYPASS_ENDPOINT")
            .or(() -> text(entries, "daypass_endpoint"))
            .or(() -> text(entries, "endpoint_url"))
            .orElse(Endpoint.DEFAULT));
  }

  private Optional<Path> file(Map<String, String> entries, String variable, String key) {
    return around.get(variable).or(() -> text(entries, key)).map(around::resolve);
  }

  private Optional<Beginning> environment() {
    Optional<Credentials> keys = environmentKeys();
    if (keys.isPresent()) {
      return Optional.of(new Beginning(keys, List.of()));
    }
    Optional<Path> token = around.path("AWS_WEB_IDENTITY_TOKEN_FILE");
    if (token.isEmpty()) {
      return Optional.empty();
    }
    String role =
        around
            .get("AWS_ROLE_ARN")
            .orElseThrow(
                () ->
                    new ConfigurationException(
                        "Of AWS_WEB_IDENTITY_TOKEN_FILE and AWS_ROLE_ARN only the first is set."));
    Optional<String> session = around.get("AWS_ROLE_SESSION_NAME");
    return Optional.of(
        Beginning.of(new WebIdentitySource(role, token.get(), session, Optional.empty())));
  }

  private Optional<Credentials> environmentKeys() {
    return keys(
        around.get("AWS_ACCESS_KEY_ID"),
        around.get("AWS_SECRET_ACCESS_KEY"),
        around.get("AWS_SESSION_TOKEN"));
  }

  private Optional<CredentialStep> container() {
    Optional<String> relative = around.get("AWS_CONTAINER_CREDENTIALS_RELATIVE_URI");
    if (relative.isPresent() && !relative.get().startsWith("/")) {
      throw new ConfigurationException(
          "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI does not begin with a slash.");
    }
    return relative
        .map(path -> CONTAINER_HOST + path)
        .or(() -> around.get("AWS_CONTAINER_CREDENTIALS_FULL_URI"))
        .map(
            url ->
                new ContainerSource(
                    url(url),
                    around.get("AWS_CONTAINER_AUTHORIZATION_TOKEN").map(Secret::new),
                    around.path("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE")));
  }

  private static URI url(String text) {
    try {
      return URI.create(text);
    } catch (IllegalArgumentException error) {
      throw new ConfigurationException("AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL.");
    }
  }

  /** Follows a profile to its beginning, through the roles that it names. */
  private Beginning follow(Map<String, String> first, ProfileFiles files) {
    List<CredentialStep> roles = new ArrayList<>();
    Map<String, String> entries = first;
    while (text(entries, "role_arn").isPresent()) {
      String role = text(entries, "role_arn").get();
      if (text(entries, "web_identity_token_file").isPresent()) {
        return Beginning.of(webIdentity(entries, role)).then(roles);
      }
      if (roles.size() == Limits.ROLE_CHAIN_MAX) {
        throw new ConfigurationException(
            "The profile leads through more than 16 roles, or back to itself.");
      }
      roles.add(0, role(entries, role));
      if (text(entries, "credential_source").isPresent()) {
        return namedSource(entries).then(roles);
      }
      entries = source(entries, files);
      // As in the AWS tools: a source's own keys come before its role.
      if (text(entries, "aws_access_key_id").isPresent()) {
        break;
      }
    }
    Beginning found = own(entries);
    if (found.equals(Beginning.NOTHING) && !roles.isEmpty()) {
      throw new ConfigurationException(
          "The profile's source_profile leads to a profile without credentials.");
    }
    return found.then(roles);
  }

  private Beginning own(Map<String, String> entries) {
    Optional<Credentials> keys =
        keys(
            text(entries, "aws_access_key_id"),
            text(entries, "aws_secret_access_key"),
            text(entries, "aws_session_token"));
    if (keys.isPresent()) {
      return new Beginning(keys, List.of());
    }
    refuseOtherForms(entries);
    Optional<String> process = text(entries, "credential_process");
    if (process.isEmpty()) {
      return Beginning.NOTHING;
    }
    String[] words = ShellWords.split(process.get()).orElse(new String[0]);
    if (words.length == 0 || words[0].isEmpty()) {
      throw new ConfigurationException("credential_process is not a program with arguments.");
    }
    return Beginning.of(new ProcessSource(List.of(words)));
  }

  private Beginning namedSource(Map<String, String> entries) {
    if (text(entries, "source_profile").isPresent()) {
      throw new ConfigurationException("A profile has source_profile or credential_source.");
    }
    return switch (text(entries, "credential_source").orElseThrow()) {
      case "Environment" -> {
        Optional<Credentials> keys = environmentKeys();
        if (keys.isEmpty()) {
          throw new ConfigurationException("There are no keys in the environment.");
        }
        yield new Beginning(keys, List.of());
      }
      case "EcsContainer" ->
          container()
              .map(Beginning::of)
              .orElseThrow(
                  () ->
                      new ConfigurationException("AWS_CONTAINER_CREDENTIALS_FULL_URI is not set."));
      default ->
          throw new ConfigurationException("credential_source is Environment or EcsContainer.");
    };
  }

  private WebIdentitySource webIdentity(Map<String, String> entries, String role) {
    for (String key : List.of("source_profile", "mfa_serial", "external_id")) {
      if (text(entries, key).isPresent()) {
        throw new ConfigurationException(
            "A profile with web_identity_token_file takes no " + key + ".");
      }
    }
    return new WebIdentitySource(
        role,
        around.resolve(text(entries, "web_identity_token_file").orElseThrow()),
        text(entries, "role_session_name"),
        duration(entries));
  }

  private static Map<String, String> source(Map<String, String> entries, ProfileFiles files) {
    Optional<String> source = text(entries, "source_profile");
    if (source.isEmpty()) {
      refuseOtherForms(entries);
      throw new ConfigurationException(
          "A profile with role_arn needs source_profile or web_identity_token_file too.");
    }
    return files
        .get(source.get())
        .orElseThrow(() -> new ConfigurationException("There is no such source_profile."));
  }

  private static RoleRequest role(Map<String, String> entries, String role) {
    return RoleRequest.builder(role)
        .sessionName(text(entries, "role_session_name").orElse(null))
        .duration(duration(entries).orElse(null))
        .externalId(text(entries, "external_id").orElse(null))
        .secondFactor(text(entries, "mfa_serial").orElse(null), null)
        .build();
  }

  private static Optional<Duration> duration(Map<String, String> entries) {
    return text(entries, "duration_seconds")
        .map(
            text -> {
              if (!text.matches("[0-9]{1,6}")) {
                throw new ConfigurationException(
                    "duration_seconds is not a whole number of seconds.");
              }
              return Duration.ofSeconds(Integer.parseInt(text));
            });
  }

  private static Optional<Credentials> keys(
      Optional<String> name, Optional<String> secret, Optional<String> token) {
    if (name.isPresent() != secret.isPresent()) {
      throw new ConfigurationException(
          "Of an access key id and its secret only one is there.", "Set both, or neither.");
    }
    return name.map(id -> Credentials.of(id, secret.orElseThrow(), token.orElse(null), null));
  }

  private static void refuseOtherForms(Map<String, String> entries) {
    if (text(entries, "web_identity_token_file").isPresent()) {
      throw new ConfigurationException(
          "A profile with web_identity_token_file needs role_arn too.");
    }
    for (String key : OTHER_FORMS) {
      if (text(entries, key).isPresent()) {
        throw new ConfigurationException(
            "Profiles with " + key + " are not supported.",
            "Use keys, credential_process, or role_arn with source_profile or"
                + " web_identity_token_file.");
      }
    }
  }

  private static Optional<String> text(Map<String, String> entries, String key) {
    return Optional.ofNullable(entries.get(key)).filter(text -> !text.isEmpty());
  }
}
