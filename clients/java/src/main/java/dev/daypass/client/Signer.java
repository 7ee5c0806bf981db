package dev.daypass.client;

import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.time.Instant;
import java.time.InstantSource;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.Collections;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import javax.crypto.Mac;
import javax.crypto.spec.SecretKeySpec;

/**
 * Signs calls: AWS Signature Version 4 in the metadata of a gRPC call.
 *
 * <p>The signature covers the method and the exact bytes of the request. The name of the call is
 * signed too: without it two equal calls of one second would have one signature, and the server
 * would take them for one call.
 *
 * <p>NOTE: neither path nor values are escaped: the characters of a method's name are all
 * unreserved, and the values are printable and without blanks.
 */
public final class Signer {
  private static final String ALGORITHM = "AWS4-HMAC-SHA256";
  private static final DateTimeFormatter TIMESTAMP =
      DateTimeFormatter.ofPattern("yyyyMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

  private final String region;
  private final InstantSource clock;
  private final Supplier<String> nameCall;

  /**
   * Makes a signer.
   *
   * @param region the region that signatures name
   * @param clock what they take the time from
   * @param nameCall draws what tells one call from another
   */
  public Signer(String region, InstantSource clock, Supplier<String> nameCall) {
    this.region = region;
    this.clock = clock;
    this.nameCall = nameCall;
  }

  /**
   * Returns the metadata that proves a call.
   *
   * @param method the full method, with a slash before it
   * @param body the request as it is sent; empty for a call that streams
   * @param credentials who calls
   */
  public Map<String, String> sign(String method, byte[] body, Credentials credentials) {
    Instant now = clock.instant();
    String timestamp = TIMESTAMP.format(now);
    Map<String, String> headers = new LinkedHashMap<>();
    headers.put("amz-sdk-invocation-id", nameCall.get());
    headers.put("x-amz-content-sha256", hash(body));
    headers.put("x-amz-date", timestamp);
    credentials
        .sessionToken()
        .ifPresent(token -> headers.put("x-amz-security-token", token.reveal()));
    String names = String.join(";", headers.keySet());
    String scope = timestamp.substring(0, 8) + "/" + region + "/sts/aws4_request";
    String request = canonicalRequest(method, headers, names);
    String toSign = String.join("\n", ALGORITHM, timestamp, scope, hash(bytes(request)));
    String signature = HexFormat.of().formatHex(hmac(signingKey(credentials, scope), toSign));
    headers.put(
        "authorization",
        String.format(
            "%s Credential=%s/%s, SignedHeaders=%s, Signature=%s",
            ALGORITHM, credentials.accessKeyId(), scope, names, signature));
    return Collections.unmodifiableMap(headers);
  }

  private static String canonicalRequest(String method, Map<String, String> headers, String names) {
    StringBuilder lines = new StringBuilder();
    headers.forEach((name, value) -> lines.append(name).append(':').append(value).append('\n'));
    return String.join("\n", "POST", method, "", lines, names, headers.get("x-amz-content-sha256"));
  }

  private static byte[] signingKey(Credentials credentials, String scope) {
    byte[] key = bytes("AWS4" + credentials.secretAccessKey().reveal());
    for (String part : scope.split("/")) {
      key = hmac(key, part);
    }
    return key;
  }

  private static byte[] hmac(byte[] key, String text) {
    try {
      Mac mac = Mac.getInstance("HmacSHA256");
      mac.init(new SecretKeySpec(key, "HmacSHA256"));
      return mac.doFinal(bytes(text));
    } catch (GeneralSecurityException error) {
      throw new AssertionError("every Java has it", error);
    }
  }

  private static String hash(byte[] data) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(data));
    } catch (GeneralSecurityException error) {
      throw new AssertionError("every Java has it", error);
    }
  }

  private static byte[] bytes(String text) {
    return text.getBytes(StandardCharsets.UTF_8);
  }
}
