package verifier

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"net/http"
	"net/url"
	"os"
	"time"

	keyringv1 "daypass.dev/api/keyring/v1"
	"daypass.dev/daypass"
	"daypass.dev/internal/fetch"
	"google.golang.org/grpc/codes"
)

// Source tells of keys, and perhaps of revocations: a client, or a [JWKSURL].
type Source interface {
	fetchKeys(context.Context) (keySet, error)
}

type clientSource struct{ client *daypass.Client }

// FromClient returns a source that tells of both. Its credentials may follow revocations
// (daypass:WatchRevocations). Close the client after the verifier.
func FromClient(client *daypass.Client) Source { return clientSource{client} }

func (s clientSource) fetchKeys(ctx context.Context) (keySet, error) {
	answer, err := keyringv1.NewKeyringServiceClient(s.client).GetKeySet(ctx, &keyringv1.GetKeySetRequest{})
	if err != nil {
		return keySet{}, err
	}
	return keySet{publicKeys(answer.Keys), answer.MaxAge.AsDuration()}, nil
}

func publicKeys(messages []*keyringv1.Jwk) []publicKey {
	keys := make([]publicKey, 0, len(messages))
	for _, each := range messages {
		keys = append(keys, publicKey{
			each.Kid, each.Kty, each.Alg, each.Use, each.Crv, each.X, each.Y, each.N, each.E,
		})
	}
	return keys
}

// JWKSURL is the URL of a key set, such as
// https://daypass.example/.well-known/jwks.json. It tells nothing of revocations.
type JWKSURL struct {
	// URL is where; http:// for this machine only.
	URL string
	// CABundle is a file of certificates to trust in place of those of this machine.
	CABundle string
	// Timeout is how long one request may take; zero for ten seconds.
	Timeout time.Duration
}

func (s JWKSURL) check() error {
	parts, err := url.Parse(s.URL)
	if err == nil && parts.Hostname() != "" && parts.User == nil && parts.Fragment == "" {
		if parts.Scheme == "https" || (parts.Scheme == "http" && fetch.IsLoopback(parts.Hostname())) {
			return nil
		}
	}
	return &daypass.ConfigurationError{
		Message: "That is not the URL of a key set.",
		Hint:    "Write https://host/path; http:// is for this machine only.",
	}
}

func (s JWKSURL) fetchKeys(ctx context.Context) (keySet, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if s.CABundle != "" {
		data, err := os.ReadFile(s.CABundle)
		config.RootCAs = x509.NewCertPool()
		if err != nil || !config.RootCAs.AppendCertsFromPEM(data) {
			return keySet{}, &daypass.ConfigurationError{
				Message: "The certificates cannot be read.", File: s.CABundle,
			}
		}
	}
	timeout := s.Timeout
	if timeout <= 0 {
		timeout = callTimeout
	}
	answer, err := fetch.Get(ctx, fetch.Request{
		URL: s.URL, Accept: "application/jwk-set+json, application/json",
		Agent: "daypass-client-go/" + daypass.Version, TLS: config,
		Timeout: timeout, BytesMax: keySetBytesMax,
	})
	if err != nil {
		return keySet{}, noKeySet("it cannot be had: " + err.Error())
	}
	if answer.Status != http.StatusOK {
		return keySet{}, noKeySet("the answer is " + http.StatusText(answer.Status))
	}
	found, err := parseKeySet(answer.Data, answer.CacheControl)
	if err != nil {
		return keySet{}, noKeySet("it is not to be used")
	}
	return found, nil
}

func noKeySet(message string) error {
	return &daypass.CallError{
		Kind: daypass.ErrUnavailable, Code: codes.Unavailable, Reason: "KeySetUnavailable",
		Message: "The key set: " + message, Hint: "Check the URL, then ask again.",
	}
}
