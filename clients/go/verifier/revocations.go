package verifier

import (
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	sessionv1 "daypass.dev/api/session/v1"
	"daypass.dev/daypass"
)

// Revocations that have run out are looked for once in this time.
const forgetPeriod = time.Minute

const revocationHint = "See Status().LastError; following revocations takes" +
	" daypass:WatchRevocations in an account of the operators."

var errNews = errors.New("the message names no place in a log, or revokes what is not known here")

var scopes = map[string]bool{"session": true, "principal": true, "account": true, "key": true, "token": true}

type revoked struct {
	sequence int64
	keep     time.Time
}

// revocations are what is known to have ended, and how old that is. They are told of
// messages and of the time, which is that of daypass.BootTime.
//
// SPEC: design 7; decision 0030.
type revocations struct {
	ageMax time.Duration

	mu       sync.RWMutex
	logID    string
	sequence int64
	entries  map[name]revoked
	newest   int64
	// hasRead is whether the log was known to its end, at readAt.
	hasRead     bool
	readAt      time.Duration
	revokedKeys map[string]bool
	forgottenAt time.Duration
}

func newRevocations(ageMax time.Duration) *revocations {
	return &revocations{ageMax: ageMax, entries: map[name]revoked{}, revokedKeys: map[string]bool{}}
}

// place returns the log that is followed, and how far it is known.
func (r *revocations) place() (string, int64) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.logID, r.sequence
}

// count returns how many revocations are in force.
func (r *revocations) count() int {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return len(r.entries)
}

// isRevokedKey tells whether a key was revoked, in this log or in one before it.
//
// NOTE: keys are named by their digest, so that a name never comes back.
func (r *revocations) isRevokedKey(kid string) bool {
	r.mu.RLock()
	defer r.mu.RUnlock()
	return r.revokedKeys[kid]
}

// age returns how old the knowledge is, or why it is not to be used.
func (r *revocations) age(now time.Duration) (time.Duration, error) {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if !r.hasRead {
		return 0, &daypass.CannotVouchError{
			Reason: "revocations_unknown", Message: "Revocations are not known yet.", Hint: revocationHint,
		}
	}
	age := now - r.readAt
	if age > r.ageMax {
		return age, &daypass.CannotVouchError{
			Reason: "revocations_stale", Hint: revocationHint,
			Message: fmt.Sprintf("Revocations were last read %.1f s ago, and %g s are allowed.",
				age.Seconds(), r.ageMax.Seconds()),
		}
	}
	return age, nil
}

// take takes a message in, which was not sent before sentAt as far as that is known.
func (r *revocations) take(news *sessionv1.WatchRevocationsResponse, sentAt time.Duration, now time.Time) error {
	if news.LogId == "" || news.Sequence < 0 {
		return errNews
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if news.Restart || news.LogId != r.logID {
		r.forgetAll(news.LogId)
	}
	for _, each := range news.Revocations {
		scope := strings.ToLower(strings.TrimPrefix(each.Scope.String(), "SCOPE_"))
		if !scopes[scope] || each.Subject == "" {
			// Nothing is vouched for from then on.
			r.forgetAll("")
			return errNews
		}
		if each.Sequence > r.newest {
			r.newest = each.Sequence
		}
		r.entries[name{scope, each.Subject}] = revoked{each.Sequence, each.KeepTime.AsTime()}
		if scope == "key" {
			r.revokedKeys[each.Subject] = true
		}
	}
	r.sequence = news.Sequence
	if !news.Complete {
		return nil
	}
	if read := sentAt - news.Staleness.AsDuration(); !r.hasRead || read > r.readAt {
		r.hasRead, r.readAt = true, read
	}
	r.forgetEnded(sentAt, now)
	return nil
}

func (r *revocations) forgetAll(logID string) {
	r.logID, r.sequence, r.newest, r.hasRead = logID, 0, 0, false
	r.entries = map[name]revoked{}
}

func (r *revocations) forgetEnded(at time.Duration, now time.Time) {
	if at-r.forgottenAt < forgetPeriod {
		return
	}
	r.forgottenAt = at
	for each, entry := range r.entries {
		if !entry.keep.After(now) {
			delete(r.entries, each)
		}
	}
}

// check fails where a token was revoked, where what was revoked of its time is lost, and
// where it was issued after what is known.
func (r *revocations) check(of *origin) error {
	r.mu.RLock()
	defer r.mu.RUnlock()
	if of.logID != r.logID {
		return refused("revoked")
	}
	if _, ended := r.entries[of.ownName]; ended {
		return refused("revoked")
	}
	// Most tokens are younger than the last revocation.
	if r.newest > of.sequence {
		for _, each := range of.names() {
			if r.entries[each].sequence > of.sequence {
				return refused("revoked")
			}
		}
	}
	if of.sequence > r.sequence {
		return &daypass.CannotVouchError{
			Reason: "revocations_behind", Hint: "Ask again in a second.",
			Message: "The token was issued after what is known of revocations.",
		}
	}
	return nil
}
