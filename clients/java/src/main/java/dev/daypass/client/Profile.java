package dev.daypass.client;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * Where calls go, and what signs them.
 *
 * @param endpoint the server
 * @param region the region that signatures name
 * @param credentials what calls are signed with, or the first role is assumed with
 * @param steps what leads from there to what signs calls, one after the other
 * @param tls what TLS trusts and shows
 */
public record Profile(
    Endpoint endpoint,
    String region,
    Optional<Credentials> credentials,
    List<CredentialStep> steps,
    Tls tls) {
  static final String DEFAULT_REGION = "us-east-1";

  /**
   * The files of TLS, in PEM.
   *
   * @param caBundle the certificates to trust; empty for those of Java
   * @param clientCertificate what a server is shown that asks for a certificate
   * @param clientKey its private key, as PKCS#8
   */
  public record Tls(
      Optional<Path> caBundle, Optional<Path> clientCertificate, Optional<Path> clientKey) {
    /** The usual trust, and no certificate. */
    public static final Tls DEFAULT = new Tls(Optional.empty(), Optional.empty(), Optional.empty());
  }

  /** Keeps a copy, and checks that only the first step needs no credentials. */
  public Profile {
    steps = List.copyOf(steps);
    boolean begins = !steps.isEmpty() && !(steps.get(0) instanceof RoleRequest);
    if (begins && credentials.isPresent()) {
      throw new ConfigurationException("A profile has credentials, or something that gives them.");
    }
  }

  /**
   * Makes a profile of one's own; {@link ProfileLoader} loads one of the usual files.
   *
   * @param endpoint the server, such as {@code https://daypass.example}
   * @param credentials null for calls that need no proof
   * @param steps what leads to what signs calls
   */
  public static Profile of(String endpoint, Credentials credentials, CredentialStep... steps) {
    return new Profile(
        Endpoint.parse(endpoint),
        DEFAULT_REGION,
        Optional.ofNullable(credentials),
        List.of(steps),
        Tls.DEFAULT);
  }

  /** Returns the same, with another region in its signatures. */
  public Profile withRegion(String other) {
    return new Profile(endpoint, other, credentials, steps, tls);
  }

  /** Returns the same, with other files of TLS. */
  public Profile withTls(Tls other) {
    return new Profile(endpoint, region, credentials, steps, other);
  }

  /** Returns the same server with other credentials. */
  public Profile withCredentials(Credentials other) {
    return new Profile(endpoint, region, Optional.of(other), List.of(), tls);
  }
}
