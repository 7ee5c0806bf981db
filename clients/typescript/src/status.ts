import { fromBinary } from "@bufbuild/protobuf";
import { anyUnpack } from "@bufbuild/protobuf/wkt";
import { type ServiceError, status } from "@grpc/grpc-js";
import {
  BadRequestSchema,
  ErrorInfoSchema,
  RetryInfoSchema,
} from "./api/google/rpc/error_details_pb.js";
import { StatusSchema } from "./api/google/rpc/status_pb.js";
import {
  AccessDeniedError,
  type CallError,
  type Failure,
  failureOf,
  InvalidRequestError,
  NotFoundError,
  RejectedError,
  ThrottledError,
  UnauthenticatedError,
  UnavailableError,
} from "./errors.js";

const ERROR_DOMAIN = "sts.daypass.dev";

// Codes without a row are of the service's or the network's making.
const KINDS: Readonly<Record<string, typeof CallError>> = {
  UNAUTHENTICATED: UnauthenticatedError,
  PERMISSION_DENIED: AccessDeniedError,
  INVALID_ARGUMENT: InvalidRequestError,
  OUT_OF_RANGE: InvalidRequestError,
  NOT_FOUND: NotFoundError,
  ALREADY_EXISTS: RejectedError,
  FAILED_PRECONDITION: RejectedError,
  UNIMPLEMENTED: RejectedError,
  RESOURCE_EXHAUSTED: ThrottledError,
};

/** What to do next, by reason, or else by canonical code. */
export const HINTS: Readonly<Record<string, string>> = {
  MissingAuthenticationToken:
    "Name a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
  IncompleteSignature:
    "Check that client and server are of one version, and that no proxy drops metadata.",
  InvalidClientTokenId:
    "Get new credentials: these are revoked, incomplete or of another endpoint.",
  SignatureDoesNotMatch: "Check the secret access key, the region, and the clock of this machine.",
  ExpiredToken: "Get new credentials: these have ended.",
  AccessDenied: "Ask whoever manages the permissions, and give them the decision or request id.",
  ValidationError: "Correct the parameters that the message names.",
  ResourceNotFound: "Check the name; what has ended is not found either.",
  InternalFailure: "Give the request id to the operator of the server.",
  UNIMPLEMENTED: "Check that the endpoint is the gRPC port of a Daypass server.",
  RESOURCE_EXHAUSTED: "Wait, then ask again.",
  DEADLINE_EXCEEDED: "Ask again, or allow more time.",
  UNAVAILABLE: "Check that the server runs there, then ask again.",
};

/** Returns the error for a failed call, which went to a target. */
export function callError(error: ServiceError, target: string): CallError {
  const failure = failureOfCall(error);
  if (isTooLarge(failure)) {
    return new InvalidRequestError(
      failure,
      "Send less: a shorter policy, fewer tags, or a smaller batch.",
    );
  }
  let hint = HINTS[failure.reason] ?? HINTS[failure.code] ?? "";
  if (failure.retryDelayMs !== undefined) {
    hint = `Ask again in ${failure.retryDelayMs / 1_000} s.`;
  } else if (failure.code === "UNAVAILABLE") {
    hint = `The endpoint is ${target}. ${hint}`;
  }
  return new (KINDS[failure.code] ?? UnavailableError)(failure, hint);
}

/** Returns the error of an answer that is not the message it should be. */
export function unreadable(): UnavailableError {
  return new UnavailableError(
    failureOf("INTERNAL", "INTERNAL", "The answer of the server cannot be read"),
    HINTS.UNIMPLEMENTED,
  );
}

/** Tells whether a failure means that the credentials are no longer good. */
export function isSpent(error: unknown): boolean {
  return (
    error instanceof UnauthenticatedError &&
    (error.reason === "InvalidClientTokenId" || error.reason === "ExpiredToken")
  );
}

function failureOfCall(error: ServiceError): Failure {
  const code = status[error.code] ?? "UNKNOWN";
  let found = failureOf(code, code, error.details || "The call failed without a message");
  for (const detail of detailsOf(error)) {
    const info = anyUnpack(detail, ErrorInfoSchema);
    const fields = anyUnpack(detail, BadRequestSchema);
    const retry = anyUnpack(detail, RetryInfoSchema);
    if (info !== undefined && info.domain === ERROR_DOMAIN) {
      found = {
        ...found,
        reason: info.reason || code,
        requestId: info.metadata.request_id ?? "",
        decisionId: info.metadata.decision_id ?? "",
        signAnew: info.metadata.sign_anew === "true",
      };
    } else if (fields !== undefined) {
      const violations = fields.fieldViolations.map(({ field, description }) => ({
        field,
        description,
      }));
      found = { ...found, violations };
    } else if (retry?.retryDelay !== undefined) {
      const { seconds, nanos } = retry.retryDelay;
      found = { ...found, retryDelayMs: Number(seconds) * 1_000 + nanos / 1_000_000 };
    }
  }
  return found;
}

function detailsOf(error: ServiceError) {
  const [data] = error.metadata?.get("grpc-status-details-bin") ?? [];
  if (!Buffer.isBuffer(data)) return [];
  try {
    return fromBinary(StatusSchema, data).details;
  } catch {
    // They are broken; the code alone still says what kind of failure it is.
    return [];
  }
}

/**
 * Tells whether gRPC itself has refused a message or metadata for its size.
 *
 * NOTE: gRPC says so in its message only. Where another version words it otherwise, the
 * failure counts as throttling, which is not repeated without a time to come back.
 */
function isTooLarge(failure: Failure): boolean {
  return (
    failure.code === "RESOURCE_EXHAUSTED" &&
    failure.reason === "RESOURCE_EXHAUSTED" &&
    /larger than max|size larger than|metadata size exceeds/.test(failure.message)
  );
}
