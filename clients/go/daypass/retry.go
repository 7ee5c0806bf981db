package daypass

import (
	"math"
	"sync"
	"time"

	"daypass.dev/internal/chance"
	"google.golang.org/grpc/codes"
)

const (
	// One call and four repetitions: with the pauses below that is under a second.
	attemptsMax = 5
	// In place of a worker that has just ended another one answers at once.
	retryPauseFirst = 10 * time.Millisecond
	retryPauseMin   = 100 * time.Millisecond
	retryPauseMax   = time.Second
	retrySpread     = 0.2
	retryBudget     = 10.0
	retryPerSuccess = 0.1
)

// repetition says when a call may be made again after a failure that may pass.
type repetition int

const (
	// Whenever the server is away, or busy and says when to come back.
	free repetition = iota
	// Only when it is away: the call issues something new each time.
	scarce
	// Never: the call carries a proof that is good for once.
	never
)

// budget is what the calls of one client may spend on repetitions together. Where half
// of them fail nothing is repeated, so that clients do not hold down a server that
// struggles; ten good calls earn one back.
type budget struct {
	mu     sync.Mutex
	tokens float64
}

// failed takes note of a failure, and says whether there is enough left.
func (b *budget) failed() bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = math.Max(0, b.tokens-1)
	return b.tokens > retryBudget/2
}

// succeeded takes note of a success, which earns back a part of a repetition.
func (b *budget) succeeded() {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.tokens = math.Min(retryBudget, b.tokens+retryPerSuccess)
}

// pauseAfter returns how long to pause before the next attempt, and whether there is
// to be one.
func pauseAfter(failed *CallError, failures int, how repetition, spent *budget) (time.Duration, bool) {
	if !mayPass(failed, how) || !spent.failed() || failures >= attemptsMax {
		return 0, false
	}
	if failed.RetryDelay != nil {
		return *failed.RetryDelay, true
	}
	pause := retryPauseFirst.Seconds()
	if failures > 1 {
		pause = math.Min(retryPauseMin.Seconds()*math.Pow(2, float64(failures-2)), retryPauseMax.Seconds())
	}
	return seconds(pause * (1 + retrySpread*(2*chance.Share()-1))), true
}

// NOTE: without a time to come back, RESOURCE_EXHAUSTED is of gRPC itself or of a proxy,
// for a message that will be too large each time.
func mayPass(failed *CallError, how repetition) bool {
	switch {
	case how == never:
		return false
	case failed.Code == codes.Unavailable:
		return true
	}
	return how == free && failed.Code == codes.ResourceExhausted && failed.RetryDelay != nil
}
