package verifier

import (
	"context"
	"errors"
	"io"
	"time"

	keyringv1 "daypass.dev/api/keyring/v1"
	sessionv1 "daypass.dev/api/session/v1"
	"daypass.dev/daypass"
	"daypass.dev/internal/chance"
)

const (
	// A stream that breaks is opened again after a pause, which doubles each time.
	followPauseMin, followPauseMax = 100 * time.Millisecond, 5 * time.Second
	// A server sends a key set every ten seconds; after so long without one this program
	// slept, and what waits in the stream is old.
	heartbeatsMissed = 30 * time.Second
)

// pauses are those before a stream is opened again, longer with each failure.
type pauses struct{ failures int }

func (p *pauses) wentWell() { p.failures = 0 }

// wait pauses, and tells whether to go on.
func (p *pauses) wait(ctx context.Context) bool {
	pause := followPauseMin << p.failures
	if pause > followPauseMax {
		pause = followPauseMax
	} else {
		p.failures++
	}
	return sleep(ctx, time.Duration(float64(pause)*(0.5+chance.Share()/2)))
}

func sleep(ctx context.Context, span time.Duration) bool {
	timer := time.NewTimer(span)
	defer timer.Stop()
	select {
	case <-timer.C:
		return true
	case <-ctx.Done():
		return false
	}
}

func (v *Verifier) followKeys(ctx context.Context) {
	defer v.running.Done()
	pause := &pauses{}
	from, streams := v.source.(clientSource)
	for {
		var err error
		switch {
		case streams:
			err = v.readKeySets(ctx, from.client, pause)
		case sleep(ctx, v.keys.pollPause()):
			err = v.askForKeys(ctx)
		}
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			v.keysFailed(err)
			// Whoever may not follow the key set may ask for it.
			streams = streams && !daypass.IsRefusal(err)
		}
		if !pause.wait(ctx) {
			return
		}
	}
}

func (v *Verifier) readKeySets(ctx context.Context, client *daypass.Client, pause *pauses) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	openedAt := daypass.BootTime()
	stream, err := keyringv1.NewKeyringServiceClient(client).WatchKeySet(ctx, &keyringv1.WatchKeySetRequest{})
	if err != nil {
		return err
	}
	for {
		news, err := stream.Recv()
		if err != nil {
			return endless(err)
		}
		pause.wentWell()
		now := daypass.BootTime()
		age, isKnown := v.keys.age(now)
		slept := now-openedAt > heartbeatsMissed && (!isKnown || age > heartbeatsMissed)
		readAt := now
		if slept {
			readAt = openedAt
		}
		set := keySet{publicKeys(news.Keys), news.MaxAge.AsDuration()}
		if err := v.takeKeys(set, readAt, news.Version); err != nil || slept {
			return err
		}
	}
}

func (v *Verifier) followRevocations(ctx context.Context) {
	defer v.running.Done()
	pause := &pauses{}
	from := v.source.(clientSource)
	for {
		err := v.readRevocations(ctx, from.client, pause)
		if ctx.Err() != nil {
			return
		}
		if err != nil {
			v.mu.Lock()
			v.revocationError = err
			v.mu.Unlock()
			v.tell()
		}
		if !pause.wait(ctx) {
			return
		}
	}
}

// readRevocations follows one stream from where an earlier one has ended. It ends where
// this program slept for longer than its knowledge may be old: what waits in the stream
// is then as old as that, whatever it says of itself, and another stream is asked.
func (v *Verifier) readRevocations(ctx context.Context, client *daypass.Client, pause *pauses) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	logID, sequence := v.revocations.place()
	openedAt := daypass.BootTime()
	stream, err := sessionv1.NewSessionServiceClient(client).WatchRevocations(
		ctx, &sessionv1.WatchRevocationsRequest{LogId: logID, Sequence: sequence})
	if err != nil {
		return err
	}
	for first := true; ; {
		news, err := stream.Recv()
		if err != nil {
			return endless(err)
		}
		now := daypass.BootTime()
		_, stale := v.revocations.age(now)
		slept := !first && stale != nil
		// NOTE: the first message was sent after the stream was opened, and no other bound
		// of its time is known; where all goes well the rest come at once.
		sentAt := now
		if first || slept {
			sentAt = openedAt
		}
		if err := v.revocations.take(news, sentAt, v.clock.Now()); err != nil {
			return err
		}
		v.mu.Lock()
		v.revocationError = nil
		v.mu.Unlock()
		first = first && !news.Complete
		pause.wentWell()
		v.tell()
		if slept && news.Complete {
			return nil
		}
	}
}

func (v *Verifier) takeKeys(set keySet, readAt time.Duration, version int64) error {
	err := v.keys.take(set, readAt, version)
	if err == nil {
		v.mu.Lock()
		v.keyError = nil
		v.mu.Unlock()
		v.tell()
	}
	return err
}

func (v *Verifier) keysFailed(err error) {
	v.mu.Lock()
	v.keyError = err
	v.mu.Unlock()
	v.tell()
}

func (v *Verifier) tell() {
	select {
	case v.changed <- struct{}{}:
	default:
	}
}

// endless makes nothing of the end of a stream: they end after five minutes.
func endless(err error) error {
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}
