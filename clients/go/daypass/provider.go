package daypass

import (
	"context"
	"errors"
	"sync"
	"time"

	"daypass.dev/internal/chance"
)

const (
	// Credentials are renewed when a quarter of their time is left, or five minutes where
	// that is less; by chance up to twice as early, so that programs that started together
	// do not ask together.
	refreshMarginMax     = 5 * time.Minute
	refreshMarginDivisor = 4
	// While the service is away it is asked once in this time; by chance up to twice as
	// long.
	refreshPause = 10 * time.Second
)

// Obtain gets new credentials, with a deadline of its own.
type Obtain func(context.Context) (Credentials, error)

// RefreshingCredentials are the credentials of one identity, renewed before they end.
// Goroutines share one.
//
// However many ask, one request is made at a time. Who finds that a renewal is due
// waits for it; the others get what is held, and wait only where that has ended. While
// the service is away what is held serves to its end, and never longer. A refusal
// counts at once.
type RefreshingCredentials struct {
	obtain Obtain
	clock  *steadyClock

	mu      sync.Mutex
	held    *Credentials
	renew   time.Time
	request *request
}

// request is one that is in flight, or has ended.
type request struct {
	done  chan struct{}
	found Credentials
	err   error
}

// NewRefreshingCredentials returns a provider. A nil clock is that of this machine.
func NewRefreshingCredentials(obtain Obtain, clock Clock) *RefreshingCredentials {
	if clock == nil {
		clock = SystemClock()
	}
	return &RefreshingCredentials{obtain: obtain, clock: &steadyClock{clock: clock}}
}

// Credentials returns credentials that have not ended. It waits no longer than the
// context allows; a request in flight goes on for the others.
func (r *RefreshingCredentials) Credentials(ctx context.Context) (Credentials, error) {
	r.mu.Lock()
	now := r.clock.Now()
	alive := r.alive(now)
	due := !r.renew.IsZero() && !r.renew.After(now)
	if alive != nil && (!due || r.request != nil) {
		defer r.mu.Unlock()
		return *alive, nil
	}
	asked := r.request
	if asked == nil {
		asked = &request{done: make(chan struct{})}
		r.request = asked
		go r.ask(asked)
	}
	r.mu.Unlock()
	select {
	case <-asked.done:
		return asked.found, asked.err
	case <-ctx.Done():
		return Credentials{}, ctx.Err()
	}
}

// Discard gives up credentials that a server has refused, as revoked ones are. The next
// caller asks for new ones.
func (r *RefreshingCredentials) Discard(credentials Credentials) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.held != nil && r.held.AccessKeyID == credentials.AccessKeyID {
		r.held, r.renew = nil, time.Time{}
	}
}

// ask makes a request, and leaves its outcome to all who wait.
//
// NOTE: its context is nobody's: who gives up must not take the others along.
func (r *RefreshingCredentials) ask(asked *request) {
	found, err := r.obtain(context.Background())
	r.mu.Lock()
	defer r.mu.Unlock()
	defer close(asked.done)
	r.request = nil
	if err == nil {
		// They count as good whatever the clock says, so that a clock that is wrong by
		// hours ends in a refusal of the server and not in a loop.
		r.held, r.renew = &found, renewTime(found, r.clock.note(), chance.Share())
		asked.found = found
		return
	}
	now := r.clock.Now()
	if !errors.Is(err, ErrUnavailable) {
		r.held, r.renew = nil, time.Time{}
	} else {
		r.renew = now.Add(refreshPause + time.Duration(chance.Share()*float64(refreshPause)))
	}
	if alive := r.alive(now); alive != nil {
		asked.found = *alive
		return
	}
	asked.err = err
}

func (r *RefreshingCredentials) alive(now time.Time) *Credentials {
	if r.held == nil || (!r.held.Expiration.IsZero() && !r.held.Expiration.After(now)) {
		return nil
	}
	return r.held
}

// renewTime returns when credentials obtained now are to be replaced; zero for never.
func renewTime(found Credentials, now time.Time, share float64) time.Time {
	if found.Expiration.IsZero() {
		return time.Time{}
	}
	margin := found.Expiration.Sub(now) / refreshMarginDivisor
	if margin > refreshMarginMax {
		margin = refreshMarginMax
	}
	return found.Expiration.Add(-time.Duration(float64(margin) * (1 + share)))
}
