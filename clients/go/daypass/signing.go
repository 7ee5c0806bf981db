package daypass

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"daypass.dev/internal/chance"
)

const (
	algorithm  = "AWS4-HMAC-SHA256"
	service    = "sts"
	terminator = "aws4_request"
)

// Header is one name and value of the metadata of a call.
type Header struct{ Name, Value string }

// Signer signs calls for one region: AWS Signature Version 4 in the metadata of a gRPC
// call. See docs/signing.md.
type Signer struct {
	// Region is the region that signatures name.
	Region string
	// Clock is what they take the time from.
	Clock Clock
	// NameCall draws what tells one call from another; nil for chance.
	//
	// Without it two equal calls of one second would have one signature, and the server
	// would take them for one call.
	NameCall func() string
}

// Sign returns the metadata that proves a call of a full method, such as
// /daypass.api.sts.v1.SecurityTokenService/AssumeRole, with the request as it is sent;
// that is empty for a call that streams.
func (s Signer) Sign(method string, body []byte, credentials Credentials) []Header {
	now := s.Clock.Now().UTC()
	name := chance.ID
	if s.NameCall != nil {
		name = s.NameCall
	}
	digest := sha256.Sum256(body)
	// Sorted by name, as they are signed. `host` is not: proxies rewrite it.
	headers := []Header{
		{"amz-sdk-invocation-id", name()},
		{"x-amz-content-sha256", hex.EncodeToString(digest[:])},
		{"x-amz-date", now.Format("20060102T150405Z")},
	}
	if !credentials.SessionToken.IsZero() {
		headers = append(headers, Header{"x-amz-security-token", credentials.SessionToken.Reveal()})
	}
	scope := strings.Join([]string{now.Format("20060102"), s.Region, service, terminator}, "/")
	request, names := canonicalRequest(method, headers)
	signature := mac(signingKey(credentials, scope), stringToSign(request, scope, now))
	return append([]Header{{"authorization", algorithm +
		" Credential=" + credentials.AccessKeyID + "/" + scope +
		", SignedHeaders=" + names +
		", Signature=" + hex.EncodeToString(signature)}}, headers...)
}

// canonicalRequest returns what is signed of a call, and the names of its headers.
//
// NOTE: neither path nor values are escaped here: the characters of a method's name are
// all unreserved, and the values are printable and without blanks.
func canonicalRequest(method string, headers []Header) (string, string) {
	var lines strings.Builder
	names := make([]string, len(headers))
	payload := ""
	for place, header := range headers {
		lines.WriteString(header.Name + ":" + header.Value + "\n")
		names[place] = header.Name
		if header.Name == "x-amz-content-sha256" {
			payload = header.Value
		}
	}
	joined := strings.Join(names, ";")
	return "POST\n" + method + "\n\n" + lines.String() + "\n" + joined + "\n" + payload, joined
}

func stringToSign(request, scope string, now time.Time) string {
	digest := sha256.Sum256([]byte(request))
	return strings.Join([]string{
		algorithm, now.Format("20060102T150405Z"), scope, hex.EncodeToString(digest[:]),
	}, "\n")
}

func signingKey(credentials Credentials, scope string) []byte {
	key := []byte("AWS4" + credentials.SecretAccessKey.Reveal())
	for _, part := range strings.Split(scope, "/") {
		key = mac(key, part)
	}
	return key
}

func mac(key []byte, text string) []byte {
	digest := hmac.New(sha256.New, key)
	digest.Write([]byte(text))
	return digest.Sum(nil)
}
