package dev.daypass.client;

import dev.daypass.client.Failure.FieldViolation;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** A call failed; {@link RejectedException} and {@link UnavailableException} tell whose doing. */
public abstract class CallException extends DaypassException {
  private static final long serialVersionUID = 1L;

  private final transient Failure failure;

  CallException(Failure failure, String hint) {
    super(describe(failure), hint);
    this.failure = failure;
  }

  /** Returns what the call told of itself. */
  public final Failure failure() {
    return failure;
  }

  /** Returns the canonical gRPC code, such as {@code PERMISSION_DENIED}. */
  public final String code() {
    return failure.code();
  }

  /** Returns the AWS code, such as {@code AccessDenied}, or else the canonical code. */
  public final String reason() {
    return failure.reason();
  }

  /** Returns what the operator finds the call by; empty where it never arrived. */
  public final String requestId() {
    return failure.metadata().getOrDefault("request_id", "");
  }

  /** Returns what names the decision behind a denial; otherwise empty. */
  public final String decisionId() {
    return failure.metadata().getOrDefault("decision_id", "");
  }

  /** Returns the fields at fault. */
  public final List<FieldViolation> violations() {
    return failure.violations();
  }

  /** Returns how long to wait before asking again, where that can help. */
  public final Optional<Duration> retryDelay() {
    return failure.retryDelay();
  }

  private static String describe(Failure failure) {
    StringBuilder ids = new StringBuilder();
    for (String name : List.of("request_id", "decision_id")) {
      String value = failure.metadata().getOrDefault(name, "");
      if (!value.isEmpty()) {
        ids.append(ids.length() == 0 ? " (" : ", ").append(name.replace("_id", " ")).append(value);
      }
    }
    ids.append(ids.length() == 0 ? "" : ")");
    String message = failure.message();
    String text = message.endsWith(".") ? message.substring(0, message.length() - 1) : message;
    return failure.reason() + ": " + text + ids + ".";
  }
}
