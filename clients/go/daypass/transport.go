package daypass

import (
	"context"
	"fmt"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/metadata"
)

const (
	// What the server grants a call that names no deadline, and the most it grants.
	timeoutDefault = 10 * time.Second
	timeoutMax     = time.Minute
	// A server ends a stream after five minutes; one that does not is hung.
	streamTimeout = 6 * time.Minute
	// The server refuses longer requests.
	requestBytesMax = 262_144
	// A page of a thousand sessions is under one MiB.
	responseBytesMax = 4_194_304
)

// transport is how a call travels: signed, with a deadline, and again where that helps.
type transport struct {
	conn    *grpc.ClientConn
	target  string
	timeout time.Duration
	signer  Signer
	budget  *budget
}

// send makes one call; the bytes that are signed are those that are sent.
//
// NOTE: every attempt carries the proof of the first, by which the server knows that it
// is the same call, and issues no second session for it; until the server says that it
// cannot answer that proof again. Then the call is signed anew, once: a server that says so
// is there, and so that is no failure.
func (t *transport) send(
	ctx context.Context, method string, body []byte, credentials *Credentials, how repetition,
	opts ...grpc.CallOption,
) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, t.timeout)
	defer cancel()
	proven := t.prove(ctx, method, body, credentials)
	opts = append(opts, grpc.ForceCodec(rawCodec{}))
	failures, signedAnew := 0, false
	for {
		var answer []byte
		err := t.conn.Invoke(proven, method, body, &answer, opts...)
		if err == nil {
			t.budget.succeeded()
			return answer, nil
		}
		failed := callError(ctx, err, t.target)
		if failed.signAnew && !signedAnew && how != never {
			proven, signedAnew = t.prove(ctx, method, body, credentials), true
			continue
		}
		failures++
		pause, again := pauseAfter(failed, failures, how, t.budget)
		if end, ok := ctx.Deadline(); !again || !ok || pause >= time.Until(end) {
			return nil, failed
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			failed.cause = ctx.Err()
			return nil, failed
		}
	}
}

// prove returns the context of a call with what proves it.
func (t *transport) prove(
	ctx context.Context, method string, body []byte, credentials *Credentials,
) context.Context {
	if credentials == nil {
		return ctx
	}
	for _, header := range t.signer.Sign(method, body, *credentials) {
		ctx = metadata.AppendToOutgoingContext(ctx, header.Name, header.Value)
	}
	return ctx
}

// rawCodec passes bytes on: what was signed is what is sent.
type rawCodec struct{}

func (rawCodec) Marshal(value any) ([]byte, error) {
	body, ok := value.([]byte)
	if !ok {
		return nil, fmt.Errorf("daypass: a call sends bytes, not %T", value)
	}
	return body, nil
}

func (rawCodec) Unmarshal(data []byte, value any) error {
	answer, ok := value.(*[]byte)
	if !ok {
		return fmt.Errorf("daypass: a call answers bytes, not %T", value)
	}
	*answer = append([]byte(nil), data...)
	return nil
}

// Name is that of the codec whose bytes these are.
func (rawCodec) Name() string { return "proto" }

// stream turns the failures of an open call into ours.
type stream struct {
	grpc.ClientStream
	target string
	cancel context.CancelFunc
	failed func(error)
}

// RecvMsg reads a message, or says why there is none.
func (s *stream) RecvMsg(message any) error {
	err := s.ClientStream.RecvMsg(message)
	if err == nil {
		return nil
	}
	defer s.cancel()
	if isEnd(err) {
		return err
	}
	failed := callError(s.Context(), err, s.target)
	s.failed(failed)
	return failed
}
