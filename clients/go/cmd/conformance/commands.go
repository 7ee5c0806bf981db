package main

import (
	"context"
	"encoding/json"
	"fmt"
	"sort"
	"sync"
	"time"

	"daypass.dev/daypass"
	"daypass.dev/verifier"
)

func (p *program) hello(context.Context, line) (members, error) {
	names := make([]string, 0, len(p.commands))
	for name := range p.commands {
		names = append(names, name)
	}
	sort.Strings(names)
	return members{
		"client": "go", "version": daypass.Version, "commands": names,
		"proofs": []string{"long_term", "temporary", "web_identity", "none"},
	}, nil
}

func (p *program) sign(_ context.Context, asked line) (members, error) {
	signer := daypass.Signer{
		Region: asked.Region, Clock: &standingClock{time: asked.Time},
		NameCall: func() string { return asked.InvocationID },
	}
	with, err := asked.Credentials.read()
	if err != nil {
		return nil, err
	}
	pairs := [][2]string{}
	for _, header := range signer.Sign(asked.Method, asked.Body, *with) {
		pairs = append(pairs, [2]string{header.Name, header.Value})
	}
	return members{"metadata": pairs}, nil
}

func (p *program) clock(_ context.Context, asked line) (members, error) {
	if p.clocks[asked.Clock] == nil {
		p.clocks[asked.Clock] = &standingClock{}
	}
	p.clocks[asked.Clock].set(asked.Time)
	return members{}, nil
}

func (p *program) open(_ context.Context, asked line) (members, error) {
	endpoint, err := daypass.ParseEndpoint(asked.Endpoint)
	if err != nil {
		return nil, err
	}
	with, err := asked.Credentials.read()
	if err != nil {
		return nil, err
	}
	profile := daypass.Profile{Endpoint: endpoint, Region: asked.Region, Credentials: with}
	if token := asked.WebIdentity; token != nil {
		profile.WebIdentity = &daypass.WebIdentitySource{
			RoleARN: token.RoleARN, TokenFile: token.TokenFile, SessionName: token.SessionName,
		}
	}
	for _, role := range asked.Roles {
		profile.Roles = append(profile.Roles, daypass.RoleRequest{RoleARN: role.RoleARN})
	}
	options := []daypass.Option{}
	if asked.TimeoutMS > 0 {
		options = append(options, daypass.WithTimeout(time.Duration(asked.TimeoutMS)*time.Millisecond))
	}
	if clock := p.clocks[asked.Clock]; clock != nil {
		options = append(options, daypass.WithClock(clock))
	}
	client, err := daypass.NewClient(profile, options...)
	if err != nil {
		return nil, err
	}
	p.clients[asked.Client] = client
	return members{}, nil
}

func (p *program) call(ctx context.Context, asked line) (members, error) {
	client, given := p.clients[asked.Client], asked.Request
	switch asked.Operation {
	case "GetCallerIdentity":
		found, err := client.GetCallerIdentity(ctx)
		return members{"arn": found.ARN}, err
	case "AssumeRole":
		found, err := client.AssumeRole(ctx, daypass.RoleRequest{
			RoleARN: given.RoleARN, SessionName: given.SessionName,
		})
		if err != nil {
			return nil, err
		}
		return issued(found.Credentials)
	case "RevokeSessions":
		found, err := client.RevokeSession(ctx, given.AccessKeyID, "")
		return members{"effective_everywhere": found.EffectiveEverywhere}, err
	case "VerifyToken":
		found, err := client.VerifyToken(ctx, given.Token)
		return members{"access_key_id": found.AccessKeyID}, err
	}
	return nil, &daypass.ConfigurationError{Message: "The operation is not one of the protocol."}
}

// issued returns credentials; the protocol passes them on, and shows how they print.
func issued(found daypass.Credentials) (members, error) {
	encoded, err := json.Marshal(found)
	if err != nil {
		return nil, err
	}
	inside := struct{ hidden daypass.Credentials }{found}
	return members{
		"access_key_id":     found.AccessKeyID,
		"secret_access_key": found.SecretAccessKey.Reveal(),
		"session_token":     found.SessionToken.Reveal(),
		"expiration":        found.Expiration.Format(time.RFC3339),
		"shown": fmt.Sprintf("%v %+v %#v %s %q %x %v %+v %s", found, found, found,
			found.SecretAccessKey, found.SecretAccessKey, found.SecretAccessKey, &found, inside, encoded),
	}, nil
}

// credentials asks the provider, many callers at once, and counts what they get.
func (p *program) credentials(ctx context.Context, asked line) (members, error) {
	client, callers := p.clients[asked.Client], asked.Callers
	if callers == 0 {
		callers = 1
	}
	found, failures := make([]daypass.Credentials, callers), make([]error, callers)
	start := make(chan struct{})
	var running sync.WaitGroup
	for caller := 0; caller < callers; caller++ {
		running.Add(1)
		go func(caller int) {
			defer running.Done()
			<-start
			found[caller], failures[caller] = client.Credentials(ctx)
		}(caller)
	}
	close(start)
	running.Wait()
	counted := map[string]int{}
	failed := 0
	for caller, err := range failures {
		if err != nil {
			failed++
			continue
		}
		counted[found[caller].AccessKeyID]++
	}
	if failed < callers {
		return members{"access_key_ids": counted}, nil
	}
	told, isOurs := errorMembers(failures[0])
	if !isOurs {
		return nil, failures[0]
	}
	return members{"access_key_ids": counted, "error": told}, nil
}

func (p *program) follow(ctx context.Context, asked line) (members, error) {
	config := verifier.Config{WithoutRevocations: asked.AgeMaxMS == nil}
	if asked.AgeMaxMS != nil {
		config.RevocationAgeMax = time.Duration(*asked.AgeMaxMS) * time.Millisecond
	}
	if clock := p.clocks[asked.Clock]; clock != nil {
		config.Clock = clock
	}
	var source verifier.Source = verifier.JWKSURL{URL: asked.JWKSURL}
	if asked.JWKSURL == "" {
		source = verifier.FromClient(p.clients[asked.Client])
	}
	made, err := verifier.New(ctx, source, config)
	if err != nil {
		return nil, err
	}
	p.verifiers[asked.Verifier] = made
	return members{}, nil
}

func (p *program) verify(ctx context.Context, asked line) (members, error) {
	made := p.verifiers[asked.Verifier]
	var names string
	var view verifier.View
	var err error
	switch asked.Kind {
	case "session":
		var found verifier.SessionClaims
		found, view, err = made.VerifySessionToken(ctx, asked.Token)
		names = found.AccessKeyID
	case "exchanged":
		var found verifier.ExchangedClaims
		found, view, err = made.VerifyExchangedToken(ctx, asked.Token, asked.Issuer, asked.Audience)
		names = found.TokenID
	default:
		var found verifier.IdentityClaims
		found, view, err = made.VerifyIdentityToken(ctx, asked.Token, asked.Issuer, asked.Audience)
		names = found.TokenID
	}
	answer := members{"names": names, "age_ms": nil}
	if view.Followed {
		answer["age_ms"] = view.Age.Milliseconds()
	}
	return answer, err
}

func (p *program) close(_ context.Context, asked line) (members, error) {
	if asked.Verifier != "" {
		p.verifiers[asked.Verifier].Close()
		delete(p.verifiers, asked.Verifier)
		return members{}, nil
	}
	err := p.clients[asked.Client].Close()
	delete(p.clients, asked.Client)
	return members{}, err
}

// read returns credentials of a line; nil for none.
func (k *keys) read() (*daypass.Credentials, error) {
	if k == nil {
		return nil, nil
	}
	found, err := daypass.NewCredentials(k.AccessKeyID, k.SecretAccessKey, k.SessionToken)
	return &found, err
}
