package dev.daypass.client.verifier;

import dev.daypass.client.ConfigurationException;
import dev.daypass.client.Hosts;
import dev.daypass.client.KeySet;
import dev.daypass.client.PublicKey;
import dev.daypass.client.Version;
import dev.daypass.client.internal.HttpFetch;
import dev.daypass.client.internal.StrictJson;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;

/** The URL of a key set, such as {@code https://daypass.example/.well-known/jwks.json}. */
public final class JwksUrl {
  // What only a private or a symmetric key has: a set that shows one is not to be used.
  private static final Set<String> SECRET_MEMBERS =
      Set.of("d", "p", "q", "dp", "dq", "qi", "oth", "k");
  private static final Pattern MAX_AGE =
      Pattern.compile("(?:^|,)\\s*max-age=([0-9]{1,9})\\s*(?=,|$)");
  private static final int OK = 200;

  private final URI url;
  private final HttpFetch fetch;

  /** Names a key set, which the certificates of this machine vouch for. */
  public JwksUrl(String url) {
    this(url, null);
  }

  /**
   * Names a key set.
   *
   * @param url the URL; {@code http://} for this machine only
   * @param caBundle certificates to trust in place of those of this machine, in PEM; null for these
   */
  public JwksUrl(String url, Path caBundle) {
    this.url = checked(url);
    fetch =
        new HttpFetch(
            caBundle == null ? null : trusting(caBundle),
            VerifierLimits.READY_TIMEOUT,
            VerifierLimits.KEY_SET_BYTES_MAX);
  }

  /** Asks for the key set. */
  KeySet fetch() throws KeySetUnavailableException {
    Map<String, String> headers =
        Map.of(
            "accept",
            "application/jwk-set+json, application/json",
            "user-agent",
            "daypass-client-java/" + Version.text());
    try {
      HttpResponse<byte[]> answer = fetch.get(url, headers);
      if (answer.statusCode() != OK) {
        throw new KeySetUnavailableException("the answer is " + answer.statusCode());
      }
      String control = answer.headers().firstValue("cache-control").orElse("");
      return parse(answer.body(), control);
    } catch (IOException error) {
      throw new KeySetUnavailableException("it cannot be had: " + error.getMessage());
    } catch (InvalidKeySetException error) {
      throw new KeySetUnavailableException("it is not to be used: " + error.getMessage());
    }
  }

  /** The key set of a URL cannot be had. */
  static final class KeySetUnavailableException extends Exception {
    private static final long serialVersionUID = 1L;

    KeySetUnavailableException(String message) {
      super("The key set: " + message);
    }
  }

  static KeySet parse(byte[] data, String cacheControl) throws InvalidKeySetException {
    Map<String, Object> document;
    try {
      document = StrictJson.object(data);
    } catch (StrictJson.MalformedException error) {
      throw new InvalidKeySetException("it is not JSON");
    }
    if (!(document.get("keys") instanceof List<?> entries)) {
      throw new InvalidKeySetException("there are no keys");
    }
    List<PublicKey> keys = new ArrayList<>();
    for (Object entry : entries) {
      keys.add(key(entry));
    }
    return new KeySet(List.copyOf(keys), kept(cacheControl), 0);
  }

  private static Duration kept(String cacheControl) {
    Matcher match = MAX_AGE.matcher(cacheControl);
    if (!match.find()) {
      return VerifierLimits.KEY_SET_KEPT;
    }
    long told = Long.parseLong(match.group(1));
    long most = VerifierLimits.KEY_SET_KEPT_MAX.toSeconds();
    return Duration.ofSeconds(
        Math.max(VerifierLimits.KEY_SET_KEPT_MIN.toSeconds(), Math.min(told, most)));
  }

  private static PublicKey key(Object entry) throws InvalidKeySetException {
    if (!(entry instanceof Map<?, ?> members)
        || !Collections.disjoint(members.keySet(), SECRET_MEMBERS)) {
      throw new InvalidKeySetException("an entry is no public key");
    }
    Object operations = members.containsKey("key_ops") ? members.get("key_ops") : List.of("verify");
    if (!(operations instanceof List<?> list)) {
      throw new InvalidKeySetException("the operations of a key are no list");
    }
    return new PublicKey(
        text(members, "kid"),
        text(members, "kty"),
        text(members, "alg"),
        // A key for something else stays in the set, and nothing is verified with it.
        list.contains("verify") ? text(members, "use") : "",
        text(members, "crv"),
        text(members, "x"),
        text(members, "y"),
        text(members, "n"),
        text(members, "e"));
  }

  private static String text(Map<?, ?> members, String name) throws InvalidKeySetException {
    if (!members.containsKey(name)) {
      return "";
    }
    if (members.get(name) instanceof String text) {
      return text;
    }
    throw new InvalidKeySetException("a member of a key is no text");
  }

  private static URI checked(String text) {
    try {
      URI url = new URI(text);
      String host = url.getHost() == null ? "" : url.getHost();
      boolean clear = "http".equals(url.getScheme()) && Hosts.isLoopback(host);
      boolean encrypted = "https".equals(url.getScheme());
      if (!host.isEmpty()
          && url.getRawUserInfo() == null
          && url.getRawFragment() == null
          && (clear || encrypted)) {
        return url;
      }
    } catch (URISyntaxException error) {
      // It is told of below, as is a URL that leads elsewhere.
    }
    throw new ConfigurationException(
        "That is not the URL of a key set.",
        "Write https://host/path; http:// is for this machine only.");
  }

  private static SSLContext trusting(Path caBundle) {
    try (InputStream stream = Files.newInputStream(caBundle)) {
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      for (Certificate found :
          CertificateFactory.getInstance("X.509").generateCertificates(stream)) {
        store.setCertificateEntry(String.valueOf(store.size()), found);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (IOException | GeneralSecurityException error) {
      throw new ConfigurationException("The certificates in " + caBundle + " cannot be read.");
    }
  }
}
