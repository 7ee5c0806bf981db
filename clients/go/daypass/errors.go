package daypass

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
)

// What a failed call was, for [errors.Is]. Those from [ErrUnauthenticated] to
// [ErrNotFound] are [ErrRejected] too, and [ErrThrottled] is [ErrUnavailable] too.
var (
	// ErrRejected is a request that is wrong, or is refused. Repeating it does not help.
	ErrRejected = errors.New("rejected")
	// ErrUnauthenticated is a proof that is missing, malformed, expired or wrong.
	ErrUnauthenticated = errors.New("unauthenticated")
	// ErrAccessDenied is a caller who is known, and an answer that is no.
	ErrAccessDenied = errors.New("access denied")
	// ErrInvalidRequest is a parameter that is wrong.
	ErrInvalidRequest = errors.New("invalid request")
	// ErrNotFound is a thing that is not there, or has ended.
	ErrNotFound = errors.New("not found")
	// ErrUnavailable is a service, or a way to it, that failed. Asking later may help.
	ErrUnavailable = errors.New("unavailable")
	// ErrThrottled is too many calls at once.
	ErrThrottled = errors.New("throttled")
)

// FieldViolation is one breach of a constraint.
type FieldViolation struct {
	// Field is the field of the request.
	Field string
	// Description is what is wrong with it.
	Description string
}

// CallError is a call that failed, and what it told of itself.
type CallError struct {
	// Kind is one of the errors of this package: see [ErrRejected].
	Kind error
	// Code is the canonical code.
	Code codes.Code
	// Reason is the AWS code, such as AccessDenied, or else the canonical code.
	Reason string
	// Message is for people, and may change.
	Message string
	// Hint is what to do next; it may be empty.
	Hint string
	// RequestID is what the operator finds the call by; empty where it never arrived.
	RequestID string
	// DecisionID names the decision behind a denial; otherwise empty.
	DecisionID string
	// Violations are the fields at fault.
	Violations []FieldViolation
	// RetryDelay is how long to wait before asking again; nil where nobody said.
	RetryDelay *time.Duration

	// signAnew says that the call has been answered before, and is to be signed anew.
	signAnew bool
	cause    error
}

// Error says reason, message, ids and what to do next, in one line.
func (e *CallError) Error() string {
	var ids []string
	if e.RequestID != "" {
		ids = append(ids, "request "+e.RequestID)
	}
	if e.DecisionID != "" {
		ids = append(ids, "decision "+e.DecisionID)
	}
	message := strings.TrimSuffix(e.Message, ".")
	if len(ids) > 0 {
		message += " (" + strings.Join(ids, ", ") + ")"
	}
	return strings.TrimRight(fmt.Sprintf("%s: %s. %s", e.Reason, message, e.Hint), " ")
}

// Is tells whether the failure is of a kind.
func (e *CallError) Is(target error) bool {
	switch {
	case target == e.Kind:
		return true
	case target == ErrUnavailable:
		return e.Kind == ErrThrottled
	case target == ErrRejected:
		return e.Kind != ErrThrottled && e.Kind != ErrUnavailable
	}
	return false
}

// Unwrap returns the error of the caller's context, where that ended the call.
func (e *CallError) Unwrap() error { return e.cause }

// GRPCStatus returns the failure as gRPC has it, without details.
func (e *CallError) GRPCStatus() *status.Status { return status.New(e.Code, e.Error()) }

// ConfigurationError is a setting, a profile or a credential that is missing or
// malformed. No call was made.
type ConfigurationError struct {
	// Message is what went wrong, and shows no value that may be secret.
	Message string
	// Hint is what to do next; it may be empty.
	Hint string
	// File is the file at fault; it may be empty.
	File string
	// Line is the line of that file, from 1; 0 for none.
	Line int
}

// Error begins with file and line where there are any.
func (e *ConfigurationError) Error() string {
	place := ""
	if e.File != "" && e.Line > 0 {
		place = fmt.Sprintf("%s:%d: ", e.File, e.Line)
	} else if e.File != "" {
		place = e.File + ": "
	}
	return strings.TrimRight(place+e.Message+" "+e.Hint, " ")
}

// TokenRejectedError is a token that was shown and is not good. It says nothing
// against the caller.
type TokenRejectedError struct {
	// Reason is a word of clients/README.md, such as expired or revoked, or one of a
	// newer server.
	Reason string
}

// Error says why the token is not good.
func (e *TokenRejectedError) Error() string { return "the token is not good: " + e.Reason }

// CannotVouchError is a verifier that does not know enough to say anything.
type CannotVouchError struct {
	// Reason is keys_unknown, keys_stale, revocations_unknown, revocations_stale,
	// revocations_behind or revocations_not_followed.
	Reason string
	// Message is for people.
	Message string
	// Hint is what to do next; it may be empty.
	Hint string
}

// Error says what is not known, and what to do next.
func (e *CannotVouchError) Error() string {
	return strings.TrimRight(e.Message+" "+e.Hint, " ")
}
