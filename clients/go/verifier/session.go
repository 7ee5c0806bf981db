package verifier

import (
	"bytes"
	"compress/zlib"
	"io"
	"time"
)

const (
	sessionType = "daypass-session+jwt"
	// What a packed claim may unfold to, as servers have it.
	unpackedBytesMax = 131_072
)

// The longest session of each kind; no token of ours says more.
var sessionLifetimesMax = map[string]time.Duration{
	"role":           12 * time.Hour,
	"user":           36 * time.Hour,
	"federated-user": 36 * time.Hour,
	"root-task":      15 * time.Minute,
	"delegated":      12 * time.Hour,
}

// readSession reads the claims of a session, a closed list, and what a revocation may
// name to end it. What only a server uses is read, so that a token is refused which no
// server would take, and not kept.
func readSession(members claims) (*SessionClaims, *origin, error) {
	version := members.integer("ver")
	logID, sequence := members.textAndInteger("epoch")
	packed, ok := unpack(members)
	found := &SessionClaims{
		Kind:              members.text("kind"),
		AccountID:         members.text("acct"),
		AccessKeyID:       members.text("jti"),
		PrincipalID:       members.text("sub"),
		SessionName:       members.text("name"),
		IssueTime:         members.instant("iat"),
		ExpireTime:        members.instant("exp"),
		OriginID:          members.text("origin"),
		SourceIdentity:    members.textIfAny("srcid"),
		Tags:              packed.tags,
		TransitiveTagKeys: packed.transitive,
		MFATime:           members.instantIfAny("mfa"),
		FederatedProvider: members.textIfAny("idp"),
		FederatedKeys:     members.textLists("fed"),
		RingID:            members.text("iss"),
	}
	members.text("dkid")
	members.instantIfAny("cbeg")
	ancestors, principals := members.texts("anc"), members.texts("ancp")
	lifetime := found.ExpireTime.Sub(found.IssueTime)
	if !ok || !members.ended() || version != 1 || lifetime <= 0 || lifetime > sessionLifetimesMax[found.Kind] {
		return nil, nil, untrusted
	}
	of := &origin{
		logID: logID, sequence: sequence,
		ownName:   name{"session", found.AccessKeyID},
		ancestors: append([]string{found.AccessKeyID}, ancestors...),
		others: []name{
			{"account", found.AccountID}, {"principal", found.PrincipalID}, {"principal", found.OriginID},
		},
	}
	for _, each := range principals {
		// The unique id of a root user is its account.
		of.others = append(of.others, name{"principal", each}, name{"account", each})
	}
	return found, of, nil
}

type packedTags struct {
	tags       map[string]string
	transitive []string
}

// unpack takes policies and tags, packed into one claim, and keeps the tags.
func unpack(members claims) (packedTags, bool) {
	found := packedTags{tags: map[string]string{}}
	if !members.has("packed") {
		return found, true
	}
	packed, ok := decodeBase64([]byte(members.text("packed")))
	if !ok {
		return found, false
	}
	data, ok := inflate(packed)
	if !ok {
		return found, false
	}
	inner, err := readClaims(data)
	if err != nil {
		return found, false
	}
	inner.textIfAny("p")
	inner.texts("a")
	if inner.has("t") {
		for key, value := range inner.object("t") {
			text, isText := value.(string)
			inner.require(isText)
			found.tags[key] = text
		}
	}
	found.transitive = inner.texts("x")
	return found, inner.ended()
}

// inflate unfolds what is packed, whole and with nothing behind it.
func inflate(packed []byte) ([]byte, bool) {
	rest := bytes.NewReader(packed)
	stream, err := zlib.NewReader(rest)
	if err != nil {
		return nil, false
	}
	data, err := io.ReadAll(io.LimitReader(stream, unpackedBytesMax+1))
	if err != nil || len(data) > unpackedBytesMax || rest.Len() > 0 {
		return nil, false
	}
	return data, true
}
