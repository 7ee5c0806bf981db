package verifier

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"daypass.dev/daypass"
)

const (
	// A hundred keys of the longest kind are under 128 KiB.
	keysMax        = 100
	keySetBytesMax = 131_072
	// A key set is asked for at most so often because of keys that it does not have.
	unknownKeyCooldown = 10 * time.Second
	// How long a key set is kept where it does not say, and what it may say.
	keySetKept    = 5 * time.Minute
	keySetKeptMin = 10 * time.Second
	keySetKeptMax = time.Hour
)

var errKeySet = errors.New("the key set is not one that may be used")

// keySet is a key set as it came.
type keySet struct {
	keys   []publicKey
	maxAge time.Duration
}

// keyRing is which keys there are, and how old that knowledge is. It is told of key sets
// and of the time, which is that of daypass.BootTime.
type keyRing struct {
	ageMax time.Duration

	mu        sync.RWMutex
	keys      map[string]*verifyingKey
	published map[string]publicKey
	ignored   []string
	isKnown   bool
	readAt    time.Duration
	maxAge    time.Duration
	version   int64
	wasAsked  bool
	askedAt   time.Duration
}

// get returns a key by its name; nil where there is none.
func (r *keyRing) get(kid string) *verifyingKey {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.keys[kid]
}

// take takes a key set in, in place of the one before; the zero version is not known,
// and one older than the ring that is known is left alone.
func (r *keyRing) take(set keySet, readAt time.Duration, version int64) error {
	published := make(map[string]publicKey, len(set.keys))
	for _, key := range set.keys {
		published[key.kid] = key
	}
	if len(published) != len(set.keys) || len(published) > keysMax {
		return errKeySet
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if version > 0 && version < r.version {
		return nil
	}
	keys, ignored := make(map[string]*verifyingKey, len(published)), []string(nil)
	for kid, key := range published {
		// Those that are known already are not loaded again.
		if known := r.keys[kid]; known != nil && r.published[kid] == key {
			keys[kid] = known
		} else if loaded, err := loadKey(key); err == nil {
			keys[kid] = loaded
		} else {
			ignored = append(ignored, kid)
		}
	}
	r.keys, r.published, r.ignored = keys, published, ignored
	if !r.isKnown || readAt > r.readAt {
		r.isKnown, r.readAt = true, readAt
	}
	if r.maxAge = set.maxAge; r.maxAge <= 0 {
		r.maxAge = keySetKept
	}
	if version > r.version {
		r.version = version
	}
	return nil
}

// mayAsk tells, once in a cool-down, that a key that is not known may be asked for.
func (r *keyRing) mayAsk(now time.Duration) bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.wasAsked && now-r.askedAt < unknownKeyCooldown {
		return false
	}
	r.wasAsked, r.askedAt = true, now
	return true
}

// check fails where the set is older than it may be.
func (r *keyRing) check(now time.Duration) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !r.isKnown {
		return &daypass.CannotVouchError{Reason: "keys_unknown", Message: "The key set is not known yet."}
	}
	if age := now - r.readAt; age > r.ageMax {
		return &daypass.CannotVouchError{
			Reason: "keys_stale",
			Message: fmt.Sprintf("The key set was last read %.0f s ago, and %g s are allowed.",
				age.Seconds(), r.ageMax.Seconds()),
		}
	}
	return nil
}

// age returns how old the set is; false where there is none.
func (r *keyRing) age(now time.Duration) (time.Duration, bool) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return now - r.readAt, r.isKnown
}

// pollPause returns how long to wait before the key set is asked for again.
func (r *keyRing) pollPause() time.Duration {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return clamp(r.maxAge) / 2
}

func clamp(kept time.Duration) time.Duration {
	switch {
	case kept < keySetKeptMin:
		return keySetKeptMin
	case kept > keySetKeptMax:
		return keySetKeptMax
	}
	return kept
}

// names returns the names of the keys, and of those that are not used.
func (r *keyRing) names() (used, ignored []string) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	for kid := range r.keys {
		used = append(used, kid)
	}
	return used, append([]string(nil), r.ignored...)
}
