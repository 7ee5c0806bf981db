package verifier

import "math/big"

// The one check of Ed25519 public keys that the library does not offer: it takes keys of
// small and of mixed order, and with the identity as the key one signature fits every
// message. This is plain arithmetic on public values, done once for a key.
//
// SPEC: RFC 8032 sections 5.1.2 to 5.1.4.
var (
	one      = big.NewInt(1)
	prime    = new(big.Int).Sub(new(big.Int).Lsh(one, 255), big.NewInt(19))
	order, _ = new(big.Int).SetString(
		"7237005577332262213973186563042994240857116359379907606001950938285454250989", 10)
	curveD     = modMul(big.NewInt(-121665), new(big.Int).ModInverse(big.NewInt(121666), prime))
	rootOfNeg1 = new(big.Int).Exp(big.NewInt(2),
		new(big.Int).Rsh(new(big.Int).Sub(prime, one), 2), prime)
)

// point has extended homogeneous coordinates X, Y, Z, T with T = XY/Z.
type point [4]*big.Int

// isSafeEd25519 tells whether bytes are a canonical point of exactly prime order.
func isSafeEd25519(public []byte) bool {
	found, ok := decompress(public)
	return ok && !found.isIdentity() && found.times(order).isIdentity()
}

func decompress(public []byte) (point, bool) {
	if len(public) != 32 {
		return point{}, false
	}
	reversed := make([]byte, 32)
	for place, each := range public {
		reversed[31-place] = each
	}
	sign := uint(reversed[0] >> 7)
	reversed[0] &= 0x7f
	y := new(big.Int).SetBytes(reversed)
	if y.Cmp(prime) >= 0 {
		return point{}, false
	}
	square := modMul(y, y)
	below := new(big.Int).Add(modMul(curveD, square), one)
	xx := modMul(new(big.Int).Sub(square, one), new(big.Int).ModInverse(below, prime))
	exponent := new(big.Int).Rsh(new(big.Int).Add(prime, big.NewInt(3)), 3)
	x := new(big.Int).Exp(xx, exponent, prime)
	if modMul(x, x).Cmp(xx) != 0 {
		x = modMul(x, rootOfNeg1)
	}
	if modMul(x, x).Cmp(xx) != 0 || (x.Sign() == 0 && sign == 1) {
		return point{}, false
	}
	if x.Bit(0) != sign {
		x.Sub(prime, x)
	}
	return point{x, y, big.NewInt(1), modMul(x, y)}, true
}

func (p point) add(other point) point {
	a := modMul(sub(p[1], p[0]), sub(other[1], other[0]))
	b := modMul(sum(p[1], p[0]), sum(other[1], other[0]))
	c := modMul(modMul(big.NewInt(2), modMul(p[3], other[3])), curveD)
	d := modMul(big.NewInt(2), modMul(p[2], other[2]))
	e, f, g, h := sub(b, a), sub(d, c), sum(d, c), sum(b, a)
	return point{modMul(e, f), modMul(g, h), modMul(f, g), modMul(e, h)}
}

func (p point) times(scalar *big.Int) point {
	result := point{big.NewInt(0), big.NewInt(1), big.NewInt(1), big.NewInt(0)}
	for place := 0; place < scalar.BitLen(); place++ {
		if scalar.Bit(place) == 1 {
			result = result.add(p)
		}
		p = p.add(p)
	}
	return result
}

func (p point) isIdentity() bool { return p[0].Sign() == 0 && p[1].Cmp(p[2]) == 0 }

func modMul(left, right *big.Int) *big.Int {
	found := new(big.Int).Mul(left, right)
	return found.Mod(found, prime)
}

func sum(left, right *big.Int) *big.Int { return new(big.Int).Add(left, right) }

func sub(left, right *big.Int) *big.Int { return new(big.Int).Sub(left, right) }
