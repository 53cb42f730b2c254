package observe

import (
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// Wish is what would tell more than the facts of this pass. Nothing is asked for that is not needed: an app at rest has no wish.
type Wish struct {
	// Registry: ask it again soon. What it said may be older than what runs.
	Registry bool
	// Diagnosis of the digest that is served.
	Diagnosis bool
	// Pods: look at them again, where nobody tells when they change.
	Pods bool
}

// unproven tells whether pods that change would change the status.
func unproven(hops []v1alpha1.Hop) bool {
	h := hopOf(hops, v1alpha1.LaneDelivery, v1alpha1.HopPods)
	return h != nil && (h.State == v1alpha1.HopWaiting || h.State == v1alpha1.HopStuck)
}

// found tells whether the tag is where image-updater looks for it.
func (d RegistryDiagnosis) found() bool {
	return (d.Listed == nil || *d.Listed) && (d.FirstPage == nil || *d.FirstPage)
}

// wish says what to ask for, and when there will be more to ask for although nothing happens.
func (l lens) wish() (w Wish, again time.Time) {
	if l.deleting() || !l.planned {
		return w, again
	}
	s := l.served()
	ask, again := s.lastQuestion(l.Now)
	w.Registry = ask || l.proof.stale && !l.update.Paused
	if !l.missed(s) {
		return w, again
	}
	if s.Diagnosis != nil { // tags may be deleted as the line advises, without a push
		w.Diagnosis = !s.Diagnosis.found()
		return w, again
	}
	if since := l.servedSince(s); since != nil && l.Now.Before(since.Add(diagnoseAfter)) {
		return w, earliest(again, since.Add(diagnoseAfter))
	}
	w.Diagnosis = true
	return w, again
}

// lastQuestion before a failure is called one: it may be over since the last, which was asked long before.
func (s Served) lastQuestion(now time.Time) (ask bool, again time.Time) {
	if s.Failure == nil || s.Failure.Reason == v1alpha1.ReasonImageNotPermitted { // nobody is asked
		return false, again
	}
	end := s.Failure.graceEnds()
	due := end.Add(-askedBefore)
	if now.Before(due) {
		return false, due
	}
	return now.Before(end) && s.Failure.Last.Before(due), again
}
