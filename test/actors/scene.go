package actors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// errNewBehaviour ends a script whose Behaviour has changed; it is played anew.
var errNewBehaviour = errors.New("the behaviour has changed")

// scene is one playing of a script.
type scene struct {
	*player
	ctx       context.Context
	key       key
	object    *object // a copy; nil if there is none
	behaviour Behaviour
	changed   <-chan struct{}
	beat      bool   // timestamps are due
	manager   string // of the fields that are written; empty: by the user agent
}

// step waits before the next answer. Its error ends the script.
func (s *scene) step() error {
	if s.behaviour.Delay > 0 {
		if err := s.pause(s.behaviour.Delay); err != nil {
			return err
		}
	}
	return s.current()
}

// current is an error once the script is to end, or to be played anew.
func (s *scene) current() error {
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case <-s.changed:
		return errNewBehaviour
	default:
		return nil
	}
}

// pause gives the place to another script meanwhile.
func (s *scene) pause(d time.Duration) error {
	s.leave()
	defer func() { s.slots <- struct{}{} }() // whoever holds the place makes requests that end with the context
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-s.ctx.Done():
		return s.ctx.Err()
	case <-s.changed:
		return errNewBehaviour
	case <-timer.C:
		return nil
	}
}

// again plays the script once more after the time, if nothing makes it sooner.
func (s *scene) again(after time.Duration) { s.queue.AddAfter(s.key, after) }

// mode in which the object of the scene is played.
func (s *scene) mode() Mode { return s.behaviour.modeOf(s.key) }

// modeOf another object.
func (s *scene) modeOf(k kind, namespace, name string) Mode {
	return s.behaviour.modeOf(key{k, namespace, name})
}

// as is the same scene with another field manager.
func (s *scene) as(manager string) *scene {
	other := *s
	other.manager = manager
	return &other
}

// get returns a copy, or nil.
func (s *scene) get(k kind, namespace, name string) *object {
	id := key{k, namespace, name}
	object := s.memory.latest(id, s.view.get(id))
	if object == nil {
		return nil
	}
	return object.DeepCopy()
}

// list returns what is seen in the namespace. It must not be changed.
func (s *scene) list(k kind, namespace string) []*object {
	all := s.latest(k, s.view.list(k, namespace))
	return slices.DeleteFunc(all, func(o *object) bool { return namespace != "" && o.GetNamespace() != namespace })
}

// where returns those of the namespace whose spec holds the text at the path. They must not be changed.
func (s *scene) where(k kind, namespace, path, value string) []*object {
	all := s.latest(k, s.view.where(k, namespace, path, value))
	return slices.DeleteFunc(all, func(o *object) bool {
		return o.GetNamespace() != namespace || text(o, append([]string{"spec"}, strings.Split(path, ".")...)...) != value
	})
}

// latest adds what was written and has not been seen yet.
func (s *scene) latest(k kind, seen []*object) []*object {
	unseen := s.memory.of(k)
	for i, object := range seen {
		seen[i] = s.memory.latest(keyOf(k, object), object)
		delete(unseen, keyOf(k, object))
	}
	return append(seen, slices.Collect(maps.Values(unseen))...)
}

// now in the form of the API.
func (s *scene) now() string { return timestamp(time.Now()) }

func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// later is now, or a second after the time that was written last: heartbeats faster than the clock of the
// API would otherwise write nothing.
func (s *scene) later(last string) string {
	previous, err := time.Parse(time.RFC3339, last)
	if err != nil || time.Since(previous) >= time.Second {
		return s.now()
	}
	return timestamp(previous.Add(time.Second))
}

func (s *scene) String() string { return fmt.Sprintf("%s %s", s.key.kind.name, s.key.id()) }
