package dev.daypass.client;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.rpc.BadRequest;
import com.google.rpc.ErrorInfo;
import com.google.rpc.RetryInfo;
import dev.daypass.client.Failure.FieldViolation;
import io.grpc.StatusRuntimeException;
import io.grpc.protobuf.StatusProto;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Turns the status of a failed call into an exception that says what to do next. */
final class Statuses {
  private static final String DOMAIN = "sts.daypass.dev";
  // gRPC itself says so in its message only; where it is worded otherwise, the failure counts as
  // throttling, which is not repeated without a time to come back.
  private static final List<String> TOO_LARGE =
      List.of("larger than max", "metadata size exceeds", "exceeds maximum");
  private static final Map<String, String> HINTS =
      Map.ofEntries(
          Map.entry("MissingAuthenticationToken", "Give the profile credentials."),
          Map.entry("InvalidClientTokenId", "Get new credentials: these are revoked or foreign."),
          Map.entry(
              "SignatureDoesNotMatch",
              "Check the secret access key, the region, and the clock of this machine."),
          Map.entry("ExpiredToken", "Get new credentials: these have ended."),
          Map.entry(
              "AccessDenied",
              "Ask whoever manages the permissions, and give them the decision or request id."),
          Map.entry("ValidationError", "Correct the parameters that the message names."),
          Map.entry("ResourceNotFound", "Check the name; what has ended is not found either."),
          Map.entry("InternalFailure", "Give the request id to the operator of the server."),
          Map.entry("UNIMPLEMENTED", "Check that the endpoint is the gRPC port of a Daypass."),
          Map.entry("RESOURCE_EXHAUSTED", "Wait, then ask again."),
          Map.entry("DEADLINE_EXCEEDED", "Ask again, or allow more time."),
          Map.entry("UNAVAILABLE", "Check that the server runs there, then ask again."));

  private Statuses() {}

  /**
   * Returns the exception for a failed call.
   *
   * @param target where it went, for the hint
   */
  static CallException of(StatusRuntimeException error, String target) {
    Failure failure = read(error);
    CallException found = of(failure, target);
    found.initCause(error);
    return found;
  }

  /** Returns the exception for an answer that is not the message it should be. */
  static CallException unreadable() {
    return new UnavailableException(
        Failure.of("INTERNAL", "INTERNAL", "The answer of the server cannot be read"),
        HINTS.get("UNIMPLEMENTED"));
  }

  /** Returns the exception for a request that the server would not take. */
  static CallException tooLarge() {
    return new InvalidRequestException(
        Failure.of("RESOURCE_EXHAUSTED", "RESOURCE_EXHAUSTED", "The request is too large"),
        "Send less: a shorter policy, or fewer tags.");
  }

  private static CallException of(Failure failure, String target) {
    if (failure.code().equals("RESOURCE_EXHAUSTED")
        && failure.reason().equals("RESOURCE_EXHAUSTED")
        && TOO_LARGE.stream().anyMatch(failure.message()::contains)) {
      return new InvalidRequestException(failure, "Send less: a shorter policy, or fewer tags.");
    }
    String hint =
        failure
            .retryDelay()
            .map(delay -> "Ask again in " + delay.toMillis() + " ms.")
            .or(() -> Optional.ofNullable(HINTS.get(failure.reason())))
            .or(() -> Optional.ofNullable(HINTS.get(failure.code())))
            .orElse("");
    boolean away = failure.code().equals("UNAVAILABLE") && failure.retryDelay().isEmpty();
    return ofCode(failure, away ? "The endpoint is " + target + ". " + hint : hint);
  }

  private static CallException ofCode(Failure failure, String hint) {
    return switch (failure.code()) {
      case "UNAUTHENTICATED" -> new UnauthenticatedException(failure, hint);
      case "PERMISSION_DENIED" -> new AccessDeniedException(failure, hint);
      case "INVALID_ARGUMENT", "OUT_OF_RANGE" -> new InvalidRequestException(failure, hint);
      case "NOT_FOUND" -> new NotFoundException(failure, hint);
      case "ALREADY_EXISTS", "FAILED_PRECONDITION", "UNIMPLEMENTED" ->
          new RejectedException(failure, hint);
      case "RESOURCE_EXHAUSTED" -> new ThrottledException(failure, hint);
      // Of the service's or the network's making.
      default -> new UnavailableException(failure, hint);
    };
  }

  private static Failure read(StatusRuntimeException error) {
    String code = error.getStatus().getCode().name();
    String reason = code;
    Map<String, String> metadata = Map.of();
    List<FieldViolation> violations = List.of();
    Optional<Duration> retryDelay = Optional.empty();
    for (Any detail : details(error)) {
      try {
        if (detail.is(ErrorInfo.class)) {
          ErrorInfo info = detail.unpack(ErrorInfo.class);
          if (info.getDomain().equals(DOMAIN)) {
            reason = info.getReason().isEmpty() ? code : info.getReason();
            metadata = Map.copyOf(info.getMetadataMap());
          }
        } else if (detail.is(BadRequest.class)) {
          violations =
              detail.unpack(BadRequest.class).getFieldViolationsList().stream()
                  .map(field -> new FieldViolation(field.getField(), field.getDescription()))
                  .toList();
        } else if (detail.is(RetryInfo.class)) {
          com.google.protobuf.Duration delay = detail.unpack(RetryInfo.class).getRetryDelay();
          retryDelay = Optional.of(Duration.ofSeconds(delay.getSeconds(), delay.getNanos()));
        }
      } catch (InvalidProtocolBufferException broken) {
        // NOTE: the code alone still says what kind of failure it is.
        return Failure.of(code, code, message(error));
      }
    }
    return new Failure(code, reason, message(error), metadata, violations, retryDelay);
  }

  private static List<Any> details(StatusRuntimeException error) {
    try {
      com.google.rpc.Status status = StatusProto.fromThrowable(error);
      return status == null ? List.of() : status.getDetailsList();
    } catch (IllegalArgumentException broken) {
      return List.of();
    }
  }

  private static String message(StatusRuntimeException error) {
    String text = error.getStatus().getDescription();
    return text == null || text.isEmpty() ? "The call failed without a message." : text;
  }
}
