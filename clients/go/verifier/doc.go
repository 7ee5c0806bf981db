// Package verifier verifies tokens of a Daypass deployment without asking it each time.
//
// It owns the strict reading of tokens, the keys that sign them, what is known of
// revocations, and the memory of tokens that were seen. It leans on a client for the key
// set and the two streams, or on the URL of a key set. It makes no call for a token, and
// does not know which roles and users have been deleted since: only a server does.
package verifier
