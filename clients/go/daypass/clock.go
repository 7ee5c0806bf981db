package daypass

import (
	"sync"
	"time"
)

// Clock tells the time of day.
type Clock interface {
	// Now returns the time of day.
	Now() time.Time
}

type systemClock struct{}

func (systemClock) Now() time.Time { return time.Now() }

// SystemClock is the clock of this machine.
func SystemClock() Clock { return systemClock{} }

// BootTime tells the time since an arbitrary start, in which the machine may have
// slept: on Linux that counts.
func BootTime() time.Duration { return bootTime() }

// steadyClock does not go back behind a time that was noted: what was obtained for a
// quarter of an hour ends after a quarter of an hour, though somebody sets the clock
// back meanwhile. A clock that is set forward is believed.
type steadyClock struct {
	clock Clock

	mu       sync.Mutex
	noted    time.Time
	notedAt  time.Duration
	hasNoted bool
}

// note returns the time of day, and begins to count from it.
func (c *steadyClock) note() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.noted, c.notedAt, c.hasNoted = c.clock.Now(), BootTime(), true
	return c.noted
}

// Now returns the time of day, or what it must be by now, whichever is later.
func (c *steadyClock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := c.clock.Now()
	if !c.hasNoted {
		return now
	}
	if passed := c.noted.Add(BootTime() - c.notedAt); passed.After(now) {
		return passed
	}
	return now
}
