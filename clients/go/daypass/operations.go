package daypass

import (
	"context"
	"strconv"
	"strings"
	"time"

	sessionv1 "daypass.dev/api/session/v1"
	stsv1 "daypass.dev/api/sts/v1"
	tokenv1 "daypass.dev/api/token/v1"
	typesv1 "daypass.dev/api/types/v1"
)

// RoleRequest is a role, and how it is assumed. Only RoleARN is required.
type RoleRequest struct {
	// RoleARN names the role.
	RoleARN string
	// SessionName names the session; one is made of the time where it is empty.
	SessionName string
	// Duration is how long the session is to last; zero for the server's default.
	Duration time.Duration
	// ExternalID is what an owner of the role asks of third parties.
	ExternalID string
	// SerialNumber names a second factor, and TokenCode is what it shows.
	SerialNumber, TokenCode string
	// SourceIdentity sticks to the session and to all that come of it.
	SourceIdentity string
	// Policy narrows the session; IAM JSON.
	Policy string
}

// WebIdentitySource is a role that is assumed by a token in a file, which is read each
// time.
type WebIdentitySource struct {
	// RoleARN names the role.
	RoleARN string
	// TokenFile holds the token.
	TokenFile string
	// SessionName names the session; one is made of the time where it is empty.
	SessionName string
	// Duration is how long the session is to last; zero for the server's default.
	Duration time.Duration
}

// AssumedRole is a new session of a role.
type AssumedRole struct {
	// Credentials sign calls of the session.
	Credentials Credentials
	// ARN and ID name the session.
	ARN, ID string
}

// CallerIdentity is who calls.
type CallerIdentity struct{ UserID, Account, ARN string }

// VerifiedToken is what the server says of a session token that is good.
type VerifiedToken struct {
	// AccessKeyID names the session.
	AccessKeyID string
	// PrincipalARN is whose it is.
	PrincipalARN string
	// AccountID is the account that owns it.
	AccountID string
	// SessionName names the session within its role.
	SessionName string
	// ExpireTime is when it ends.
	ExpireTime time.Time
}

// Revocation is what became of a revocation.
type Revocation struct {
	// Sequence is its number in the log.
	Sequence int64
	// EffectiveEverywhere is whether every worker of the server has applied it.
	EffectiveEverywhere bool
}

// GetCallerIdentity returns who calls.
func (c *Client) GetCallerIdentity(ctx context.Context) (CallerIdentity, error) {
	answer, err := stsv1.NewSecurityTokenServiceClient(c).
		GetCallerIdentity(ctx, &stsv1.GetCallerIdentityRequest{})
	if err != nil {
		return CallerIdentity{}, err
	}
	return CallerIdentity{answer.UserId, answer.Account, answer.Arn}, nil
}

// AssumeRole begins a session of a role.
func (c *Client) AssumeRole(ctx context.Context, role RoleRequest) (AssumedRole, error) {
	answer, err := stsv1.NewSecurityTokenServiceClient(c).AssumeRole(ctx, role.message(c.clock.Now()))
	if err != nil {
		return AssumedRole{}, err
	}
	found, err := issued(answer.Credentials)
	if err != nil {
		return AssumedRole{}, err
	}
	user := answer.GetAssumedRoleUser()
	return AssumedRole{found, user.GetArn(), user.GetAssumedRoleId()}, nil
}

// VerifyToken asks the server whether a session token is good; where it is not, it fails
// with a [TokenRejectedError].
func (c *Client) VerifyToken(ctx context.Context, token string) (VerifiedToken, error) {
	answer, err := tokenv1.NewTokenServiceClient(c).
		VerifyToken(ctx, &tokenv1.VerifyTokenRequest{Token: token})
	if err != nil {
		return VerifiedToken{}, err
	}
	switch outcome := answer.Outcome.(type) {
	case *tokenv1.VerifyTokenResponse_Verified:
		found := outcome.Verified
		return VerifiedToken{
			found.AccessKeyId, found.GetPrincipal().GetArn(), found.GetPrincipal().GetAccountId(),
			found.SessionName, found.GetExpireTime().AsTime(),
		}, nil
	case *tokenv1.VerifyTokenResponse_Exchanged:
		return VerifiedToken{}, &TokenRejectedError{Reason: "not_a_session_token"}
	}
	return VerifiedToken{}, &TokenRejectedError{Reason: rejectionWord(answer.GetRejection().GetReason())}
}

// RevokeSession ends a session.
func (c *Client) RevokeSession(ctx context.Context, accessKeyID, reason string) (Revocation, error) {
	request := &sessionv1.RevokeSessionsRequest{
		Target: &sessionv1.RevokeSessionsRequest_AccessKeyId{AccessKeyId: accessKeyID}, Reason: reason,
	}
	answer, err := sessionv1.NewSessionServiceClient(c).RevokeSessions(ctx, request)
	if err != nil {
		return Revocation{}, err
	}
	return Revocation{answer.Sequence, answer.EffectiveEverywhere}, nil
}

func (r RoleRequest) message(now time.Time) *stsv1.AssumeRoleRequest {
	return &stsv1.AssumeRoleRequest{
		RoleArn:         r.RoleARN,
		RoleSessionName: sessionName(r.SessionName, now),
		DurationSeconds: wholeSeconds(r.Duration),
		ExternalId:      present(r.ExternalID),
		SerialNumber:    present(r.SerialNumber),
		TokenCode:       present(r.TokenCode),
		SourceIdentity:  present(r.SourceIdentity),
		Policy:          present(r.Policy),
	}
}

func sessionName(given string, now time.Time) string {
	if given != "" {
		return given
	}
	return "daypass-" + strconv.FormatInt(now.Unix(), 10)
}

func wholeSeconds(span time.Duration) *int32 {
	if span == 0 {
		return nil
	}
	number := int32(span / time.Second)
	return &number
}

func present(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// issued reads credentials that a server has issued.
func issued(message *typesv1.Credentials) (Credentials, error) {
	found, err := NewCredentials(
		message.GetAccessKeyId(), message.GetSecretAccessKey(), message.GetSessionToken())
	if err != nil || message.GetExpiration() == nil {
		return Credentials{}, unreadable()
	}
	found.Expiration = message.Expiration.AsTime()
	return found, nil
}

func rejectionWord(reason tokenv1.TokenRejection_Reason) string {
	return strings.ToLower(strings.TrimPrefix(reason.String(), "REASON_"))
}
