package dev.daypass.client;

import java.net.URI;
import java.nio.file.Path;
import java.util.Optional;

/**
 * An endpoint beside the program that hands out credentials, such as the agent's.
 *
 * @param url where; in clear only to this machine, or a link-local address of AWS
 * @param authorization what it is shown
 * @param authorizationFile a file that holds it, read each time
 */
public record ContainerSource(
    URI url, Optional<Secret> authorization, Optional<Path> authorizationFile)
    implements CredentialStep {
  /** Checks where credentials would come from. */
  public ContainerSource {
    String host = url.getHost() == null ? "" : url.getHost();
    boolean clear = "http".equals(url.getScheme()) && Hosts.isNear(host);
    if (host.isEmpty()
        || url.getRawUserInfo() != null
        || !(clear || "https".equals(url.getScheme()))) {
      throw new ConfigurationException(
          "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL that credentials may come from.",
          "Write https://, or http:// with an address of this machine.");
    }
  }
}
