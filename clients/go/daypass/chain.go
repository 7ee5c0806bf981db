package daypass

import (
	"context"
	"fmt"
	"os"
	"strings"
	"time"

	stsv1 "daypass.dev/api/sts/v1"
	"daypass.dev/internal/fetch"
	"google.golang.org/protobuf/proto"
)

// Tokens of identity providers; the server takes no longer ones.
const identityTokenCharactersMax = 20_000

// chain assumes the roles of a profile, one after the other. It keeps the credentials of
// the roles on the way; those of the last are the provider's. One call at a time.
type chain struct {
	transport *transport
	clock     Clock
	base      *Credentials
	steps     []step
	held      []heldRole
	askCode   AskCode
}

// step gets credentials with those of the step before, nil for the first.
type step func(context.Context, *Credentials) (Credentials, error)

type heldRole struct {
	credentials Credentials
	renew       time.Time
}

// newChain returns nil where a profile leads through no roles.
func newChain(profile Profile, t *transport, clock Clock, askCode AskCode) (*chain, error) {
	c := &chain{transport: t, clock: clock, base: profile.Credentials, askCode: askCode}
	beginnings := 0
	if profile.Credentials != nil {
		beginnings++
	}
	if source := profile.WebIdentity; source != nil {
		beginnings++
		c.steps = append(c.steps, c.byToken(*source))
	}
	if source := profile.Source; source != nil {
		beginnings++
		c.steps = append(c.steps, func(ctx context.Context, _ *Credentials) (Credentials, error) {
			return source.credentials(ctx)
		})
	}
	if beginnings > 1 {
		return nil, &ConfigurationError{Message: "A profile has one beginning: keys, a token in a file, or a source."}
	}
	for _, role := range profile.Roles {
		c.steps = append(c.steps, c.byRole(role))
	}
	if beginnings == 0 || len(c.steps) == 0 {
		return nil, nil
	}
	c.held = make([]heldRole, len(c.steps)-1)
	return c, nil
}

// obtain returns new credentials of the last role.
func (c *chain) obtain(ctx context.Context) (Credentials, error) {
	place, with := 0, c.base
	for before := len(c.held) - 1; before >= 0; before-- {
		held := &c.held[before]
		if held.credentials.AccessKeyID != "" && (held.renew.IsZero() || held.renew.After(c.clock.Now())) {
			place, with = before+1, &held.credentials
			break
		}
	}
	for {
		found, err := c.steps[place](ctx, with)
		if err != nil {
			if isSpent(err) {
				c.held = make([]heldRole, len(c.held))
			}
			return Credentials{}, err
		}
		if place == len(c.held) {
			return found, nil
		}
		c.held[place] = heldRole{found, renewTime(found, c.clock.Now(), 0)}
		place, with = place+1, &found
	}
}

func (c *chain) byRole(role RoleRequest) step {
	return func(ctx context.Context, with *Credentials) (Credentials, error) {
		if role.SerialNumber != "" && role.TokenCode == "" {
			if c.askCode == nil {
				return Credentials{}, &ConfigurationError{
					Message: "The role asks for a code of the second factor " + role.SerialNumber +
						", and there is nobody to ask.",
					Hint: "Give the client WithAskCode.",
				}
			}
			code, err := c.askCode(ctx, role.SerialNumber)
			if err != nil {
				return Credentials{}, err
			}
			role := role
			role.TokenCode = code
			return c.assume(ctx, role, with)
		}
		return c.assume(ctx, role, with)
	}
}

func (c *chain) assume(ctx context.Context, role RoleRequest, with *Credentials) (Credentials, error) {
	answer := &stsv1.AssumeRoleResponse{}
	err := exchange(ctx, c.transport, stsv1.SecurityTokenService_AssumeRole_FullMethodName,
		role.message(c.clock.Now()), answer, with)
	if err != nil {
		return Credentials{}, err
	}
	return issued(answer.Credentials)
}

func (c *chain) byToken(source WebIdentitySource) step {
	return func(ctx context.Context, _ *Credentials) (Credentials, error) {
		token, err := readToken(source.TokenFile)
		if err != nil {
			return Credentials{}, err
		}
		request := &stsv1.AssumeRoleWithWebIdentityRequest{
			RoleArn:          source.RoleARN,
			RoleSessionName:  sessionName(source.SessionName, c.clock.Now()),
			WebIdentityToken: token,
			DurationSeconds:  wholeSeconds(source.Duration),
		}
		answer := &stsv1.AssumeRoleWithWebIdentityResponse{}
		err = exchange(ctx, c.transport,
			stsv1.SecurityTokenService_AssumeRoleWithWebIdentity_FullMethodName, request, answer, nil)
		if err != nil {
			return Credentials{}, err
		}
		return issued(answer.Credentials)
	}
}

// exchange sends a message, and reads another.
func exchange(
	ctx context.Context, t *transport, method string, request, answer proto.Message, with *Credentials,
) error {
	body, err := proto.Marshal(request)
	if err != nil {
		return &ConfigurationError{Message: "The request cannot be written: " + err.Error() + "."}
	}
	data, err := t.send(ctx, method, body, with, repetitionOf(method, request))
	if err != nil {
		return err
	}
	if proto.Unmarshal(data, answer) != nil {
		return unreadable()
	}
	return nil
}

func readToken(file string) (string, error) {
	stream, err := os.Open(file)
	if err != nil {
		return "", unreadableFile("token", file, err)
	}
	defer stream.Close()
	data, err := fetch.ReadBounded(stream, identityTokenCharactersMax)
	text := string(data)
	if err != nil || strings.TrimSpace(text) == "" {
		return "", &ConfigurationError{
			Message: fmt.Sprintf("The file does not hold a token of at most %d characters.",
				identityTokenCharactersMax),
			File: file,
		}
	}
	for _, character := range data {
		if character > 0x7e {
			return "", &ConfigurationError{Message: "The token is not ASCII text.", File: file}
		}
	}
	return text, nil
}
