package verifier

import (
	"strings"
	"time"
)

const (
	exchangedLifetimeMax = 12 * time.Hour
	// Those who act for a subject, one behind the other, as servers have it.
	actorsMax = 4
)

// The media type that a token says it is, by what it is good for.
var exchangedTypes = map[string]string{"access": "at+jwt", "id": "JWT", "jwt": "JWT"}

// readExchanged reads the claims of a token that came of an exchange, a closed list, and
// what a revocation may name to end it.
//
// SPEC: RFC 8693 section 4; RFC 9068 section 2.2; RFC 9493 section 3.2.3.
func readExchanged(members claims, tokenType string) (*ExchangedClaims, *origin, error) {
	own := members.inner("daypass")
	version := own.integer("ver")
	logID, sequence := own.textAndInteger("epoch")
	client := own.text("client")
	own.text("ring")
	named := members.inner("sub_id")
	format := named.text("format")
	found := &ExchangedClaims{
		Use:        members.text("token_use"),
		TokenID:    members.text("jti"),
		Subject:    members.text("sub"),
		Party:      Party{named.text("iss"), named.text("sub")},
		Audiences:  members.textOrTexts("aud"),
		ClientARN:  members.text("client_id"),
		AccountID:  own.text("acct"),
		IssueTime:  members.instant("iat"),
		ExpireTime: members.instant("exp"),
		Issuer:     members.text("iss"),
	}
	if members.has("scope") {
		found.Scopes = strings.Split(members.text("scope"), " ")
		for _, scope := range found.Scopes {
			members.require(scope != "")
		}
	}
	found.Actors = readActors(members, actorsMax)
	ancestors, principals := own.texts("lin"), own.texts("prn")
	lifetime := found.ExpireTime.Sub(found.IssueTime)
	switch {
	case version != 1 || format != "iss_sub" || exchangedTypes[found.Use] != tokenType,
		found.Subject != found.Party.Issuer+"#"+found.Party.Subject,
		!own.ended() || !named.ended() || !members.ended(),
		lifetime <= 0 || lifetime > exchangedLifetimeMax:
		return nil, nil, untrusted
	}
	of := &origin{
		logID: logID, sequence: sequence, ancestors: ancestors,
		others: []name{{"token", found.TokenID}, {"account", found.AccountID}, {"principal", client}},
	}
	for _, each := range principals {
		// The unique id of a root user is its account.
		of.others = append(of.others, name{"principal", each}, name{"account", each})
	}
	return found, of, nil
}

func readActors(members claims, most int) []Party {
	if !members.has("act") {
		return nil
	}
	members.require(most > 0)
	if most == 0 {
		return nil
	}
	act := members.inner("act")
	actor := Party{act.text("iss"), act.text("sub")}
	before := readActors(act, most-1)
	act.require(len(act.members) == 0)
	return append([]Party{actor}, before...)
}
