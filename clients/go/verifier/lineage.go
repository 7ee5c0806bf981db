package verifier

import (
	"encoding/base32"
	"fmt"
	"math/big"
	"regexp"
)

// name is the scope of a revocation and the subject that it names.
type name struct{ scope, subject string }

var accessKeyForm = regexp.MustCompile(`^[A-Z0-9]{4}[A-Z2-7]{16}$`)

// origin is where in the log a token was issued, and what ends it.
type origin struct {
	// logID is the log of its time, and sequence how far that had been read.
	logID    string
	sequence int64
	// ownName ends it whatever its place in the log; the zero name for none.
	ownName name
	// ancestors are the ids of the sessions and tokens that it came of; each ends it
	// behind its place, as does its account.
	ancestors []string
	// others are what else ends it behind its place.
	others []name
}

// names returns what ends the token where it was revoked behind its place.
func (o origin) names() []name {
	found := append([]name(nil), o.others...)
	for _, ancestor := range o.ancestors {
		found = append(found, name{"session", ancestor})
		if account, ok := accountOf(ancestor); ok {
			found = append(found, name{"account", account})
		} else {
			// What is no access key id is the id of a token.
			found = append(found, name{"token", ancestor})
		}
	}
	return found
}

// accountOf returns the account that an access key id carries: behind a set bit, 40 bits
// of account and 39 of chance.
func accountOf(accessKeyID string) (string, bool) {
	if !accessKeyForm.MatchString(accessKeyID) {
		return "", false
	}
	data, err := base32.StdEncoding.DecodeString(accessKeyID[4:])
	if err != nil {
		return "", false
	}
	number := new(big.Int).SetBytes(data)
	account := new(big.Int).And(new(big.Int).Rsh(number, 39), big.NewInt(1<<40-1)).Int64()
	if number.Bit(79) == 0 || account > 999_999_999_999 {
		return "", false
	}
	return fmt.Sprintf("%012d", account), true
}
