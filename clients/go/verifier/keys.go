package verifier

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/ed25519"
	"crypto/elliptic"
	"crypto/rsa"
	"crypto/sha256"
	"crypto/sha512"
	"errors"
	"math/big"
)

const (
	// Servers name keys by 43 characters.
	keyIDCharactersMax = 128
	// Servers make keys of 3,072 bits; shorter ones are weak, longer ones slow.
	rsaBitsMin, rsaBitsMax = 2_048, 4_096
	rsaExponent            = 65_537
)

var errUnusableKey = errors.New("no key of the closed list, or an unsafe one")

// publicKey is a key as a key set has it.
type publicKey struct{ kid, kty, alg, use, crv, x, y, n, e string }

// verifyingKey is a public key that may be used, bound to the one algorithm that it
// verifies. The list is closed, and a token never chooses.
//
// SPEC: RFC 7518 sections 3.1, 3.3, 3.4 and 6; RFC 8037 section 3.1; FIPS 186-5.
type verifyingKey struct {
	kid, algorithm string
	// verifies tells whether a signature is of a message.
	verifies func(signature, message []byte) bool
}

func loadKey(key publicKey) (*verifyingKey, error) {
	if key.use != "sig" || key.kid == "" || len(key.kid) > keyIDCharactersMax {
		return nil, errUnusableKey
	}
	var load func(publicKey) func(signature, message []byte) bool
	switch [3]string{key.alg, key.kty, key.crv} {
	case [3]string{"EdDSA", "OKP", "Ed25519"}:
		load = loadEd25519
	case [3]string{"ES256", "EC", "P-256"}:
		load = loadECDSA(elliptic.P256(), func(data []byte) []byte {
			digest := sha256.Sum256(data)
			return digest[:]
		})
	case [3]string{"ES384", "EC", "P-384"}:
		load = loadECDSA(elliptic.P384(), func(data []byte) []byte {
			digest := sha512.Sum384(data)
			return digest[:]
		})
	case [3]string{"RS256", "RSA", ""}:
		load = loadRSA
	default:
		return nil, errUnusableKey
	}
	verifies := load(key)
	if verifies == nil {
		return nil, errUnusableKey
	}
	return &verifyingKey{key.kid, key.alg, verifies}, nil
}

func loadEd25519(key publicKey) func(signature, message []byte) bool {
	public, ok := decodeBase64([]byte(key.x))
	if !ok || key.y != "" || key.n != "" || key.e != "" || !isSafeEd25519(public) {
		return nil
	}
	return func(signature, message []byte) bool {
		return ed25519.Verify(ed25519.PublicKey(public), message, signature)
	}
}

// loadECDSA takes of two signatures that would both verify only one: that with the
// smaller s, as every server signs.
func loadECDSA(
	curve elliptic.Curve, hash func([]byte) []byte,
) func(publicKey) func(signature, message []byte) bool {
	size := (curve.Params().BitSize + 7) / 8
	half := new(big.Int).Rsh(curve.Params().N, 1)
	return func(key publicKey) func(signature, message []byte) bool {
		x, hasX := decodeBase64([]byte(key.x))
		y, hasY := decodeBase64([]byte(key.y))
		if !hasX || !hasY || key.n != "" || key.e != "" || len(x) != size || len(y) != size {
			return nil
		}
		public := &ecdsa.PublicKey{
			Curve: curve, X: new(big.Int).SetBytes(x), Y: new(big.Int).SetBytes(y),
		}
		if !curve.IsOnCurve(public.X, public.Y) {
			return nil
		}
		return func(signature, message []byte) bool {
			if len(signature) != 2*size {
				return false
			}
			r := new(big.Int).SetBytes(signature[:size])
			s := new(big.Int).SetBytes(signature[size:])
			// The larger s, and the zeros of a "psychic" signature, are refused.
			return r.Sign() > 0 && s.Sign() > 0 && r.Cmp(curve.Params().N) < 0 &&
				s.Cmp(half) <= 0 && ecdsa.Verify(public, hash(message), r, s)
		}
	}
}

func loadRSA(key publicKey) func(signature, message []byte) bool {
	modulus, hasModulus := decodeBase64([]byte(key.n))
	exponent, hasExponent := decodeBase64([]byte(key.e))
	if !hasModulus || !hasExponent || key.x != "" || key.y != "" {
		return nil
	}
	n, e := new(big.Int).SetBytes(modulus), new(big.Int).SetBytes(exponent)
	bits := n.BitLen()
	if e.Cmp(big.NewInt(rsaExponent)) != 0 || n.Bit(0) == 0 || bits < rsaBitsMin || bits > rsaBitsMax {
		return nil
	}
	public := &rsa.PublicKey{N: n, E: rsaExponent}
	return func(signature, message []byte) bool {
		digest := sha256.Sum256(message)
		return rsa.VerifyPKCS1v15(public, crypto.SHA256, digest[:], signature) == nil
	}
}
