package preflight

import (
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// conditions are Ready, and while it is not True one of Reconciling and Stalled: Reconciling when every Error heals by itself,
// or when there was no answer yet.
func conditions(f Facts, found []finding) []metav1.Condition {
	if len(found) == 0 {
		return dated(f, condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady, "nothing is missing that the spec asks for"))
	}
	worst := found[0]
	if worst.Severity != severityError && unsure(f, found) {
		message := "not everything could be read: " + advice(worst)
		return dated(f, condition(v1alpha1.ConditionReady, metav1.ConditionUnknown, v1alpha1.ReasonProgressing, message),
			condition(v1alpha1.ConditionReconciling, metav1.ConditionTrue, v1alpha1.ReasonProgressing, message))
	}
	if worst.Severity != severityError {
		return dated(f, condition(v1alpha1.ConditionReady, metav1.ConditionTrue, v1alpha1.ReasonReady,
			"nothing is missing that the spec asks for, but look at "+worst.Reason+" ("+worst.Severity+"): "+advice(worst)))
	}
	reason, message := worst.Reason, advice(worst)
	if reason == v1alpha1.ReasonPlatformInvalid {
		message = every(found)
	}
	progress := condition(v1alpha1.ConditionStalled, metav1.ConditionTrue, reason, message)
	if allUnderWay(found) {
		progress = condition(v1alpha1.ConditionReconciling, metav1.ConditionTrue, v1alpha1.ReasonProgressing, message)
	}
	return dated(f, condition(v1alpha1.ConditionReady, metav1.ConditionFalse, reason, message), progress)
}

// unsure tells whether something got no answer and was not known before, for this spec. An outage of the API server makes
// nothing worse either: what was Ready stays so until it is read again.
func unsure(f Facts, found []finding) bool {
	old := f.Platform.Status
	was := meta.FindStatusCondition(old.Conditions, v1alpha1.ConditionReady)
	known := old.ObservedGeneration == f.Platform.Generation && was != nil && was.Status != metav1.ConditionUnknown
	return !known && slices.ContainsFunc(found, func(x finding) bool { return x.hides != nil })
}

func condition(kind string, status metav1.ConditionStatus, reason, message string) metav1.Condition {
	return metav1.Condition{Type: kind, Status: status, Reason: reason, Message: message}
}

func advice(f finding) string { return f.Message + "; " + f.Fix }

// maxRefusals is the length of a message that names all refusals; the CRD takes 32768 characters.
const maxRefusals = 8192

func every(found []finding) string {
	var lines []string
	for _, f := range found {
		lines = append(lines, advice(f))
	}
	return firstRunes(strings.Join(lines, " | "), maxRefusals)
}

func allUnderWay(found []finding) bool {
	for _, f := range found {
		if f.Severity == severityError && !f.underWay {
			return false
		}
	}
	return true
}

// dated gives conditions their generation, and the time at which their status last changed.
func dated(f Facts, in ...metav1.Condition) []metav1.Condition {
	for i := range in {
		c := &in[i]
		c.ObservedGeneration = f.Platform.Generation
		c.LastTransitionTime = metav1.Time{Time: f.Now.UTC().Truncate(time.Second)}
		if old := meta.FindStatusCondition(f.Platform.Status.Conditions, c.Type); old != nil && old.Status == c.Status {
			c.LastTransitionTime = old.LastTransitionTime
		}
	}
	return in
}
