package actors

import (
	"strconv"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// memory keeps what was written until the watch has shown it, so that no actor acts twice because its
// own write has not come back yet.
type memory struct {
	mu      sync.Mutex
	written map[key]*unstructured.Unstructured
}

func (m *memory) wrote(k key, object *unstructured.Unstructured) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.written == nil {
		m.written = map[key]*unstructured.Unstructured{}
	}
	if !newer(m.written[k], object) {
		m.written[k] = object
	}
}

// saw forgets what the watch has caught up with.
func (m *memory) saw(k key, object *unstructured.Unstructured) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if !newer(m.written[k], object) {
		delete(m.written, k)
	}
}

// latest of what was seen and what was written.
func (m *memory) latest(k key, seen *unstructured.Unstructured) *unstructured.Unstructured {
	m.mu.Lock()
	defer m.mu.Unlock()
	if written := m.written[k]; newer(written, seen) {
		return written
	}
	return seen
}

// of a kind: all that has not been seen yet.
func (m *memory) of(k kind) map[key]*unstructured.Unstructured {
	m.mu.Lock()
	defer m.mu.Unlock()
	found := map[key]*unstructured.Unstructured{}
	for id, object := range m.written {
		if id.kind == k {
			found[id] = object
		}
	}
	return found
}

// newer compares resource versions, which are numbers that grow.
func newer(a, b *unstructured.Unstructured) bool {
	return resourceVersion(a) > resourceVersion(b)
}

func resourceVersion(object *unstructured.Unstructured) uint64 {
	if object == nil {
		return 0
	}
	number, _ := strconv.ParseUint(object.GetResourceVersion(), 10, 64)
	return number
}
