package observe

import (
	corev1 "k8s.io/api/core/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// Event is a change that people want to hear of.
type Event struct {
	// Type is Normal or Warning.
	Type string
	// Reason is that of the stuck hop, or ReasonUnstuck.
	Reason string
	// Message is one line of at most 1,024 bytes.
	Message string
}

// ReasonUnstuck is the reason of the event that says that nothing is stuck any more.
const ReasonUnstuck = "Unstuck"

// Transitions are the events between two statuses: a warning when another hop is stuck or for another reason, and its end.
// What passes, and a first Ready, is no news.
func Transitions(app *v1alpha1.AfroApp, was, is v1alpha1.AfroAppStatus) []Event {
	before, now := was.StuckAt, is.StuckAt
	switch {
	case now != nil && (before == nil || before.Lane != now.Lane || before.Hop != now.Hop || before.Reason != now.Reason):
		return []Event{{Type: corev1.EventTypeWarning, Reason: now.Reason, Message: bounded(now.Hop + ": " + now.Message + "; " + now.Fix)}}
	case now == nil && before != nil && app.DeletionTimestamp.IsZero():
		return []Event{{Type: corev1.EventTypeNormal, Reason: ReasonUnstuck, Message: bounded(before.Hop + ": no longer stuck (" + before.Reason + ")")}}
	}
	return nil
}
