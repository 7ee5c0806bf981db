package verifier

import "time"

const (
	identityType        = "JWT"
	identityFacts       = "https://sts.amazonaws.com/"
	identityLifetimeMax = time.Hour
)

// readIdentity reads the claims of an identity token, and from when on it is good. A
// claim that is not known is passed on, but not one by which tokens of another kind are
// told: those are never taken for identity tokens.
func readIdentity(members claims) (*IdentityClaims, time.Time, error) {
	if members.has("token_use") || members.has("daypass") {
		return nil, time.Time{}, refused("not_an_identity_token")
	}
	begin := members.instantIfAny("nbf")
	found := &IdentityClaims{
		TokenID:    members.text("jti"),
		Issuer:     members.text("iss"),
		Subject:    members.text("sub"),
		Audiences:  members.textOrTexts("aud"),
		IssueTime:  members.instant("iat"),
		ExpireTime: members.instant("exp"),
		Facts:      members.object(identityFacts),
		Others:     members.members,
	}
	lifetime := found.ExpireTime.Sub(found.IssueTime)
	if *members.faults > 0 || lifetime <= 0 || lifetime > identityLifetimeMax {
		return nil, time.Time{}, untrusted
	}
	if found.IssueTime.After(begin) {
		begin = found.IssueTime
	}
	return found, begin, nil
}
