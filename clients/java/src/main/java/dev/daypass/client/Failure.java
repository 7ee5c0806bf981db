package dev.daypass.client;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a failed call told of itself.
 *
 * @param code the canonical gRPC code, such as {@code PERMISSION_DENIED}
 * @param reason the AWS code, such as {@code AccessDenied}; the canonical code where the failure
 *     did not come from Daypass
 * @param message for people; it may change
 * @param metadata the variables that the message shows
 * @param violations the fields at fault
 * @param retryDelay how long to wait before asking again
 */
public record Failure(
    String code,
    String reason,
    String message,
    Map<String, String> metadata,
    List<FieldViolation> violations,
    Optional<Duration> retryDelay) {

  /**
   * One breach of a constraint.
   *
   * @param field the field of the request
   * @param description what is wrong
   */
  public record FieldViolation(String field, String description) {}

  /** Makes a failure without details. */
  static Failure of(String code, String reason, String message) {
    return new Failure(code, reason, message, Map.of(), List.of(), Optional.empty());
  }
}
