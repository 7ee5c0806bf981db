package daypass

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/genproto/googleapis/rpc/errdetails"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

const errorDomain = "sts.daypass.dev"

// Codes without a row are of the service's or the network's making.
var kinds = map[codes.Code]error{
	codes.Unauthenticated:    ErrUnauthenticated,
	codes.PermissionDenied:   ErrAccessDenied,
	codes.InvalidArgument:    ErrInvalidRequest,
	codes.OutOfRange:         ErrInvalidRequest,
	codes.NotFound:           ErrNotFound,
	codes.AlreadyExists:      ErrRejected,
	codes.FailedPrecondition: ErrRejected,
	codes.Unimplemented:      ErrRejected,
	codes.ResourceExhausted:  ErrThrottled,
}

// What to do next, by reason, or else by canonical code.
var hints = map[string]string{
	"MissingAuthenticationToken": "Name a profile (AWS_PROFILE), or set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.",
	"IncompleteSignature":        "Check that client and server are of one version, and that no proxy drops metadata.",
	"InvalidClientTokenId":       "Get new credentials: these are revoked, incomplete or of another endpoint.",
	"SignatureDoesNotMatch":      "Check the secret access key, the region, and the clock of this machine.",
	"ExpiredToken":               "Get new credentials: these have ended.",
	"AccessDenied":               "Ask whoever manages the permissions, and give them the decision or request id.",
	"ValidationError":            "Correct the parameters that the message names.",
	"ResourceNotFound":           "Check the name; what has ended is not found either.",
	"InternalFailure":            "Give the request id to the operator of the server.",
	"UNIMPLEMENTED":              "Check that the endpoint is the gRPC port of a Daypass server.",
	"RESOURCE_EXHAUSTED":         "Wait, then ask again.",
	"DEADLINE_EXCEEDED":          "Ask again, or allow more time.",
	"UNAVAILABLE":                "Check that the server runs there, then ask again.",
}

var codeNames = [...]string{
	"OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND",
	"ALREADY_EXISTS", "PERMISSION_DENIED", "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION",
	"ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
	"UNAUTHENTICATED",
}

// CodeName returns a canonical code as its specification spells it.
func CodeName(code codes.Code) string {
	if int(code) < len(codeNames) {
		return codeNames[code]
	}
	return "UNKNOWN"
}

// callError returns what a failed call told of itself.
func callError(ctx context.Context, err error, target string) *CallError {
	told := status.Convert(err)
	found := &CallError{
		Kind:    kinds[told.Code()],
		Code:    told.Code(),
		Reason:  CodeName(told.Code()),
		Message: told.Message(),
		cause:   callerEnded(ctx, told.Code()),
	}
	if found.Kind == nil {
		found.Kind = ErrUnavailable
	}
	if found.Message == "" {
		found.Message = "The call failed without a message"
	}
	readDetails(found, told)
	if isTooLarge(found) {
		found.Kind = ErrInvalidRequest
		found.Hint = "Send less: a shorter policy, fewer tags, or a smaller batch."
		return found
	}
	found.Hint = hints[found.Reason]
	if found.Hint == "" {
		found.Hint = hints[CodeName(found.Code)]
	}
	switch {
	case found.RetryDelay != nil:
		found.Hint = fmt.Sprintf("Ask again in %g s.", found.RetryDelay.Seconds())
	case found.Code == codes.Unavailable:
		found.Hint = fmt.Sprintf("The endpoint is %s. %s", target, found.Hint)
	}
	return found
}

// callerEnded returns the error of the caller's context, so that [errors.Is] finds it.
func callerEnded(ctx context.Context, code codes.Code) error {
	err := ctx.Err()
	if errors.Is(err, context.Canceled) && code == codes.Canceled {
		return err
	}
	if code == codes.DeadlineExceeded {
		return context.DeadlineExceeded
	}
	return nil
}

func readDetails(found *CallError, told *status.Status) {
	for _, detail := range told.Details() {
		switch detail := detail.(type) {
		case *errdetails.ErrorInfo:
			if detail.Domain != errorDomain {
				continue
			}
			if detail.Reason != "" {
				found.Reason = detail.Reason
			}
			found.RequestID = detail.Metadata["request_id"]
			found.DecisionID = detail.Metadata["decision_id"]
			found.signAnew = detail.Metadata["sign_anew"] == "true"
		case *errdetails.BadRequest:
			for _, field := range detail.FieldViolations {
				found.Violations = append(found.Violations,
					FieldViolation{field.Field, field.Description})
			}
		case *errdetails.RetryInfo:
			delay := detail.RetryDelay.AsDuration()
			found.RetryDelay = &delay
		}
	}
}

// isTooLarge tells whether gRPC itself has refused a message or metadata for its size.
//
// NOTE: gRPC says so in its message only. Where another version words it otherwise,
// the failure counts as throttling, which is not repeated without a time to come back.
func isTooLarge(found *CallError) bool {
	return found.Code == codes.ResourceExhausted && found.Reason == "RESOURCE_EXHAUSTED" &&
		(strings.Contains(found.Message, "larger than max") ||
			strings.Contains(found.Message, "metadata size exceeds"))
}

// unreadable returns the error of an answer that is not the message it should be.
func unreadable() *CallError {
	return &CallError{
		Kind: ErrUnavailable, Code: codes.Internal, Reason: "INTERNAL",
		Message: "The answer of the server cannot be read",
		Hint:    hints["UNIMPLEMENTED"],
	}
}

// unavailable returns the error of something that is no call, and may work later.
func unavailable(reason, message, hint string) *CallError {
	return &CallError{
		Kind: ErrUnavailable, Code: codes.Unavailable, Reason: reason, Message: message, Hint: hint,
	}
}

// isSpent tells whether a failure means that the credentials are no longer good.
func isSpent(err error) bool {
	var failed *CallError
	return errors.As(err, &failed) && failed.Kind == ErrUnauthenticated &&
		(failed.Reason == "InvalidClientTokenId" || failed.Reason == "ExpiredToken")
}

func seconds(number float64) time.Duration {
	return time.Duration(number * float64(time.Second))
}
