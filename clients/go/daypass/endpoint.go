package daypass

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"daypass.dev/internal/fetch"
)

// DefaultEndpoint is where a server listens that was not told otherwise.
const DefaultEndpoint = "127.0.0.1:50051"

var endpointForm = regexp.MustCompile(
	`^(?:(https?|unsafe-plaintext)://)?(\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::([0-9]{1,5}))?/?$`)

const endpointHint = "Write host:port, https://host:port, or unix:/path/to/socket; in clear it is" +
	" http://host:port for this machine and unsafe-plaintext://host:port for others."

// Endpoint is where to dial. Answers may carry a secret access key, so that nothing but
// this machine is spoken with in clear, unless the scheme has an alarming name.
type Endpoint struct {
	// Target is the address in gRPC's spelling.
	Target string
	// Encrypted is whether TLS is spoken.
	Encrypted bool
}

// ParseEndpoint reads an endpoint. Without a scheme it means clear text to this machine
// and TLS to others.
func ParseEndpoint(text string) (Endpoint, error) {
	if strings.HasPrefix(text, "unix:/") {
		return Endpoint{Target: text}, nil
	}
	form := endpointForm.FindStringSubmatch(text)
	if form == nil {
		return Endpoint{}, &ConfigurationError{
			Message: fmt.Sprintf("The endpoint %q is not one to dial.", text), Hint: endpointHint,
		}
	}
	scheme, host, digits := form[1], form[2], form[3]
	if digits == "" && scheme == "https" {
		digits = "443"
	}
	port, _ := strconv.Atoi(digits)
	if port < 1 || port > 65_535 {
		return Endpoint{}, &ConfigurationError{
			Message: fmt.Sprintf("The endpoint %q needs a port, 1 to 65535.", text), Hint: endpointHint,
		}
	}
	near := fetch.IsLoopback(strings.Trim(host, "[]"))
	if scheme == "http" && !near {
		return Endpoint{}, &ConfigurationError{
			Message: fmt.Sprintf("The endpoint %q would send credentials in clear to another machine.", text),
			Hint:    "Use https://, or unsafe-plaintext:// on a network you trust.",
		}
	}
	return Endpoint{
		Target:    host + ":" + strconv.Itoa(port),
		Encrypted: scheme == "https" || (scheme == "" && !near),
	}, nil
}
