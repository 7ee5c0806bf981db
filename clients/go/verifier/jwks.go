package verifier

import (
	"regexp"
	"strconv"
	"time"
)

var maxAgeForm = regexp.MustCompile(`(?:^|,)\s*max-age=([0-9]{1,9})\s*(?:,|$)`)

// What only a private or a symmetric key has: a set that shows one is not to be used.
var secretMembers = []string{"d", "p", "q", "dp", "dq", "qi", "oth", "k"}

// parseKeySet reads a JSON Web Key Set. Keys of other algorithms are left to who uses
// them.
//
// SPEC: RFC 7517 sections 4 and 5; RFC 9111 section 5.2.2.1.
func parseKeySet(data []byte, cacheControl string) (keySet, error) {
	document, err := loadsObject(data)
	if err != nil {
		return keySet{}, errKeySet
	}
	entries, isList := document["keys"].([]any)
	if !isList {
		return keySet{}, errKeySet
	}
	found := keySet{maxAge: kept(cacheControl)}
	for _, each := range entries {
		key, err := parseKey(each)
		if err != nil {
			return keySet{}, err
		}
		found.keys = append(found.keys, key)
	}
	return found, nil
}

// kept returns how long a key set may be kept, within our bounds.
func kept(cacheControl string) time.Duration {
	form := maxAgeForm.FindStringSubmatch(cacheControl)
	if form == nil {
		return keySetKept
	}
	number, err := strconv.Atoi(form[1])
	if err != nil {
		return keySetKept
	}
	return clamp(time.Duration(number) * time.Second)
}

func parseKey(value any) (publicKey, error) {
	members, isObject := value.(object)
	if !isObject {
		return publicKey{}, errKeySet
	}
	for _, name := range secretMembers {
		if _, shown := members[name]; shown {
			return publicKey{}, errKeySet
		}
	}
	key := publicKey{}
	for name, place := range map[string]*string{
		"kid": &key.kid, "kty": &key.kty, "alg": &key.alg, "use": &key.use, "crv": &key.crv,
		"x": &key.x, "y": &key.y, "n": &key.n, "e": &key.e,
	} {
		if member, given := members[name]; given {
			text, isText := member.(string)
			if !isText {
				return publicKey{}, errKeySet
			}
			*place = text
		}
	}
	operations, given := members["key_ops"]
	if !given {
		return key, nil
	}
	list, isList := operations.([]any)
	if !isList {
		return publicKey{}, errKeySet
	}
	for _, operation := range list {
		if operation == "verify" {
			return key, nil
		}
	}
	// It stays in the set, as a key that nothing is verified with.
	key.use = ""
	return key, nil
}
