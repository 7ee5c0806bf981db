package daypass

import (
	"bytes"
	"encoding/gob"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func testCredentials(t *testing.T, token string) Credentials {
	t.Helper()
	found, err := NewCredentials("AKIA"+strings.Repeat("Q", 16), strings.Repeat("s", 40), token)
	if err != nil {
		t.Fatal(err)
	}
	return found
}

// A secret prints by no verb, also where it is hidden in another value, and is not encoded.
func TestSecretsDoNotPrint(t *testing.T) {
	keys := testCredentials(t, "sssssss.token")
	hidden := struct{ keys Credentials }{keys}
	for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x", "%d"} {
		for _, value := range []any{keys, &keys, hidden, &hidden, keys.SecretAccessKey, []Credentials{keys}} {
			if shown := fmt.Sprintf(verb, value); strings.Contains(shown, "sssssss") ||
				strings.Contains(shown, fmt.Sprintf("%x", "sssssss")) {
				t.Errorf("%s of %T shows a secret", verb, value)
			}
		}
	}
	encoded, err := json.Marshal(keys)
	if err != nil || strings.Contains(string(encoded), "sssssss") {
		t.Errorf("JSON shows a secret, or fails: %v", err)
	}
	if gob.NewEncoder(&bytes.Buffer{}).Encode(keys) == nil {
		t.Error("a secret is encoded")
	}
}

// What cannot be credentials is refused, and its error shows nothing of it.
func TestCredentialsAreChecked(t *testing.T) {
	for _, each := range [][3]string{
		{"short", "secret", ""},
		{strings.Repeat("A", 16), "", ""},
		{strings.Repeat("A", 16), "sec ret", ""},
		{strings.Repeat("A", 16), strings.Repeat("s", 1_025), ""},
		{strings.Repeat("A", 16), "secret", "to\nken"},
		{strings.Repeat("A", 129), "secret", ""},
	} {
		_, err := NewCredentials(each[0], each[1], each[2])
		var wrong *ConfigurationError
		if !errors.As(err, &wrong) || strings.Contains(err.Error(), "sec ret") {
			t.Errorf("%q: %v", each[0], err)
		}
	}
}

// In clear only this machine is spoken with, unless the scheme says so.
func TestEndpoints(t *testing.T) {
	for text, want := range map[string]Endpoint{
		"127.0.0.1:50051":               {"127.0.0.1:50051", false},
		"localhost:1":                   {"localhost:1", false},
		"[::1]:1":                       {"[::1]:1", false},
		"sts.example:50051":             {"sts.example:50051", true},
		"https://sts.example":           {"sts.example:443", true},
		"https://127.0.0.1:1/":          {"127.0.0.1:1", true},
		"unsafe-plaintext://sts.test:1": {"sts.test:1", false},
		"unix:/run/daypass.sock":        {"unix:/run/daypass.sock", false},
	} {
		if found, err := ParseEndpoint(text); err != nil || found != want {
			t.Errorf("%s: %v, %v", text, found, err)
		}
	}
	for _, text := range []string{"", "host", "host:0", "host:65536", "http://sts.example:1", "ftp://a:1", "a:1/b"} {
		if _, err := ParseEndpoint(text); err == nil {
			t.Errorf("%q is taken", text)
		}
	}
}
