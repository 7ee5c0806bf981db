package daypass

import (
	"crypto/subtle"
	"io"

	"fmt"
)

// Redacted is what stands where a secret would be printed.
const Redacted = "<redacted>"

// Secret is text that does not print, is not encoded, and cannot be the key of a map.
// The zero value holds nothing.
type Secret struct {
	// A function, and not a string: where a Secret is in an unexported field, fmt
	// prints its parts without asking it.
	reveal func() string
}

// NewSecret returns a secret.
func NewSecret(text string) Secret { return Secret{func() string { return text }} }

// Reveal returns the text; every call of it is worth a look.
func (s Secret) Reveal() string {
	if s.reveal == nil {
		return ""
	}
	return s.reveal()
}

// IsZero tells whether there is nothing in it.
func (s Secret) IsZero() bool { return s.Reveal() == "" }

// Equal compares in constant time.
func (s Secret) Equal(other Secret) bool {
	return subtle.ConstantTimeCompare([]byte(s.Reveal()), []byte(other.Reveal())) == 1
}

// String shows that something is here, and nothing of it.
func (s Secret) String() string { return Redacted }

// Format prints the mark, whatever the verb.
func (s Secret) Format(state fmt.State, _ rune) { _, _ = io.WriteString(state, Redacted) }

// MarshalText encodes the mark, so that JSON and structured logs show no secret.
func (s Secret) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// GobEncode refuses: a secret is not stored.
func (s Secret) GobEncode() ([]byte, error) {
	return nil, fmt.Errorf("daypass: a Secret is not encoded")
}
