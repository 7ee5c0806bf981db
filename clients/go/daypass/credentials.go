package daypass

import (
	"fmt"
	"regexp"
	"time"
)

var (
	accessKeyID = regexp.MustCompile(`^[A-Za-z0-9_]{16,128}$`)
	printable   = regexp.MustCompile(`^[\x21-\x7e]+$`)
)

const (
	// Secrets have forty characters; some services make longer ones.
	secretCharactersMax = 1_024
	// The server takes no longer token, whatever it says.
	sessionTokenCharactersMax = 8_192
)

// Credentials sign calls. They print without their secrets.
type Credentials struct {
	// AccessKeyID names the credentials; it is not a secret.
	AccessKeyID string
	// SecretAccessKey signs calls, and is never sent with one.
	SecretAccessKey Secret
	// SessionToken travels with each call; long-term credentials have none.
	SessionToken Secret
	// Expiration is when they end; zero for never, or where that is not told.
	Expiration time.Time
}

// NewCredentials returns credentials, with an empty session token for long-term ones.
// Its error names the part that cannot be used, and shows nothing of it.
func NewCredentials(id, secret, sessionToken string) (Credentials, error) {
	if !accessKeyID.MatchString(id) {
		return Credentials{}, &ConfigurationError{
			Message: "The access key id is not 16 to 128 letters, digits and underscores.",
		}
	}
	if err := checkSecret("secret access key", secret, secretCharactersMax); err != nil {
		return Credentials{}, err
	}
	found := Credentials{AccessKeyID: id, SecretAccessKey: NewSecret(secret)}
	if sessionToken == "" {
		return found, nil
	}
	if err := checkSecret("session token", sessionToken, sessionTokenCharactersMax); err != nil {
		return Credentials{}, err
	}
	found.SessionToken = NewSecret(sessionToken)
	return found, nil
}

func checkSecret(part, text string, most int) error {
	if len(text) > most || !printable.MatchString(text) {
		return &ConfigurationError{Message: fmt.Sprintf(
			"The %s is not 1 to %d printable ASCII characters without blanks.", part, most)}
	}
	return nil
}
