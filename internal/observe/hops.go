package observe

import (
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// hop is a step after time was taken into account.
type hop struct {
	v1alpha1.Hop
	fix  string
	calm bool
	// wake is when it changes by itself. Zero: never.
	wake time.Time
}

// settle adds the times: since when, and whether a wait was too long.
func settle(s step, old []v1alpha1.Hop, now time.Time) hop {
	was := hopOf(old, s.lane, s.name)
	h := hop{fix: bounded(s.fix), calm: s.calm, wake: s.again, Hop: v1alpha1.Hop{
		Lane: s.lane, Name: s.name, State: s.state, Reason: s.reason, Message: bounded(s.message), Since: since(s.verdict, was, now)}}
	if s.state != v1alpha1.HopWaiting || s.late == nil {
		return h
	}
	end := h.Since.Add(s.late.grace)
	if now.Before(end) {
		h.wake = earliest(h.wake, end)
		return h
	}
	h.State, h.Reason, h.Message, h.calm = s.late.state(), s.late.reason, bounded(s.late.message), s.late.calm
	return h
}

// since is when the hop came to be as it is. A wait that became stuck is still the same wait.
func since(v verdict, was *v1alpha1.Hop, now time.Time) metav1.Time {
	begun := metav1.NewTime(now.UTC().Truncate(time.Second))
	if was == nil || was.Since.IsZero() || was.Since.After(now) {
		return begun
	}
	same := was.State == v.state && was.Reason == v.reason
	overdue := v.late != nil && was.State == v.late.state() && was.Reason == v.late.reason && was.Message == bounded(v.late.message)
	if same || overdue {
		return was.Since
	}
	return begun
}

func (l late) state() v1alpha1.HopState {
	if l.unknown {
		return v1alpha1.HopUnknown
	}
	return v1alpha1.HopStuck
}

// isNamed tells whether a hop is unknown for a reason of its own.
func isNamed(h v1alpha1.Hop) bool {
	return h.Lane == v1alpha1.LaneDelivery && h.State == v1alpha1.HopUnknown && h.Reason != v1alpha1.ReasonNotYetReported
}

func hopOf(hops []v1alpha1.Hop, lane v1alpha1.Lane, name string) *v1alpha1.Hop {
	for i := range hops {
		if hops[i].Lane == lane && hops[i].Name == name {
			return &hops[i]
		}
	}
	return nil
}

// earliest of two moments, where a zero one is none.
func earliest(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
