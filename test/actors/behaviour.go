package actors

import (
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Mode is a way of going wrong. Each actor knows its own; the empty Mode is right.
type Mode string

// Behaviour is how an actor plays. The zero value is right, present and at once.
type Behaviour struct {
	// Delay before each step. Default: none.
	Delay time.Duration
	// Absent sees nothing and does nothing, as if it was never installed, or is down.
	Absent bool
	// Mode for all objects. Default: right.
	Mode Mode
	// Objects are modes of single objects, by "namespace/name", or "name" in the cluster's scope. They win over Mode.
	Objects map[string]Mode
	// Namespaces are modes of all objects of a namespace. They win over Mode.
	Namespaces map[string]Mode
	// Wrong may change an answer before it is written. It is called from several goroutines at once.
	Wrong func(answer *unstructured.Unstructured)
}

// stage holds a Behaviour that may change while it is played.
type stage struct {
	modes []Mode

	mu      sync.Mutex
	current Behaviour
	changed chan struct{} // closed with each change
}

func newStage(modes []Mode) *stage {
	return &stage{modes: modes, changed: make(chan struct{})}
}

// change is an error, and has no effect, if it leads to a mode that the actor does not know.
func (s *stage) change(by func(*Behaviour)) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	next := s.current
	next.Objects, next.Namespaces = maps.Clone(next.Objects), maps.Clone(next.Namespaces)
	by(&next)
	for _, mode := range append(slices.AppendSeq(slices.Collect(maps.Values(next.Objects)), maps.Values(next.Namespaces)), next.Mode) {
		if mode != "" && !slices.Contains(s.modes, mode) {
			return fmt.Errorf("unknown mode %q, want one of %q", mode, s.modes)
		}
	}
	next.Objects, next.Namespaces = maps.Clone(next.Objects), maps.Clone(next.Namespaces)
	s.current = next
	close(s.changed)
	s.changed = make(chan struct{})
	return nil
}

// now returns the Behaviour, and a channel that is closed when it is no longer so.
func (s *stage) now() (Behaviour, <-chan struct{}) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.current, s.changed
}

func (b Behaviour) modeOf(k key) Mode {
	if mode, ok := b.Objects[k.id()]; ok {
		return mode
	}
	if mode, ok := b.Namespaces[k.namespace]; ok {
		return mode
	}
	return b.Mode
}
