package verifier

import (
	"context"
	"errors"
	"sync"
	"time"

	"daypass.dev/daypass"
	"google.golang.org/grpc/codes"
)

const (
	callTimeout = 10 * time.Second
	// Twice what a server allows itself by default, so that a verifier goes on through
	// what a server goes on through.
	revocationAgeMax = 10 * time.Second
	// A key set that cannot be renewed serves for so long.
	keySetAgeMax, keySetAgeLimit = time.Hour, 24 * time.Hour
	// How far the clock of a server may be ahead of ours. It is never added to an end.
	clockTolerance, clockToleranceMax = 5 * time.Second, time.Minute
)

// Config says how a verifier works; the zero value is good for most.
type Config struct {
	// RevocationAgeMax is how old the knowledge of revocations may be; zero for ten
	// seconds.
	RevocationAgeMax time.Duration
	// WithoutRevocations does not follow them: then identity tokens are verified, which
	// cannot be revoked, and no others.
	WithoutRevocations bool
	// UnsafeWithoutRevocations vouches for sessions and exchanged tokens though nobody
	// says which were revoked.
	UnsafeWithoutRevocations bool
	// KeySetAgeMax is how old a key set may be that cannot be renewed; zero for an hour.
	KeySetAgeMax time.Duration
	// ClockTolerance is how far the clock of a server may be ahead of ours; nil for five
	// seconds. It is not added to the end of a token.
	ClockTolerance *time.Duration
	// RingID is the deployment whose sessions are taken; empty for any whose keys are in
	// the set.
	RingID string
	// Clock tells the time; nil for this machine's.
	Clock daypass.Clock
}

// Verifier verifies tokens by what it knows. Goroutines may share one; close it when
// done. No method asks the server for a token; only a key that is not known is asked
// for, and once in ten seconds at most.
type Verifier struct {
	source Source
	keys   *keyRing
	// revocations are nil where they are not followed.
	revocations *revocations
	judge       *judge
	clock       daypass.Clock

	end     context.CancelFunc
	running sync.WaitGroup
	asking  sync.Mutex
	// changed is told of each message and each failure, until the verifier is ready.
	changed chan struct{}

	mu                        sync.Mutex
	keyError, revocationError error
}

// New returns a verifier that follows what it verifies by, and knows enough. It waits
// for that as long as the context allows, ten seconds at most.
func New(ctx context.Context, source Source, config Config) (*Verifier, error) {
	v, err := newVerifier(source, config)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, callTimeout)
	defer cancel()
	if err := v.askForKeys(ctx); err != nil {
		return nil, notReady(err)
	}
	life, end := context.WithCancel(context.Background())
	v.end = end
	v.running.Add(1)
	go v.followKeys(life)
	if v.revocations != nil {
		v.running.Add(1)
		go v.followRevocations(life)
	}
	for !v.isReady() {
		select {
		case <-v.changed:
		case <-ctx.Done():
			v.Close()
			return nil, notReady(v.lastError())
		}
		if err := v.lastError(); daypass.IsRefusal(err) && !v.isReady() {
			v.Close()
			return nil, err
		}
	}
	return v, nil
}

func newVerifier(source Source, config Config) (*Verifier, error) {
	if config.Clock == nil {
		config.Clock = daypass.SystemClock()
	}
	if config.KeySetAgeMax == 0 {
		config.KeySetAgeMax = keySetAgeMax
	}
	if config.RevocationAgeMax == 0 {
		config.RevocationAgeMax = revocationAgeMax
	}
	tolerance := clockTolerance
	if config.ClockTolerance != nil {
		tolerance = *config.ClockTolerance
	}
	where, isURL := source.(JWKSURL)
	switch {
	case config.KeySetAgeMax < 0 || config.KeySetAgeMax > keySetAgeLimit,
		config.RevocationAgeMax < 0, tolerance < 0 || tolerance > clockToleranceMax:
		return nil, &daypass.ConfigurationError{Message: "A bound of the verifier makes no sense."}
	case isURL && !config.WithoutRevocations:
		return nil, &daypass.ConfigurationError{
			Message: "A URL tells nothing of revocations.", Hint: "Set WithoutRevocations, or give a client.",
		}
	case isURL:
		if err := where.check(); err != nil {
			return nil, err
		}
	}
	v := &Verifier{
		source: source, clock: config.Clock, changed: make(chan struct{}, 1),
		keys: &keyRing{ageMax: config.KeySetAgeMax, maxAge: keySetKept},
	}
	if !config.WithoutRevocations {
		v.revocations = newRevocations(config.RevocationAgeMax)
	}
	v.judge = &judge{
		keys: v.keys, revocations: v.revocations, unsafe: config.UnsafeWithoutRevocations,
		clock: config.Clock, tolerance: tolerance, ringID: config.RingID,
		sessions: newMemory(rememberedMax), exchanged: newMemory(rememberedMax),
		identities: newMemory(rememberedMax),
	}
	return v, nil
}

// Close follows no longer, and returns when nothing of the verifier runs.
func (v *Verifier) Close() {
	v.end()
	v.running.Wait()
}

// VerifySessionToken returns what a good session token says. It fails with a
// [daypass.TokenRejectedError] where the token is not good, and with a
// [daypass.CannotVouchError] where too little is known, or it is too old.
func (v *Verifier) VerifySessionToken(ctx context.Context, token string) (SessionClaims, View, error) {
	return verify(ctx, v, func() (*SessionClaims, View, error) { return v.judge.session(token) })
}

// VerifyExchangedToken returns what a good token says that came of an exchange, of an
// issuer, to the letter, and for an audience: who we are. It fails as
// [Verifier.VerifySessionToken] does.
func (v *Verifier) VerifyExchangedToken(
	ctx context.Context, token, issuer, audience string,
) (ExchangedClaims, View, error) {
	return verify(ctx, v, func() (*ExchangedClaims, View, error) {
		return v.judge.exchangedToken(token, parties{issuer, audience})
	})
}

// VerifyIdentityToken returns what a good identity token says, of the issuer of an
// account, to the letter, and for an audience: who we are. It fails as
// [Verifier.VerifySessionToken] does.
func (v *Verifier) VerifyIdentityToken(
	ctx context.Context, token, issuer, audience string,
) (IdentityClaims, View, error) {
	return verify(ctx, v, func() (*IdentityClaims, View, error) {
		return v.judge.identity(token, parties{issuer, audience})
	})
}

// verify judges, and once more where a key was not known and has been asked for.
func verify[C any](ctx context.Context, v *Verifier, judged func() (*C, View, error)) (C, View, error) {
	found, view, err := judged()
	var rejected *daypass.TokenRejectedError
	if errors.As(err, &rejected) && rejected.Reason == string(unknownKey) && v.askedForKey(ctx) {
		found, view, err = judged()
	}
	if err != nil {
		var none C
		return none, View{}, err
	}
	return *found, view, nil
}

// askedForKey asks for the key set, unless that was done of late. Whoever comes while
// somebody asks waits for that answer, and asks nothing.
func (v *Verifier) askedForKey(ctx context.Context) bool {
	v.asking.Lock()
	defer v.asking.Unlock()
	if !v.keys.mayAsk(daypass.BootTime()) {
		return true
	}
	if err := v.askForKeys(ctx); err != nil {
		v.keysFailed(err)
		return false
	}
	return true
}

func (v *Verifier) askForKeys(ctx context.Context) error {
	askedAt := daypass.BootTime()
	found, err := v.source.fetchKeys(ctx)
	if err != nil {
		return err
	}
	return v.takeKeys(found, askedAt, 0)
}

// Status returns how the verifier fares.
func (v *Verifier) Status() Status {
	now := daypass.BootTime()
	used, ignored := v.keys.names()
	age, _ := v.keys.age(now)
	found := Status{KeyIDs: used, IgnoredKeyIDs: ignored, KeySetAge: age, LastError: v.lastError()}
	if v.revocations != nil {
		age, _ := v.revocations.age(now)
		found.View = View{Followed: true, Age: age}
		found.Revocations = v.revocations.count()
	}
	return found
}

func (v *Verifier) isReady() bool {
	used, _ := v.keys.names()
	if len(used) == 0 || v.revocations == nil {
		return len(used) > 0
	}
	_, err := v.revocations.age(daypass.BootTime())
	return err == nil
}

func (v *Verifier) lastError() error {
	v.mu.Lock()
	defer v.mu.Unlock()
	if v.revocationError != nil {
		return v.revocationError
	}
	return v.keyError
}

// notReady returns why a verifier cannot begin.
func notReady(err error) error {
	var failed *daypass.CallError
	var wrong *daypass.ConfigurationError
	if errors.As(err, &failed) || errors.As(err, &wrong) {
		return err
	}
	return &daypass.CallError{
		Kind: daypass.ErrUnavailable, Code: codes.Unavailable, Reason: "VerifierNotReady",
		Message: "The verifier has not heard of keys or revocations in time.",
	}
}
