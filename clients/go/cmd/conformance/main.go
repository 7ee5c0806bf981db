// Command conformance speaks the protocol of tests/conformance/PROTOCOL.md: a JSON object
// on each line of standard input, and one on standard output for each. It adds nothing to
// the client: whatever it answers, the client has done.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"sync"
	"time"

	"daypass.dev/daypass"
	"daypass.dev/verifier"
)

// The driver waits for forty seconds; nothing of the client waits for longer than ten.
const patience = 30 * time.Second

// line is one line of the input; the protocol says which command has which members.
type line struct {
	ID           int            `json:"id"`
	Do           string         `json:"do"`
	Method       string         `json:"method"`
	Body         []byte         `json:"body"`
	Credentials  *keys          `json:"credentials"`
	Region       string         `json:"region"`
	Time         time.Time      `json:"time"`
	InvocationID string         `json:"invocation_id"`
	Clock        string         `json:"clock"`
	Client       string         `json:"client"`
	Endpoint     string         `json:"endpoint"`
	TimeoutMS    int            `json:"timeout_ms"`
	WebIdentity  *webIdentity   `json:"web_identity"`
	Roles        []roleMember   `json:"roles"`
	Operation    string         `json:"operation"`
	Request      requestMembers `json:"request"`
	Callers      int            `json:"callers"`
	Verifier     string         `json:"verifier"`
	JWKSURL      string         `json:"jwks_url"`
	AgeMaxMS     *int           `json:"revocation_age_max_ms"`
	Kind         string         `json:"kind"`
	Token        string         `json:"token"`
	Issuer       string         `json:"issuer"`
	Audience     string         `json:"audience"`
}

type keys struct {
	AccessKeyID     string `json:"access_key_id"`
	SecretAccessKey string `json:"secret_access_key"`
	SessionToken    string `json:"session_token"`
}

type webIdentity struct {
	RoleARN     string `json:"role_arn"`
	TokenFile   string `json:"token_file"`
	SessionName string `json:"session_name"`
}

type roleMember struct {
	RoleARN string `json:"role_arn"`
}

type requestMembers struct {
	RoleARN     string `json:"role_arn"`
	SessionName string `json:"session_name"`
	AccessKeyID string `json:"access_key_id"`
	Token       string `json:"token"`
}

type members map[string]any

// standingClock shows what it is set to.
type standingClock struct {
	mu   sync.Mutex
	time time.Time
}

func (c *standingClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.time
}

func (c *standingClock) set(time time.Time) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.time = time
}

// program is what the lines have made, by name.
type program struct {
	clocks    map[string]*standingClock
	clients   map[string]*daypass.Client
	verifiers map[string]*verifier.Verifier
	commands  map[string]func(context.Context, line) (members, error)
}

func main() {
	p := &program{
		clocks:    map[string]*standingClock{},
		clients:   map[string]*daypass.Client{},
		verifiers: map[string]*verifier.Verifier{},
	}
	p.commands = map[string]func(context.Context, line) (members, error){
		"hello": p.hello, "sign": p.sign, "clock": p.clock, "open": p.open, "call": p.call,
		"credentials": p.credentials, "follow": p.follow, "verify": p.verify, "close": p.close,
	}
	if err := p.serve(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// serve answers line after line, until there is none.
func (p *program) serve() error {
	input := bufio.NewScanner(os.Stdin)
	input.Buffer(nil, 1<<20)
	output := json.NewEncoder(os.Stdout)
	for input.Scan() {
		var asked line
		if err := json.Unmarshal(input.Bytes(), &asked); err != nil {
			return err
		}
		answer, err := p.answer(asked)
		if err != nil {
			return err
		}
		if err := output.Encode(answer); err != nil {
			return err
		}
	}
	for _, each := range p.verifiers {
		each.Close()
	}
	for _, each := range p.clients {
		if err := each.Close(); err != nil {
			return err
		}
	}
	return input.Err()
}

func (p *program) answer(asked line) (members, error) {
	command, known := p.commands[asked.Do]
	if !known {
		return members{"id": asked.ID, "error": members{"kind": "unsupported"}}, nil
	}
	ctx, cancel := context.WithTimeout(context.Background(), patience)
	defer cancel()
	found, err := command(ctx, asked)
	if err == nil {
		return members{"id": asked.ID, "ok": found}, nil
	}
	told, isOurs := errorMembers(err)
	if !isOurs {
		return nil, err
	}
	return members{"id": asked.ID, "error": told}, nil
}

// Of a failed call, the finest first, what an error is called in the protocol.
var kinds = []struct {
	is   error
	name string
}{
	{daypass.ErrAccessDenied, "access_denied"},
	{daypass.ErrUnauthenticated, "unauthenticated"},
	{daypass.ErrInvalidRequest, "invalid_request"},
	{daypass.ErrNotFound, "not_found"},
	{daypass.ErrThrottled, "throttled"},
	{daypass.ErrRejected, "rejected"},
	{daypass.ErrUnavailable, "unavailable"},
}

// errorMembers returns what is told of an error; its text, so that redaction can be seen.
func errorMembers(err error) (members, bool) {
	found := members{"text": fmt.Sprintf("%v %+v %#v", err, err, err)}
	var failed *daypass.CallError
	var rejected *daypass.TokenRejectedError
	var ignorant *daypass.CannotVouchError
	var wrong *daypass.ConfigurationError
	switch {
	case errors.As(err, &failed):
		for _, each := range kinds {
			if errors.Is(err, each.is) {
				found["kind"] = each.name
				break
			}
		}
		fields := []string{}
		for _, each := range failed.Violations {
			fields = append(fields, each.Field)
		}
		found["reason"], found["code"] = failed.Reason, daypass.CodeName(failed.Code)
		found["request_id"], found["decision_id"] = failed.RequestID, failed.DecisionID
		found["fields"], found["retry_delay_ms"] = fields, nil
		if failed.RetryDelay != nil {
			found["retry_delay_ms"] = failed.RetryDelay.Milliseconds()
		}
	case errors.As(err, &rejected):
		found["kind"], found["reason"] = "token_rejected", rejected.Reason
	case errors.As(err, &ignorant):
		found["kind"], found["reason"] = "cannot_vouch", ignorant.Reason
	case errors.As(err, &wrong):
		found["kind"] = "configuration"
	default:
		return nil, false
	}
	return found, true
}
