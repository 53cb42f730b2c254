package observe

import (
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// Status decides what the app's status is, once, from everything that a pass learned. It changes none of the facts.
func Status(f Facts) Result {
	l := look(f)
	var hops []hop
	for _, s := range l.steps() {
		hops = append(hops, settle(s, f.App.Status.Hops, f.Now))
	}
	at, wake := stuckAt(hops, l.refused(), f.Now)
	wish, again := l.wish()
	s := v1alpha1.AfroAppStatus{
		ObservedGeneration: f.App.Generation,
		StuckAt:            at,
		URL:                l.url(),
		Image:              l.image(),
		Database:           l.database(),
		Backup:             l.backup(),
		Application:        l.application(),
		Children:           l.ledger(),
	}
	for _, h := range hops {
		s.Hops = append(s.Hops, h.Hop)
	}
	s.Conditions = l.conditions(s.Hops, at)
	wish.Pods = unproven(s.Hops)
	return Result{Status: s, WakeAfter: wakeAfter(hops, earliest(wake, again), f.Now), Wish: wish,
		Stale: l.planned && l.proof.stale && !l.update.Paused && !l.noPods}
}

// steps are all hops that the app asks for, in order.
func (l lens) steps() []step {
	if l.deleting() {
		return []step{{v1alpha1.LaneSpec, v1alpha1.HopApply, l.teardown()}}
	}
	steps := l.specLane()
	steps = append(steps, l.deliveryLane()...)
	if l.edge != nil {
		steps = append(steps, l.edgeLane()...)
	}
	if l.data != nil {
		steps = append(steps, l.dataLane()...)
	}
	return steps
}

// wakeAfter is how long it takes until the first hop changes by itself, or another moment comes; 0: none does.
func wakeAfter(hops []hop, first, now time.Time) time.Duration {
	for _, h := range hops {
		if h.wake.After(now) {
			first = earliest(first, h.wake)
		}
	}
	if first.IsZero() {
		return 0
	}
	return first.Sub(now)
}
