package registry

import (
	"container/heap"
	"time"
)

// target is what one or more apps follow, and what is known of it. The prober's mutex guards it.
type target struct {
	Target
	apps map[string]struct{}
	// host is nil while the registry is not allowed.
	host *host

	answer   Answer
	answered bool

	due      time.Time
	asked    time.Time // when the last probe began
	heard    time.Time // when something was last learned of it, or it was first followed
	failures int       // in a row
	// soon: somebody waits for it, so it goes before those whose turn it merely is, and not unasked.
	soon bool
	busy bool
	// again: Soon was said during a probe, which may have read what was before the change.
	again     bool
	diagnose  bool
	diagnosed time.Time

	queue *queue // that it is in
	index int
}

func newTarget(t Target) *target { return &target{Target: t, apps: map[string]struct{}{}} }

// queue holds targets by when they are due. Use push and remove.
type queue []*target

func (q queue) Len() int           { return len(q) }
func (q queue) Less(i, j int) bool { return q[i].due.Before(q[j].due) }

func (q queue) Swap(i, j int) {
	q[i], q[j] = q[j], q[i]
	q[i].index, q[j].index = i, j
}

// Push is heap.Interface's.
func (q *queue) Push(x any) {
	t := x.(*target)
	t.index = len(*q)
	*q = append(*q, t)
}

// Pop is heap.Interface's.
func (q *queue) Pop() any {
	last := len(*q) - 1
	t := (*q)[last]
	(*q)[last] = nil
	*q = (*q)[:last]
	return t
}

func (q *queue) push(t *target) {
	t.queue = q
	heap.Push(q, t)
}

func (q *queue) first() *target {
	if len(*q) == 0 {
		return nil
	}
	return (*q)[0]
}

// unqueue takes a target out of the queue that it is in, if any.
func (t *target) unqueue() {
	if t.queue != nil {
		heap.Remove(t.queue, t.index)
		t.queue = nil
	}
}
