package observe

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// conditions are Ready, what was asked for, and Reconciling or Stalled while the app is not ready: never both.
func (l lens) conditions(hops []v1alpha1.Hop, at *v1alpha1.StuckAt) []metav1.Condition {
	facets := l.facets(hops)
	ready := l.ready(facets, hops, at)
	all := append([]metav1.Condition{ready}, facets...)
	if ready.Status != metav1.ConditionTrue {
		all = append(all, l.progress(ready, at))
	}
	for i := range all {
		all[i].ObservedGeneration = l.App.Generation
		all[i].Message = bounded(all[i].Message)
		all[i].LastTransitionTime = transition(l.App.Status.Conditions, all[i], l.Now)
	}
	return all
}

// transition is when the status of a condition last changed.
func transition(old []metav1.Condition, c metav1.Condition, now time.Time) metav1.Time {
	if was := meta.FindStatusCondition(old, c.Type); was != nil && was.Status == c.Status && !was.LastTransitionTime.IsZero() && !was.LastTransitionTime.After(now) {
		return was.LastTransitionTime
	}
	return metav1.NewTime(now.UTC().Truncate(time.Second))
}

// facets are the conditions of what was asked for. An app that is being deleted asks for nothing.
func (l lens) facets(hops []v1alpha1.Hop) []metav1.Condition {
	if l.deleting() {
		return nil
	}
	all := []metav1.Condition{l.accepted(hops), l.applied(hops), summary(v1alpha1.ConditionDelivered, hops, v1alpha1.LaneDelivery)}
	if l.edge != nil {
		all = append(all, summary(v1alpha1.ConditionExposed, hops, v1alpha1.LaneEdge))
	}
	if l.data != nil {
		all = append(all, summary(v1alpha1.ConditionDatabaseReady, hops, v1alpha1.LaneData, v1alpha1.HopCluster, v1alpha1.HopDatabase))
	}
	if l.data != nil && l.data.backup {
		all = append(all, summary(v1alpha1.ConditionRecoverable, hops, v1alpha1.LaneData,
			v1alpha1.HopWAL, v1alpha1.HopBaseBackup, v1alpha1.HopRecoverable, v1alpha1.HopRestoreVerified))
	}
	return all
}

func (l lens) accepted(hops []v1alpha1.Hop) metav1.Condition {
	return of(v1alpha1.ConditionAccepted, *hopOf(hops, v1alpha1.LaneSpec, v1alpha1.HopSpec), v1alpha1.ReasonAccepted, "valid, permitted, and its hosts are held")
}

func (l lens) applied(hops []v1alpha1.Hop) metav1.Condition {
	h := *hopOf(hops, v1alpha1.LaneSpec, v1alpha1.HopApply)
	c := of(v1alpha1.ConditionApplied, h, v1alpha1.ReasonApplied, "every planned child is as planned")
	if h.Reason == v1alpha1.ReasonNotAccepted || len(l.failed()) > 0 {
		c.Status, c.Reason, c.Message = metav1.ConditionFalse, h.Reason, h.Message
	}
	return c
}

// of is the condition that one hop stands for.
func of(kind string, h v1alpha1.Hop, yes, message string) metav1.Condition {
	switch h.State {
	case v1alpha1.HopPassed:
		return metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: yes, Message: message}
	case v1alpha1.HopStuck:
		return metav1.Condition{Type: kind, Status: metav1.ConditionFalse, Reason: h.Reason, Message: h.Message}
	}
	return metav1.Condition{Type: kind, Status: metav1.ConditionUnknown, Reason: v1alpha1.ReasonNotYetReported, Message: h.Message}
}

// summary of a lane, or of some hops of it: True when none is stuck, waiting or unknown; False when one is stuck or was seen
// not to be done; Unknown when nobody has answered yet.
func summary(kind string, hops []v1alpha1.Hop, lane v1alpha1.Lane, names ...string) metav1.Condition {
	mine := func(h v1alpha1.Hop) bool {
		return h.Lane == lane && (len(names) == 0 || slices.Contains(names, h.Name))
	}
	for _, grade := range []struct {
		is     func(v1alpha1.Hop) bool
		status metav1.ConditionStatus
		reason string
	}{
		{is: isStuck, status: metav1.ConditionFalse},
		{is: isNamed, status: metav1.ConditionUnknown},
		{is: isProgressing, status: metav1.ConditionFalse, reason: v1alpha1.ReasonProgressing},
		{is: isOpen, status: metav1.ConditionUnknown, reason: v1alpha1.ReasonNotYetReported},
	} {
		i := slices.IndexFunc(hops, func(h v1alpha1.Hop) bool { return mine(h) && grade.is(h) })
		if i >= 0 {
			return metav1.Condition{Type: kind, Status: grade.status, Reason: or(grade.reason, hops[i].Reason), Message: hops[i].Name + ": " + hops[i].Message}
		}
	}
	return metav1.Condition{Type: kind, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonPassed, Message: passedMessage(hops, mine)}
}

func isStuck(h v1alpha1.Hop) bool { return h.State == v1alpha1.HopStuck }

func isProgressing(h v1alpha1.Hop) bool {
	return h.State == v1alpha1.HopWaiting && h.Reason != v1alpha1.ReasonNotYetReported
}

func isOpen(h v1alpha1.Hop) bool {
	return h.State == v1alpha1.HopWaiting || h.State == v1alpha1.HopUnknown
}

// passedMessage says what was not looked at: green is not more than what was proven.
func passedMessage(hops []v1alpha1.Hop, mine func(v1alpha1.Hop) bool) string {
	var not []string
	for _, h := range hops {
		if mine(h) && h.State == v1alpha1.HopNotProbed {
			not = append(not, h.Name)
		}
	}
	if len(not) == 0 {
		return "every hop passed"
	}
	return "every hop passed that is looked at; not looked at: " + strings.Join(not, ", ")
}

// ready is True when every other condition is True, False when one is False, else Unknown.
func (l lens) ready(facets []metav1.Condition, hops []v1alpha1.Hop, at *v1alpha1.StuckAt) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.ConditionReady, Status: metav1.ConditionTrue, Reason: v1alpha1.ReasonReady, Message: "every condition is True"}
	for _, f := range facets {
		if f.Status == metav1.ConditionFalse || f.Status == metav1.ConditionUnknown && c.Status == metav1.ConditionTrue {
			c.Status = f.Status
		}
	}
	if l.deleting() {
		c.Status = metav1.ConditionFalse
	}
	if c.Status == metav1.ConditionTrue {
		if l.Paused {
			c.Message += "; nothing is written while the app is paused"
		}
		return c
	}
	c.Reason, c.Message = l.why(hops, at)
	return c
}

// why an app is not ready, in one line.
func (l lens) why(hops []v1alpha1.Hop, at *v1alpha1.StuckAt) (reason, message string) {
	if at != nil {
		reason, message = at.Reason, at.Hop+": "+at.Message
	} else {
		reason, message = underWay(hops)
	}
	switch {
	case l.deleting():
		reason = v1alpha1.ReasonDeleting
	case l.Paused:
		reason, message = v1alpha1.ReasonPaused, "nothing is written while the app is paused; "+message
	}
	return reason, message
}

// underWay is the first hop that is.
func underWay(hops []v1alpha1.Hop) (reason, message string) {
	if i := slices.IndexFunc(hops, isProgressing); i >= 0 {
		return v1alpha1.ReasonProgressing, hops[i].Name + ": " + hops[i].Message
	}
	if i := slices.IndexFunc(hops, isOpen); i >= 0 {
		return v1alpha1.ReasonNotYetReported, hops[i].Name + ": " + hops[i].Message
	}
	return v1alpha1.ReasonProgressing, "under way"
}

// progress is Reconciling while the app is honestly under way, and Stalled while it needs help. A paused app needs help:
// somebody has to end the pause.
func (l lens) progress(ready metav1.Condition, at *v1alpha1.StuckAt) metav1.Condition {
	c := metav1.Condition{Type: v1alpha1.ConditionReconciling, Status: metav1.ConditionTrue, Reason: ready.Reason, Message: ready.Message}
	if l.Paused {
		c.Type, c.Reason = v1alpha1.ConditionStalled, v1alpha1.ReasonPaused
	} else if at != nil {
		c.Type, c.Reason = v1alpha1.ConditionStalled, at.Reason
	}
	return c
}

func or(s, def string) string {
	if s == "" {
		return def
	}
	return s
}
