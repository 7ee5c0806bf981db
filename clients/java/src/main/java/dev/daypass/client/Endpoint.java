package dev.daypass.client;

import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Where Daypass listens. An answer may carry a secret, so that the client speaks in clear only to
 * this machine; anything else takes TLS, or a scheme with an alarming name.
 *
 * @param target the address
 * @param encrypted whether TLS is spoken
 */
public record Endpoint(String target, boolean encrypted) {
  /** Where a server listens that nobody has told otherwise. */
  public static final String DEFAULT = "127.0.0.1:50051";

  private static final Pattern FORM =
      Pattern.compile(
          "(?:([a-z-]+)://)?(\\[[0-9A-Fa-f:.]+\\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/?");
  private static final Set<String> SCHEMES = Set.of("http", "https", "unsafe-plaintext");
  private static final int HTTPS_PORT = 443;
  private static final int PORT_MAX = 65_535;
  private static final String HINT =
      "Write host:port, https://host:port, or unix:/path/to/socket; in clear it is"
          + " http://host:port for this machine and unsafe-plaintext://host:port for others.";

  /**
   * Reads an endpoint. Without a scheme it means clear text to this machine and TLS to others.
   *
   * @throws ConfigurationException it is malformed, or would speak in clear to another machine
   */
  public static Endpoint parse(String text) {
    if (text.startsWith("unix:/")) {
      return new Endpoint(text, false);
    }
    Matcher form = FORM.matcher(text);
    if (!form.matches() || (form.group(1) != null && !SCHEMES.contains(form.group(1)))) {
      throw new ConfigurationException("The endpoint " + text + " is not one to dial.", HINT);
    }
    String scheme = form.group(1);
    String host = form.group(2);
    String target = host + ":" + port(form.group(3), "https".equals(scheme), text);
    if ("https".equals(scheme) || (scheme == null && !Hosts.isLoopback(host))) {
      return new Endpoint(target, true);
    }
    if ("http".equals(scheme) && !Hosts.isLoopback(host)) {
      throw new ConfigurationException(
          "The endpoint " + text + " would send credentials in clear to another machine.",
          "Use https://, or unsafe-plaintext:// on a network you trust.");
    }
    return new Endpoint(target, false);
  }

  private static int port(String text, boolean encrypted, String endpoint) {
    if (text == null && encrypted) {
      return HTTPS_PORT;
    }
    int port = text == null ? 0 : Integer.parseInt(text);
    if (port <= 0 || port > PORT_MAX) {
      throw new ConfigurationException(
          "The endpoint " + endpoint + " needs a port, 1 to 65,535.", HINT);
    }
    return port;
  }
}
