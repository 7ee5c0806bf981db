package daypass

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	sessionv1 "daypass.dev/api/session/v1"
	stsv1 "daypass.dev/api/sts/v1"
	"google.golang.org/grpc"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/status"
)

// server answers who calls, counts, and ends streams with a refusal.
type server struct {
	stsv1.UnimplementedSecurityTokenServiceServer
	sessionv1.UnimplementedSessionServiceServer
	calls int
	wait  chan struct{}
}

func (s *server) GetCallerIdentity(
	ctx context.Context, _ *stsv1.GetCallerIdentityRequest,
) (*stsv1.GetCallerIdentityResponse, error) {
	s.calls++
	if s.wait != nil {
		select {
		case <-s.wait:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
	}
	return &stsv1.GetCallerIdentityResponse{Arn: "me"}, nil
}

func (s *server) AssumeRole(context.Context, *stsv1.AssumeRoleRequest) (*stsv1.AssumeRoleResponse, error) {
	s.calls++
	return nil, status.Error(codes.Unavailable, "away")
}

func (s *server) WatchRevocations(
	_ *sessionv1.WatchRevocationsRequest, to sessionv1.SessionService_WatchRevocationsServer,
) error {
	if err := to.Send(&sessionv1.WatchRevocationsResponse{LogId: "log"}); err != nil {
		return err
	}
	return status.Error(codes.PermissionDenied, "no")
}

func serve(t *testing.T, options ...grpc.ServerOption) (*server, string) {
	t.Helper()
	listening, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	behind, found := grpc.NewServer(options...), &server{}
	stsv1.RegisterSecurityTokenServiceServer(behind, found)
	sessionv1.RegisterSessionServiceServer(behind, found)
	go func() { _ = behind.Serve(listening) }()
	t.Cleanup(behind.Stop)
	return found, listening.Addr().String()
}

func dial(t *testing.T, profile Profile, options ...Option) *Client {
	t.Helper()
	keys := testCredentials(t, "")
	profile.Credentials = &keys
	client, err := NewClient(profile, options...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = client.Close() })
	return client
}

// The code of a second factor is good for once: a call with one is not repeated.
func TestCodesAreSentOnce(t *testing.T) {
	behind, address := serve(t)
	client := dial(t, Profile{Endpoint: Endpoint{Target: address}})
	for code, most := range map[string]int{"123456": 1, "": attemptsMax} {
		behind.calls = 0
		_, err := client.AssumeRole(context.Background(), RoleRequest{RoleARN: "r", TokenCode: code})
		if !errors.Is(err, ErrUnavailable) || behind.calls != most {
			t.Errorf("with %q: %d calls, %v", code, behind.calls, err)
		}
	}
}

// A context of the caller ends a call, and is found in its error.
func TestCallersMayGiveUp(t *testing.T) {
	behind, address := serve(t)
	behind.wait = make(chan struct{})
	defer close(behind.wait)
	client := dial(t, Profile{Endpoint: Endpoint{Target: address}})
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error)
	go func() {
		_, err := client.GetCallerIdentity(ctx)
		ended <- err
	}()
	cancel()
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
}

// A stream that is refused says so in our words, to the generated stub.
func TestStreamsAreRefused(t *testing.T) {
	_, address := serve(t)
	client := dial(t, Profile{Endpoint: Endpoint{Target: address}})
	stream, err := sessionv1.NewSessionServiceClient(client).
		WatchRevocations(context.Background(), &sessionv1.WatchRevocationsRequest{})
	if err != nil {
		t.Fatal(err)
	}
	if news, err := stream.Recv(); err != nil || news.LogId != "log" {
		t.Fatal(news, err)
	}
	if _, err := stream.Recv(); !errors.Is(err, ErrAccessDenied) || !IsRefusal(err) {
		t.Error(err)
	}
}

// A server is believed by its certificate, and may ask for one of the client.
func TestTLS(t *testing.T) {
	authority, ca := certify(t, nil)
	pair, certificate := certify(t, &authority)
	roots := x509.NewCertPool()
	roots.AddCert(authority.Leaf)
	_, address := serve(t, grpc.Creds(credentials.NewTLS(&tls.Config{
		MinVersion: tls.VersionTLS12, Certificates: []tls.Certificate{pair},
		ClientAuth: tls.RequireAndVerifyClientCert, ClientCAs: roots,
	})))
	endpoint := Endpoint{Target: address, Encrypted: true}
	for title, each := range map[string]struct {
		profile Profile
		good    bool
	}{
		"no root":        {Profile{Endpoint: endpoint}, false},
		"no certificate": {Profile{Endpoint: endpoint, CABundle: ca[0]}, false},
		"both": {Profile{
			Endpoint: endpoint, CABundle: ca[0], ClientCertificate: certificate[0], ClientKey: certificate[1],
		}, true},
	} {
		_, err := dial(t, each.profile).GetCallerIdentity(context.Background())
		if (err == nil) != each.good {
			t.Errorf("%s: %v", title, err)
		}
	}
	for _, profile := range []Profile{
		{Endpoint: endpoint, ClientKey: certificate[1]},
		{Endpoint: endpoint, CABundle: certificate[1]},
		{Endpoint: endpoint, CABundle: filepath.Join(t.TempDir(), "none")},
		{Endpoint: endpoint, ClientCertificate: certificate[1], ClientKey: certificate[1]},
	} {
		var wrong *ConfigurationError
		if _, err := NewClient(profile); !errors.As(err, &wrong) {
			t.Errorf("%+v: %v", profile, err)
		}
	}
}

// certify makes a certificate for this machine, by an authority or as one, and its files.
func certify(t *testing.T, by *tls.Certificate) (tls.Certificate, [2]string) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()), Subject: pkix.Name{CommonName: "daypass"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour),
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}, IsCA: by == nil, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
	}
	parent, signer := template, any(key)
	if by != nil {
		parent, signer = by.Leaf, by.PrivateKey
	}
	data, err := x509.CreateCertificate(rand.Reader, template, parent, &key.PublicKey, signer)
	if err != nil {
		t.Fatal(err)
	}
	private, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	folder, files := t.TempDir(), [2]string{}
	for place, block := range []*pem.Block{{Type: "CERTIFICATE", Bytes: data}, {Type: "EC PRIVATE KEY", Bytes: private}} {
		files[place] = filepath.Join(folder, block.Type)
		if err := os.WriteFile(files[place], pem.EncodeToMemory(block), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	leaf, err := x509.ParseCertificate(data)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{data}, PrivateKey: key, Leaf: leaf}, files
}

// A caller who gives up leaves the request to the others.
func TestWaitersOutliveWhoAsks(t *testing.T) {
	asked, release := make(chan struct{}), make(chan struct{})
	want := testCredentials(t, "")
	provider := NewRefreshingCredentials(func(context.Context) (Credentials, error) {
		close(asked)
		<-release
		return want, nil
	}, nil)
	ctx, cancel := context.WithCancel(context.Background())
	gaveUp, got := make(chan error), make(chan error)
	go func() { _, err := provider.Credentials(ctx); gaveUp <- err }()
	<-asked
	go func() { _, err := provider.Credentials(context.Background()); got <- err }()
	cancel()
	if err := <-gaveUp; !errors.Is(err, context.Canceled) {
		t.Error(err)
	}
	close(release)
	if err := <-got; err != nil {
		t.Error(err)
	}
}
