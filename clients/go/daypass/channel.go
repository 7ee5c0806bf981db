package daypass

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"os"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/backoff"
	"google.golang.org/grpc/credentials"
	"google.golang.org/grpc/credentials/insecure"
)

// openChannel makes a channel, all bounds written out; it connects when first used.
func openChannel(profile Profile) (*grpc.ClientConn, error) {
	options := []grpc.DialOption{
		// We repeat calls ourselves: gRPC goes by the code alone.
		grpc.WithDisableRetry(),
		// Who controls the name service must not control our retries.
		grpc.WithDisableServiceConfig(),
		// Where a connection cannot be made every call fails until the next attempt, which
		// has to come before the repetitions of a call are over.
		grpc.WithConnectParams(grpc.ConnectParams{
			Backoff: backoff.Config{
				BaseDelay: 100 * time.Millisecond, Multiplier: 1.6, Jitter: 0.2, MaxDelay: 5 * time.Second,
			},
			MinConnectTimeout: timeoutDefault,
		}),
		grpc.WithUserAgent("daypass-client-go/" + Version),
		grpc.WithDefaultCallOptions(
			grpc.MaxCallSendMsgSize(requestBytesMax), grpc.MaxCallRecvMsgSize(responseBytesMax)),
	}
	if !profile.Endpoint.Encrypted {
		// What goes in clear goes to its machine, and never through a proxy.
		options = append(options, grpc.WithNoProxy(),
			grpc.WithTransportCredentials(insecure.NewCredentials()))
	} else {
		config, err := tlsConfig(profile)
		if err != nil {
			return nil, err
		}
		options = append(options, grpc.WithTransportCredentials(credentials.NewTLS(config)))
	}
	conn, err := grpc.NewClient(profile.Endpoint.Target, options...)
	if err != nil {
		return nil, &ConfigurationError{Message: "The endpoint is not one to dial.", Hint: endpointHint}
	}
	return conn, nil
}

// tlsConfig returns what TLS trusts, and what it shows of this client.
func tlsConfig(profile Profile) (*tls.Config, error) {
	config := &tls.Config{MinVersion: tls.VersionTLS12}
	if profile.CABundle != "" {
		data, err := os.ReadFile(profile.CABundle)
		if err != nil {
			return nil, unreadableFile("certificates", profile.CABundle, err)
		}
		config.RootCAs = x509.NewCertPool()
		if !config.RootCAs.AppendCertsFromPEM(data) {
			return nil, &ConfigurationError{Message: "The file holds no certificates.", File: profile.CABundle}
		}
	}
	if (profile.ClientCertificate == "") != (profile.ClientKey == "") {
		return nil, &ConfigurationError{
			Message: "Of the certificate of this client and its key only one is named.",
			Hint:    "Name both, or neither.",
		}
	}
	if profile.ClientCertificate != "" {
		pair, err := tls.LoadX509KeyPair(profile.ClientCertificate, profile.ClientKey)
		if err != nil {
			return nil, unreadableFile("certificate of this client and its key",
				profile.ClientCertificate, err)
		}
		config.Certificates = []tls.Certificate{pair}
	}
	return config, nil
}

// unreadableFile names the file and the fault of the system, never what is in it.
func unreadableFile(what, file string, err error) error {
	reason := "it is not what it should be"
	var fault *os.PathError
	if errors.As(err, &fault) {
		reason = fault.Err.Error()
	}
	return &ConfigurationError{Message: "The " + what + " cannot be read: " + reason + ".", File: file}
}

func isEnd(err error) bool { return errors.Is(err, io.EOF) }
