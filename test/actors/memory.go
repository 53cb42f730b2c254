package actors

import (
	"strconv"
	"sync"
)

// memory keeps what was written until the watch has shown it, so that no actor acts twice because its
// own write has not come back yet.
type memory struct {
	mu      sync.Mutex
	written map[key]*object
	shown   map[key]uint64 // the resource version that the watch has shown last
}

// wrote keeps an object, unless the watch was faster than the answer to the write. An object whose last finalizer was
// taken away could be kept for good otherwise: a role then never went, because its database was still remembered.
func (m *memory) wrote(k key, o *object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.written == nil {
		m.written = map[key]*object{}
	}
	if resourceVersion(o) > m.shown[k] && !newer(m.written[k], o) {
		m.written[k] = o
	}
}

// saw forgets what the watch has caught up with. Of an object that is gone, that is how it was last.
func (m *memory) saw(k key, o *object) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.shown == nil {
		m.shown = map[key]uint64{}
	}
	m.shown[k] = max(m.shown[k], resourceVersion(o))
	if !newer(m.written[k], o) {
		delete(m.written, k)
	}
}

// latest of what was seen and what was written.
func (m *memory) latest(k key, seen *object) *object {
	m.mu.Lock()
	defer m.mu.Unlock()
	if written := m.written[k]; newer(written, seen) {
		return written
	}
	return seen
}

// of a kind: all that has not been seen yet.
func (m *memory) of(k kind) map[key]*object {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := map[key]*object{}
	for id, o := range m.written {
		if id.kind == k {
			found[id] = o
		}
	}
	return found
}

// newer compares resource versions, which are numbers that grow.
func newer(a, b *object) bool {
	return resourceVersion(a) > resourceVersion(b)
}

func resourceVersion(o *object) uint64 {
	if o == nil {
		return 0
	}
	number, _ := strconv.ParseUint(o.GetResourceVersion(), 10, 64)
	return number
}
