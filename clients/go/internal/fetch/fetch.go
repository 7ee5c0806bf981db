// Package fetch makes the few HTTP requests of the client. It owns their bounds, and
// follows nobody anywhere else; it reads nothing of what it fetches.
package fetch

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"net/http"
	"time"
)

// Request is one GET.
type Request struct {
	// URL is where.
	URL string
	// Accept is what may come, and Agent who asks.
	Accept, Agent string
	// Authorization is what is shown; empty for nothing.
	Authorization string
	// TLS is what is trusted.
	TLS *tls.Config
	// Timeout is how long all of it may take.
	Timeout time.Duration
	// BytesMax is how long the answer may be.
	BytesMax int64
}

// Answer is what came.
type Answer struct {
	Status       int
	CacheControl string
	Data         []byte
}

// Get asks the host of the URL and no other: a redirection is an answer, and there is no
// proxy.
func Get(ctx context.Context, asked Request) (Answer, error) {
	ctx, cancel := context.WithTimeout(ctx, asked.Timeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, asked.URL, nil)
	if err != nil {
		return Answer{}, err
	}
	request.Header.Set("Accept", asked.Accept)
	request.Header.Set("User-Agent", asked.Agent)
	if asked.Authorization != "" {
		request.Header.Set("Authorization", asked.Authorization)
	}
	client := &http.Client{
		Transport: &http.Transport{
			Proxy: nil, DialContext: (&net.Dialer{}).DialContext,
			TLSClientConfig: asked.TLS, DisableKeepAlives: true,
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	response, err := client.Do(request)
	if err != nil {
		return Answer{}, err
	}
	defer func() { _ = response.Body.Close() }()
	data, err := ReadBounded(response.Body, asked.BytesMax)
	return Answer{response.StatusCode, response.Header.Get("Cache-Control"), data}, err
}

// ReadBounded reads all there is, and fails where that is more than it may be.
func ReadBounded(stream io.Reader, most int64) ([]byte, error) {
	data, err := io.ReadAll(io.LimitReader(stream, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, errors.New("it is too long")
	}
	return data, err
}

// IsLoopback tells whether a host is this machine.
func IsLoopback(host string) bool {
	if host == "localhost" {
		return true
	}
	address := net.ParseIP(host)
	return address != nil && address.IsLoopback()
}
