package verifier

import "time"

// SessionClaims are what a good session token says.
//
// A token names roles and users by unique id: their ARNs only a server knows. That the
// token is good says nothing of who sent it: only a signature does.
type SessionClaims struct {
	// Kind is role, user, federated-user, root-task or delegated.
	Kind string
	// AccountID is the account that owns the session, and AccessKeyID names it.
	AccountID, AccessKeyID string
	// PrincipalID is the unique id of its role or user; for root the account id.
	PrincipalID string
	// SessionName is of a role session or federated user; otherwise empty.
	SessionName string
	// IssueTime and ExpireTime are its begin and end.
	IssueTime, ExpireTime time.Time
	// OriginID is the unique id of whoever began the chain of sessions.
	OriginID string
	// SourceIdentity sticks to the chain; empty for none.
	SourceIdentity string
	// Tags are session tags, and TransitiveTagKeys those of them that pass on.
	Tags              map[string]string
	TransitiveTagKeys []string
	// MFATime is when a second factor was shown; zero for never.
	MFATime time.Time
	// FederatedProvider is whose proof began it, and FederatedKeys what that leaves.
	FederatedProvider string
	FederatedKeys     map[string][]string
	// RingID names the deployment that issued it.
	RingID string
}

// Party is somebody that a token names: the issuer, and what it calls them.
type Party struct{ Issuer, Subject string }

// ExchangedClaims are what a good token says that came of an exchange.
type ExchangedClaims struct {
	// Use is access, id or jwt.
	Use string
	// TokenID is the claim jti.
	TokenID string
	// Subject is the claim sub, and Party the same in two parts.
	Subject string
	Party   Party
	// Audiences are whom it is meant for, and Scopes what it grants.
	Audiences, Scopes []string
	// ClientARN is the user or role that it was issued to, and AccountID its account.
	ClientARN, AccountID string
	// Actors act for the subject, the present one first; only that one counts for access.
	Actors []Party
	// IssueTime and ExpireTime are its begin and end.
	IssueTime, ExpireTime time.Time
	// Issuer is the issuer of the deployment.
	Issuer string
}

// IdentityClaims are what a good identity token says, as GetWebIdentityToken issues them.
type IdentityClaims struct {
	// TokenID is the claim jti.
	TokenID string
	// Issuer is the issuer of the account, and Subject the ARN of the user or role.
	Issuer, Subject string
	// Audiences are whom it is meant for.
	Audiences []string
	// IssueTime and ExpireTime are its begin and end.
	IssueTime, ExpireTime time.Time
	// Facts are what else it says of the principal, and Others claims that are not known.
	Facts, Others map[string]any
}

// View is how fresh what a verifier knows of revocations is.
type View struct {
	// Followed is whether it follows them.
	Followed bool
	// Age is how long ago, at most, they were last read.
	Age time.Duration
}

// Status is how a verifier fares, for a health check or a metric.
type Status struct {
	// KeyIDs are the keys that it has, and IgnoredKeyIDs those that it does not use.
	KeyIDs, IgnoredKeyIDs []string
	// KeySetAge is how old the key set is.
	KeySetAge time.Duration
	// View is how fresh its knowledge of revocations is, and Revocations how many are in
	// force.
	View        View
	Revocations int
	// LastError is what asking last failed with; nil where it has not since it went well.
	LastError error
}
