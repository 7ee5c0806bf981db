/** The base of all errors of this package. */
export class DaypassError extends Error {
  /** What to do next; may be empty. */
  readonly hint: string;

  constructor(message: string, hint = "") {
    super(`${message} ${hint}`.trimEnd());
    this.name = new.target.name;
    this.hint = hint;
  }
}

/** A setting, a profile or a credential is missing or malformed. No call was made. */
export class ConfigurationError extends DaypassError {
  readonly file: string | undefined;
  /** The line of the file, from 1. */
  readonly line: number | undefined;

  constructor(message: string, hint = "", file?: string, line?: number) {
    const place = file === undefined ? "" : line === undefined ? `${file}: ` : `${file}:${line}: `;
    super(place + message, hint);
    this.file = file;
    this.line = line;
  }
}

/** A token that was shown is not good; that says nothing against the caller. */
export class TokenRejectedError extends DaypassError {
  /** A word of clients/README.md, such as `expired` or `revoked`. */
  readonly reason: string;

  constructor(reason: string) {
    super(`The token is not good: ${reason}.`);
    this.reason = reason;
  }
}

/** A verifier does not know enough to say anything. */
export class CannotVouchError extends DaypassError {
  /** `keys_…` or `revocations_…`, as clients/README.md has them. */
  readonly reason: string;

  constructor(reason: string, message: string, hint = "") {
    super(message, hint);
    this.reason = reason;
  }
}

/** One breach of a constraint: the field of the request, and what is wrong with it. */
export interface FieldViolation {
  readonly field: string;
  readonly description: string;
}

/** What a failed call told of itself. */
export interface Failure {
  /** The canonical code, such as `PERMISSION_DENIED`. */
  readonly code: string;
  /** The AWS code, such as `AccessDenied`, or else the canonical code. */
  readonly reason: string;
  /** For people; it may change. */
  readonly message: string;
  /** What the operator finds the call by; empty where it never arrived. */
  readonly requestId: string;
  /** What names the decision behind a denial; otherwise empty. */
  readonly decisionId: string;
  readonly violations: readonly FieldViolation[];
  /** How long to wait before asking again; undefined where nobody said. */
  readonly retryDelayMs: number | undefined;
  /** Whether the call has been answered before, and is to be signed anew. */
  readonly signAnew: boolean;
}

/** A call failed. */
export class CallError extends DaypassError implements Omit<Failure, "message"> {
  readonly code: string;
  readonly reason: string;
  readonly requestId: string;
  readonly decisionId: string;
  readonly violations: readonly FieldViolation[];
  readonly retryDelayMs: number | undefined;
  readonly signAnew: boolean;

  constructor(failure: Failure, hint = "") {
    const ids = [
      failure.requestId && `request ${failure.requestId}`,
      failure.decisionId && `decision ${failure.decisionId}`,
    ].filter(Boolean);
    const told = failure.message.replace(/\.$/, "") + (ids.length ? ` (${ids.join(", ")})` : "");
    super(`${failure.reason}: ${told}.`, hint);
    this.code = failure.code;
    this.reason = failure.reason;
    this.requestId = failure.requestId;
    this.decisionId = failure.decisionId;
    this.violations = failure.violations;
    this.retryDelayMs = failure.retryDelayMs;
    this.signAnew = failure.signAnew;
  }
}

/** The request is wrong, or is refused. Repeating it does not help. */
export class RejectedError extends CallError {}
/** The proof of who is calling is missing, malformed, expired or wrong. */
export class UnauthenticatedError extends RejectedError {}
/** The caller is known, and the answer is no. */
export class AccessDeniedError extends RejectedError {}
/** A parameter is wrong; `violations` says which. */
export class InvalidRequestError extends RejectedError {}
/** There is no such thing, or it has ended. */
export class NotFoundError extends RejectedError {}
/** The service, or the way to it, failed. Asking again later may help. */
export class UnavailableError extends CallError {}
/** Too many calls at once; `retryDelayMs` says when to come back. */
export class ThrottledError extends UnavailableError {}

/** Returns a failure that is of no call, or of none that told more. */
export function failureOf(code: string, reason: string, message: string): Failure {
  return {
    code,
    reason,
    message,
    requestId: "",
    decisionId: "",
    violations: [],
    retryDelayMs: undefined,
    signAnew: false,
  };
}
