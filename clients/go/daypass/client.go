package daypass

import (
	"context"
	"errors"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/protobuf/proto"
)

// AskCode asks for the code that a second factor shows, by its serial number or ARN.
type AskCode func(ctx context.Context, serialNumber string) (string, error)

// Option changes how a client works.
type Option func(*options)

type options struct {
	timeout time.Duration
	clock   Clock
	askCode AskCode
}

// WithTimeout says how long one call may take, repetitions included; at most a minute.
// Without it that is ten seconds. A context may end a call sooner.
func WithTimeout(timeout time.Duration) Option {
	return func(o *options) { o.timeout = timeout }
}

// WithClock says what signatures and credentials take the time from.
func WithClock(clock Clock) Option { return func(o *options) { o.clock = clock } }

// WithAskCode says whom to ask for the code of a second factor.
func WithAskCode(ask AskCode) Option { return func(o *options) { o.askCode = ask } }

// Client speaks with a server. Goroutines may share one; close it when done.
type Client struct {
	transport *transport
	clock     Clock
	own       *Credentials
	provider  *RefreshingCredentials
}

// A client stands in for a connection: every generated stub takes it.
var _ grpc.ClientConnInterface = (*Client)(nil)

// NewClient returns a client for a profile; it connects when the first call needs that.
func NewClient(profile Profile, opts ...Option) (*Client, error) {
	chosen := options{timeout: timeoutDefault, clock: SystemClock()}
	for _, option := range opts {
		option(&chosen)
	}
	if chosen.timeout <= 0 || chosen.timeout > timeoutMax {
		return nil, &ConfigurationError{Message: "A timeout is more than 0 and at most 60 seconds."}
	}
	if profile.Endpoint.Target == "" {
		profile.Endpoint = Endpoint{Target: DefaultEndpoint}
	}
	if profile.Region == "" {
		profile.Region = DefaultRegion
	}
	conn, err := openChannel(profile)
	if err != nil {
		return nil, err
	}
	way := &transport{
		conn: conn, target: profile.Endpoint.Target, timeout: chosen.timeout,
		signer: Signer{Region: profile.Region, Clock: chosen.clock},
		budget: &budget{tokens: retryBudget},
	}
	client := &Client{transport: way, clock: chosen.clock, own: profile.Credentials}
	roles, err := newChain(profile, way, chosen.clock, chosen.askCode)
	if err != nil {
		_ = conn.Close()
		return nil, err
	}
	if roles != nil {
		client.provider = NewRefreshingCredentials(roles.obtain, chosen.clock)
	}
	return client, nil
}

// Close closes the connection; calls in flight fail.
func (c *Client) Close() error { return c.transport.conn.Close() }

// Credentials returns what signs calls: of a profile with roles, renewed as needed.
func (c *Client) Credentials(ctx context.Context) (Credentials, error) {
	if c.provider != nil {
		return c.provider.Credentials(ctx)
	}
	if c.own == nil {
		return Credentials{}, &ConfigurationError{
			Message: "There are no credentials to sign the call with.",
			Hint:    hints["MissingAuthenticationToken"],
		}
	}
	return *c.own, nil
}

// Invoke makes a call, as generated stubs do: signed, with a deadline, and repeated
// where that helps. It fails with a [CallError], or a [ConfigurationError] where no call
// was made.
func (c *Client) Invoke(ctx context.Context, method string, args, reply any, opts ...grpc.CallOption) error {
	request, isMessage := args.(proto.Message)
	answer, isAnswer := reply.(proto.Message)
	if !isMessage || !isAnswer {
		return &ConfigurationError{Message: "A call sends a message and answers another."}
	}
	body, err := proto.Marshal(request)
	if err != nil {
		return &ConfigurationError{Message: "The request cannot be written: " + err.Error() + "."}
	}
	with, err := c.proof(ctx, method)
	if err != nil {
		return err
	}
	data, err := c.transport.send(ctx, method, body, with, repetitionOf(method, request), opts...)
	if err != nil {
		c.discardIfSpent(with, err)
		return err
	}
	if proto.Unmarshal(data, answer) != nil {
		return unreadable()
	}
	return nil
}

// NewStream opens a call that stays open, as generated stubs do. Its proof is over the
// empty string, and it is not repeated.
func (c *Client) NewStream(
	ctx context.Context, desc *grpc.StreamDesc, method string, opts ...grpc.CallOption,
) (grpc.ClientStream, error) {
	with, err := c.proof(ctx, method)
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithTimeout(ctx, streamTimeout)
	proven := c.transport.prove(ctx, method, nil, with)
	opened, err := c.transport.conn.NewStream(proven, desc, method, opts...)
	if err != nil {
		failed := callError(ctx, err, c.transport.target)
		cancel()
		c.discardIfSpent(with, failed)
		return nil, failed
	}
	return &stream{
		ClientStream: opened, target: c.transport.target, cancel: cancel,
		failed: func(err error) { c.discardIfSpent(with, err) },
	}, nil
}

func (c *Client) proof(ctx context.Context, method string) (*Credentials, error) {
	if unsigned[method] {
		return nil, nil
	}
	found, err := c.Credentials(ctx)
	if err != nil {
		return nil, err
	}
	return &found, nil
}

// discardIfSpent gives up credentials that were revoked, perhaps: the next call gets new.
func (c *Client) discardIfSpent(with *Credentials, err error) {
	if c.provider != nil && with != nil && isSpent(err) {
		c.provider.Discard(*with)
	}
}

// IsRefusal tells whether asking again for the same will not help.
func IsRefusal(err error) bool { return errors.Is(err, ErrRejected) }
