// Package chance draws what nobody is to foresee.
package chance

import (
	"crypto/rand"
	"encoding/binary"
	"encoding/hex"
)

// Share draws a number from 0 up to 1.
func Share() float64 {
	return float64(binary.BigEndian.Uint64(draw(8))>>11) / (1 << 53)
}

// ID draws a name of 32 characters.
func ID() string { return hex.EncodeToString(draw(16)) }

func draw(size int) []byte {
	drawn := make([]byte, size)
	if _, err := rand.Read(drawn); err != nil {
		panic("daypass: the machine has no randomness: " + err.Error())
	}
	return drawn
}
