// Package daypass is the Go client of Daypass: temporary credentials over gRPC.
//
// It owns the client, the signing of calls, profiles, and credentials that renew
// themselves. It leans on the generated stubs in daypass.dev/api. Tokens are verified
// without a call by daypass.dev/verifier.
//
// A [Client] has methods for what most programs do, and is a
// [google.golang.org/grpc.ClientConnInterface]: every other operation is called
// through its generated stub, signed, with a deadline and repeated all the same.
package daypass

// Version is the version of this client; it is that of the server it is released with.
const Version = "0.1.0"
