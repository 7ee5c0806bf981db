package verifier

import (
	"crypto/sha256"
	"errors"
	"time"

	"daypass.dev/daypass"
)

const (
	// Longer text is refused before anything reads it.
	tokenCharactersMax         = 8_192
	identityTokenCharactersMax = 24_576
	// Tokens whose signature is remembered, of each kind; a few KiB each.
	rememberedMax = 16_384
)

// seen is a token that a key has vouched for.
type seen struct {
	key        *verifyingKey
	origin     *origin
	begin, end time.Time
	issuer     string
	audiences  []string
	claims     any
}

// judge judges tokens by what is known. It makes no call and waits for nothing.
// Signature, kind and claims of a token are looked at once and remembered by a digest of
// every byte of it; times, the life of its key, revocations and freshness every time.
//
// SPEC: design 6; RFC 8725.
type judge struct {
	keys *keyRing
	// revocations are nil where they are not followed.
	revocations *revocations
	unsafe      bool
	clock       daypass.Clock
	tolerance   time.Duration
	ringID      string

	sessions, exchanged, identities *memory
}

// parties are who a token must be of, and for.
type parties struct{ issuer, audience string }

// read parses a token of one kind and remembers it.
func (j *judge) read(
	token string, most int, kept *memory, vouch func(unverified) (*seen, error),
) (*seen, error) {
	if len(token) > most {
		return nil, malformed
	}
	data := []byte(token)
	digest := sha256.Sum256(data)
	if found := kept.get(digest); found != nil {
		return found, nil
	}
	parsed, err := parse(data)
	if err != nil {
		return nil, err
	}
	found, err := vouch(parsed)
	if err == nil {
		kept.put(digest, found)
	}
	return found, err
}

func (j *judge) session(token string) (*SessionClaims, View, error) {
	found, err := j.read(token, tokenCharactersMax, j.sessions, j.readSession)
	if err != nil {
		return nil, View{}, told(err)
	}
	view, err := j.inForce(found, nil)
	return found.claims.(*SessionClaims), view, told(err)
}

func (j *judge) exchangedToken(token string, of parties) (*ExchangedClaims, View, error) {
	found, err := j.read(token, tokenCharactersMax, j.exchanged, j.readExchanged)
	if err != nil {
		return nil, View{}, told(err)
	}
	view, err := j.inForce(found, &of)
	return found.claims.(*ExchangedClaims), view, told(err)
}

func (j *judge) identity(token string, of parties) (*IdentityClaims, View, error) {
	found, err := j.read(token, identityTokenCharactersMax, j.identities, j.readIdentity)
	if err != nil {
		return nil, View{}, told(err)
	}
	view, err := j.inForce(found, &of)
	return found.claims.(*IdentityClaims), view, told(err)
}

func (j *judge) readSession(token unverified) (*seen, error) {
	if token.tokenType != sessionType {
		return nil, refused("not_a_session_token")
	}
	key, members, err := j.vouched(token)
	if err != nil {
		return nil, err
	}
	found, of, err := readSession(members)
	if err != nil {
		return nil, err
	}
	if j.ringID != "" && found.RingID != j.ringID {
		return nil, untrusted
	}
	return &seen{key: key, origin: of, begin: found.IssueTime, end: found.ExpireTime, claims: found}, nil
}

func (j *judge) readExchanged(token unverified) (*seen, error) {
	if token.tokenType != "at+jwt" && token.tokenType != "JWT" {
		return nil, refused("not_an_exchanged_token")
	}
	key, members, err := j.vouched(token)
	if err != nil {
		return nil, err
	}
	if !members.has("token_use") {
		return nil, refused("not_an_exchanged_token")
	}
	found, of, err := readExchanged(members, token.tokenType)
	if err != nil {
		return nil, err
	}
	return &seen{
		key: key, origin: of, begin: found.IssueTime, end: found.ExpireTime,
		issuer: found.Issuer, audiences: found.Audiences, claims: found,
	}, nil
}

func (j *judge) readIdentity(token unverified) (*seen, error) {
	if token.tokenType != identityType {
		return nil, refused("not_an_identity_token")
	}
	key, members, err := j.vouched(token)
	if err != nil {
		return nil, err
	}
	found, begin, err := readIdentity(members)
	if err != nil {
		return nil, err
	}
	return &seen{
		key: key, begin: begin, end: found.ExpireTime,
		issuer: found.Issuer, audiences: found.Audiences, claims: found,
	}, nil
}

// vouched returns the key of a token and its claims, once it has vouched for the bytes.
func (j *judge) vouched(token unverified) (*verifyingKey, claims, error) {
	if err := j.keys.check(daypass.BootTime()); err != nil {
		return nil, claims{}, err
	}
	key := j.keys.get(token.kid)
	if key == nil || j.isRevoked(key) {
		return nil, claims{}, unknownKey
	}
	if key.algorithm != token.algorithm || !key.verifies(token.signature, token.signingInput) {
		return nil, claims{}, untrusted
	}
	members, err := readClaims(token.payload)
	return key, members, err
}

// inForce looks at what may change, and says how fresh that is.
func (j *judge) inForce(found *seen, of *parties) (View, error) {
	if of != nil && found.issuer != of.issuer {
		return View{}, refused("wrong_issuer")
	}
	if of != nil && !contains(found.audiences, of.audience) {
		return View{}, refused("wrong_audience")
	}
	now := daypass.BootTime()
	if err := j.keys.check(now); err != nil {
		return View{}, err
	}
	if j.keys.get(found.key.kid) != found.key {
		return View{}, unknownKey
	}
	time := j.clock.Now()
	if !found.end.After(time) {
		return View{}, refused("expired")
	}
	if found.begin.After(time.Add(j.tolerance)) {
		return View{}, refused("not_yet_valid")
	}
	if j.revocations == nil {
		if found.origin != nil && !j.unsafe {
			return View{}, &daypass.CannotVouchError{
				Reason:  "revocations_not_followed",
				Message: "This verifier does not follow revocations, and the token may be revoked.",
				Hint:    "Give the verifier a client, or ask VerifyToken.",
			}
		}
		return View{}, nil
	}
	age, err := j.revocations.age(now)
	if err != nil {
		return View{}, err
	}
	if j.isRevoked(found.key) {
		return View{}, unknownKey
	}
	if found.origin != nil {
		if err := j.revocations.check(found.origin); err != nil {
			return View{}, err
		}
	}
	return View{Followed: true, Age: age}, nil
}

func (j *judge) isRevoked(key *verifyingKey) bool {
	return j.revocations != nil && j.revocations.isRevokedKey(key.kid)
}

// told turns a refusal into the error that callers see.
func told(err error) error {
	var reason refused
	if errors.As(err, &reason) {
		return &daypass.TokenRejectedError{Reason: string(reason)}
	}
	return err
}

func contains(texts []string, text string) bool {
	for _, each := range texts {
		if each == text {
			return true
		}
	}
	return false
}
