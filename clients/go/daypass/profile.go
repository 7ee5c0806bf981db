package daypass

// DefaultRegion is the region of signatures where nobody says another.
const DefaultRegion = "us-east-1"

// Profile is where calls go, and what signs them. The zero value is a server on this
// machine and calls that need no proof.
type Profile struct {
	// Name is what the profile is called; empty for one made in a program.
	Name string
	// Endpoint is the server.
	Endpoint Endpoint
	// Region is the region that signatures name.
	Region string
	// Credentials are what calls are signed with, or roles assumed with; nil for none.
	Credentials *Credentials
	// WebIdentity is a role to assume first, by a token in a file; nil for none.
	WebIdentity *WebIdentitySource
	// Source hands out credentials; nil for none.
	Source Source
	// Roles are assumed one with the credentials of the one before.
	Roles []RoleRequest
	// CABundle is a file of certificates that TLS trusts; empty for the usual.
	CABundle string
	// ClientCertificate is a file with the certificate that this client shows to a server
	// that asks for one, and ClientKey that of its key; empty for none.
	ClientCertificate, ClientKey string
}

// WithCredentials returns the same server with other credentials, and without roles.
func (p Profile) WithCredentials(credentials Credentials) Profile {
	p.Credentials, p.WebIdentity, p.Source, p.Roles = &credentials, nil, nil, nil
	return p
}
