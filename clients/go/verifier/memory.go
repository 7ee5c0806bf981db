package verifier

import (
	"crypto/sha256"
	"sync"
)

// memory is a bounded memory of what was used of late. There are two halves: what is
// used moves to the young one, and when that is full the old one is dropped. So a value
// that was among the last half of the bound is always there.
type memory struct {
	half int

	mu         sync.Mutex
	young, old map[[sha256.Size]byte]*seen
}

func newMemory(most int) *memory {
	return &memory{half: most / 2, young: map[[sha256.Size]byte]*seen{}}
}

// get returns a value; nil where it is not remembered.
func (m *memory) get(digest [sha256.Size]byte) *seen {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := m.young[digest]
	if found == nil {
		if found = m.old[digest]; found != nil {
			m.keep(digest, found)
		}
	}
	return found
}

// put remembers a value.
func (m *memory) put(digest [sha256.Size]byte, value *seen) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.keep(digest, value)
}

func (m *memory) keep(digest [sha256.Size]byte, value *seen) {
	if len(m.young) >= m.half {
		m.old, m.young = m.young, map[[sha256.Size]byte]*seen{}
	}
	m.young[digest] = value
}
