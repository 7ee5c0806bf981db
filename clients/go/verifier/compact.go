package verifier

import (
	"bytes"
	"encoding/base64"
)

// refused is why a token is not good: the reason of a daypass.TokenRejectedError.
type refused string

func (r refused) Error() string { return string(r) }

const (
	malformed  refused = "malformed"
	untrusted  refused = "untrusted"
	unknownKey refused = "unknown_key"
)

// unverified is a token in the right form, of which nothing is known to be true.
type unverified struct {
	algorithm, kid, tokenType string
	payload, signature        []byte
	signingInput              []byte
}

// parse takes a token apart without believing any of it. There is one form: three parts,
// one spelling, a header of three members.
//
// SPEC: RFC 7515 sections 3.1, 4.1 and 7.1; RFC 8725, narrowed.
func parse(token []byte) (unverified, error) {
	parts := bytes.Split(token, []byte("."))
	if len(parts) != 3 {
		return unverified{}, malformed
	}
	var decoded [3][]byte
	for place, part := range parts {
		data, ok := decodeBase64(part)
		if !ok || len(part) == 0 {
			return unverified{}, malformed
		}
		decoded[place] = data
	}
	header, err := loadsObject(decoded[0])
	if err != nil || len(header) != 3 {
		return unverified{}, malformed
	}
	algorithm, hasAlgorithm := header["alg"].(string)
	kid, hasKid := header["kid"].(string)
	tokenType, hasType := header["typ"].(string)
	if !hasAlgorithm || !hasKid || !hasType {
		return unverified{}, malformed
	}
	return unverified{
		algorithm, kid, tokenType, decoded[1], decoded[2], token[:len(token)-len(parts[2])-1],
	}, nil
}

// decodeBase64 decodes base64url without padding, in which every value has one spelling:
// the library passes over line ends, and they are no part of it.
func decodeBase64(text []byte) ([]byte, bool) {
	if bytes.ContainsAny(text, "\r\n") {
		return nil, false
	}
	data, err := base64.RawURLEncoding.Strict().DecodeString(string(text))
	return data, err == nil
}
