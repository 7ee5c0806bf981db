package daypass

import (
	"bytes"
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strings"
	"time"

	"daypass.dev/internal/fetch"
	"google.golang.org/grpc/codes"
)

const (
	// What a program prints, or an endpoint answers: a session token and little more.
	documentBytesMax = 65_536
	// A program may ask a server, and that a slow one.
	sourceTimeout = 30 * time.Second
)

// Source is a program or an endpoint of this machine that hands out credentials:
// [ProcessSource] or [ContainerSource].
type Source interface {
	credentials(context.Context) (Credentials, error)
}

// ProcessSource is a program that prints credentials, as credential_process of a profile
// names it. It runs without a shell, each time that new credentials are needed.
type ProcessSource struct {
	// Command is the program and its arguments.
	Command []string
}

// String shows no argument: one may be secret.
func (s ProcessSource) String() string { return "ProcessSource" }

// GoString shows no argument either.
func (s ProcessSource) GoString() string { return s.String() }

func (s ProcessSource) credentials(ctx context.Context) (Credentials, error) {
	if len(s.Command) == 0 || s.Command[0] == "" {
		return Credentials{}, &ConfigurationError{Message: "The program of credential_process has no name."}
	}
	ctx, cancel := context.WithTimeout(ctx, sourceTimeout)
	defer cancel()
	command := exec.CommandContext(ctx, s.Command[0], s.Command[1:]...) //nolint:gosec // The user's own.
	command.Stderr = os.Stderr
	output := &boundedBuffer{most: documentBytesMax, full: cancel}
	command.Stdout = output
	ownGroup(command)
	if err := command.Start(); err != nil {
		return Credentials{}, &ConfigurationError{Message: "The program of credential_process cannot be run."}
	}
	ended := make(chan struct{})
	go func() {
		// What the program has started ends with it, and holds its output no longer.
		select {
		case <-ctx.Done():
			killGroup(command)
		case <-ended:
		}
	}()
	err := command.Wait()
	close(ended)
	if output.overflowed {
		return Credentials{}, notCredentials("it is too long")
	}
	if err != nil {
		return Credentials{}, unavailable("CredentialSourceUnavailable",
			fmt.Sprintf("The program of credential_process ended with %d", command.ProcessState.ExitCode()),
			"Check that it runs, then ask again.")
	}
	return readDocument(output.data.Bytes(), true)
}

// boundedBuffer keeps so much, and says when there is more.
type boundedBuffer struct {
	data       bytes.Buffer
	most       int
	full       func()
	overflowed bool
}

// Write keeps what fits.
func (b *boundedBuffer) Write(data []byte) (int, error) {
	if b.data.Len()+len(data) > b.most {
		b.overflowed = true
		b.full()
		return 0, errors.New("the output is too long")
	}
	return b.data.Write(data)
}

// ContainerSource is an endpoint that hands out credentials, such as the agent's.
type ContainerSource struct {
	// URL is where; in clear only to this machine, or a link-local address of AWS.
	URL string
	// Authorization is what it is shown; empty for nothing.
	Authorization Secret
	// AuthorizationFile holds it, and is read each time; empty for none.
	AuthorizationFile string
}

// Those of the AWS container and pod agents, which are reached in clear.
var linkLocal = map[string]bool{"169.254.170.2": true, "169.254.170.23": true, "fd00:ec2::23": true}

func (s ContainerSource) credentials(ctx context.Context) (Credentials, error) {
	if err := checkSourceURL(s.URL); err != nil {
		return Credentials{}, err
	}
	authorization, err := s.authorization()
	if err != nil {
		return Credentials{}, err
	}
	answer, err := fetch.Get(ctx, fetch.Request{
		URL: s.URL, Accept: "application/json", Agent: "daypass-client-go/" + Version,
		Authorization: authorization, TLS: &tls.Config{MinVersion: tls.VersionTLS12},
		Timeout: sourceTimeout, BytesMax: documentBytesMax,
	})
	status := answer.Status
	switch {
	case err != nil:
		return Credentials{}, unavailable("CredentialSourceUnavailable",
			"The credentials endpoint cannot be asked", "Check that it runs, then ask again.")
	case status == http.StatusOK:
		return readDocument(answer.Data, false)
	case status == http.StatusTooManyRequests || status >= http.StatusInternalServerError:
		return Credentials{}, unavailable("CredentialSourceUnavailable",
			fmt.Sprintf("The credentials endpoint answers with %d", status), "Ask again later.")
	}
	refused := unavailable("CredentialSourceRefused",
		fmt.Sprintf("The credentials endpoint answers with %d", status),
		"Check AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE.")
	refused.Kind, refused.Code = ErrRejected, codes.PermissionDenied
	return Credentials{}, refused
}

func (s ContainerSource) authorization() (string, error) {
	text := s.Authorization.Reveal()
	if s.AuthorizationFile != "" {
		stream, err := os.Open(s.AuthorizationFile)
		if err != nil {
			return "", unreadableFile("authorization token", s.AuthorizationFile, err)
		}
		defer stream.Close()
		data, err := fetch.ReadBounded(stream, sessionTokenCharactersMax)
		if err != nil {
			return "", &ConfigurationError{Message: "The authorization token is too long.", File: s.AuthorizationFile}
		}
		text = strings.TrimRight(string(data), "\r\n")
	}
	for _, character := range []byte(text) {
		if character < 0x20 || character > 0x7e {
			return "", &ConfigurationError{Message: "The authorization token is not printable ASCII text."}
		}
	}
	return text, nil
}

func checkSourceURL(text string) error {
	parts, err := url.Parse(text)
	if err == nil && parts.Hostname() != "" && parts.User == nil {
		near := fetch.IsLoopback(parts.Hostname()) || linkLocal[parts.Hostname()]
		if parts.Scheme == "https" || (parts.Scheme == "http" && near) {
			return nil
		}
	}
	return &ConfigurationError{
		Message: "AWS_CONTAINER_CREDENTIALS_FULL_URI is no URL that credentials may come from.",
		Hint:    "Write https://, or http:// with an address of this machine.",
	}
}

// readDocument reads what a process has printed, or an endpoint has answered. Nothing of
// it is shown.
func readDocument(data []byte, ofProcess bool) (Credentials, error) {
	var document struct {
		Version         json.RawMessage
		AccessKeyID     string `json:"AccessKeyId"`
		SecretAccessKey string
		SessionToken    string
		Token           string
		Expiration      *time.Time
	}
	if json.Unmarshal(data, &document) != nil {
		return Credentials{}, notCredentials("it is no JSON of the right members")
	}
	token := document.Token
	if ofProcess {
		token = document.SessionToken
		if string(document.Version) != "1" {
			return Credentials{}, notCredentials("its Version is not 1")
		}
	}
	found, err := NewCredentials(document.AccessKeyID, document.SecretAccessKey, token)
	if err != nil {
		return Credentials{}, err
	}
	if document.Expiration != nil {
		found.Expiration = document.Expiration.UTC()
	}
	return found, nil
}

func notCredentials(reason string) error {
	return &ConfigurationError{
		Message: "What the source of credentials hands out is no credentials: " + reason + ".",
		Hint:    "Check credential_process, or AWS_CONTAINER_CREDENTIALS_FULL_URI.",
	}
}
