package observe

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// TestLaws holds every status of the corpus against the laws.
func TestLaws(t *testing.T) {
	for _, s := range stories(t) {
		t.Run(s.name, func(t *testing.T) {
			f := s.facts(t)
			for _, broken := range laws(f, Status(f).Status) {
				t.Error(broken)
			}
		})
	}
}

// laws lists what a status breaks: those of kstatus, those of the API's own documentation, and its bounds.
func laws(f Facts, s v1alpha1.AfroAppStatus) []string {
	var broken []string
	rule := func(ok bool, format string, args ...any) {
		if !ok {
			broken = append(broken, fmt.Sprintf(format, args...))
		}
	}
	kstatusLaws(f, s, rule)
	summaryLaws(s, rule)
	hopLaws(f, s, rule)
	stuckLaws(f, s, rule)
	boundLaws(s, rule)
	return broken
}

type ruling func(ok bool, format string, args ...any)

var conditionReason = regexp.MustCompile(`^[A-Za-z]([A-Za-z0-9_,:]*[A-Za-z0-9_])?$`)

func kstatusLaws(f Facts, s v1alpha1.AfroAppStatus, rule ruling) {
	is := func(t string) bool { return meta.IsStatusConditionTrue(s.Conditions, t) }
	there := func(t string) bool { return meta.FindStatusCondition(s.Conditions, t) != nil }
	ready := is(v1alpha1.ConditionReady)
	rule(there(v1alpha1.ConditionReady), "no condition Ready")
	rule(s.ObservedGeneration == f.App.Generation, "observedGeneration %d, want %d", s.ObservedGeneration, f.App.Generation)
	for _, t := range []string{v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled} {
		rule(is(t) == there(t), "%s is there and not True", t)
		rule(!ready || !there(t), "Ready and %s", t)
	}
	reconciling, stalled := is(v1alpha1.ConditionReconciling), is(v1alpha1.ConditionStalled)
	rule(!reconciling || !stalled, "Reconciling and Stalled")
	rule(ready || reconciling || stalled, "neither Ready nor Reconciling nor Stalled")
	seen := map[string]bool{}
	for _, c := range s.Conditions {
		rule(!seen[c.Type], "condition %s twice", c.Type)
		seen[c.Type] = true
		rule(c.ObservedGeneration == f.App.Generation, "%s speaks of generation %d", c.Type, c.ObservedGeneration)
		rule(conditionReason.MatchString(c.Reason), "%s has the reason %q", c.Type, c.Reason)
		rule(!c.LastTransitionTime.IsZero() && !c.LastTransitionTime.After(f.Now), "%s changed at %s", c.Type, c.LastTransitionTime)
		rule(c.Message != "", "%s has no message", c.Type)
	}
}

// summaryLaws: Ready is the sum of all others, each is the sum of its hops, and Unknown is never shown as True.
func summaryLaws(s v1alpha1.AfroAppStatus, rule ruling) {
	all := metav1.ConditionTrue
	for _, c := range s.Conditions {
		switch c.Type {
		case v1alpha1.ConditionReady, v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled:
			continue
		}
		if c.Status == metav1.ConditionFalse || c.Status == metav1.ConditionUnknown && all == metav1.ConditionTrue {
			all = c.Status
		}
	}
	ready := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady)
	deleting := ready != nil && ready.Reason == v1alpha1.ReasonDeleting
	rule(ready != nil && (ready.Status == all || deleting && ready.Status == metav1.ConditionFalse), "Ready is not the sum %s", all)
	for t, mine := range sums {
		c := meta.FindStatusCondition(s.Conditions, t)
		hops := slices.DeleteFunc(slices.Clone(s.Hops), func(h v1alpha1.Hop) bool { return !mine(h) })
		rule(deleting || (c != nil) == (len(hops) > 0), "%s is there = %t with %d hops", t, c != nil, len(hops))
		if c == nil {
			continue
		}
		open := slices.ContainsFunc(hops, func(h v1alpha1.Hop) bool { return h.State != v1alpha1.HopPassed && h.State != v1alpha1.HopNotProbed })
		stuck := slices.ContainsFunc(hops, isStuck)
		rule((c.Status == metav1.ConditionTrue) == !open, "%s is %s with an open hop = %t", t, c.Status, open)
		rule(!stuck || c.Status == metav1.ConditionFalse, "%s is %s with a stuck hop", t, c.Status)
	}
}

// sums are the hops of each condition, as conditions.go documents them.
var sums = map[string]func(v1alpha1.Hop) bool{
	v1alpha1.ConditionAccepted:  func(h v1alpha1.Hop) bool { return h.Name == "Spec" },
	v1alpha1.ConditionApplied:   func(h v1alpha1.Hop) bool { return h.Name == "Apply" },
	v1alpha1.ConditionDelivered: func(h v1alpha1.Hop) bool { return h.Lane == v1alpha1.LaneDelivery },
	v1alpha1.ConditionExposed:   func(h v1alpha1.Hop) bool { return h.Lane == v1alpha1.LaneEdge },
	v1alpha1.ConditionDatabaseReady: func(h v1alpha1.Hop) bool {
		return h.Lane == v1alpha1.LaneData && (h.Name == "Cluster" || h.Name == "Database")
	},
	v1alpha1.ConditionRecoverable: func(h v1alpha1.Hop) bool {
		return h.Lane == v1alpha1.LaneData && h.Name != "Cluster" && h.Name != "Database"
	},
}

var hopOrder = []string{
	"Spec/Spec", "Spec/Apply",
	"Delivery/Registry", "Delivery/Updater", "Delivery/WriteBack", "Delivery/Sync", "Delivery/Rollout", "Delivery/Pods",
	"Edge/HostClaim", "Edge/DNS", "Edge/Certificate", "Edge/Route", "Edge/Answer",
	"Data/Cluster", "Data/Database", "Data/WAL", "Data/BaseBackup", "Data/Recoverable", "Data/RestoreVerified",
}

func hopLaws(f Facts, s v1alpha1.AfroAppStatus, rule ruling) {
	last := -1
	for _, h := range s.Hops {
		place := slices.Index(hopOrder, string(h.Lane)+"/"+h.Name)
		rule(place > last, "hop %s/%s is unknown or out of order", h.Lane, h.Name)
		last = place
		rule(!h.Since.IsZero() && !h.Since.After(f.Now) && h.Since.Nanosecond() == 0, "hop %s is so since %s", h.Name, h.Since)
		switch h.State {
		case v1alpha1.HopPassed:
			rule(h.Reason == "" && h.Message == "", "hop %s passed, and says %q", h.Name, h.Reason+h.Message)
		case v1alpha1.HopNotProbed:
			rule(h.Reason == "" && h.Message != "", "hop %s is not probed, and says %q", h.Name, h.Reason)
		default:
			rule(conditionReason.MatchString(h.Reason) && h.Message != "", "hop %s is %s without a reason or a message", h.Name, h.State)
		}
	}
}

// stuckLaws: all four parts, always; of a hop that is there; and only while the app needs help.
func stuckLaws(f Facts, s v1alpha1.AfroAppStatus, rule ruling) {
	at := s.StuckAt
	stalled := meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionStalled)
	rule(at == nil || stalled, "stuck at %+v, and not Stalled", at)
	rule(at != nil || !stalled || f.Paused, "Stalled, and stuck nowhere")
	if at == nil {
		rule(!slices.ContainsFunc(s.Hops, isStuck), "a hop is stuck, and stuckAt does not say so")
		return
	}
	for part, text := range map[string]string{"hop": at.Hop, "reason": at.Reason, "message": at.Message, "fix": at.Fix, "summary": at.Summary} {
		rule(text != "", "stuckAt has no %s", part)
	}
	h := hopOf(s.Hops, at.Lane, at.Hop)
	rule(h != nil && h.Reason == at.Reason && h.Message == at.Message && h.Since.Equal(&at.Since), "stuckAt does not say what its hop says")
	rule(h == nil || h.State == v1alpha1.HopStuck || h.State == v1alpha1.HopUnknown, "stuck at a hop that is %s", h.State)
}

// restless is what never may stand in a message: it changes while nothing does.
var restless = regexp.MustCompile(`(?i)\battempt #?[0-9]|\(cached\)|\bretried [0-9]+ times\b|\bat [0-9]{1,2}:[0-9]{2}\b|\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`)

func boundLaws(s v1alpha1.AfroAppStatus, rule ruling) {
	text := func(where, m string) {
		rule(len(m) <= 1024, "%s: %d bytes", where, len(m))
		rule(utf8.ValidString(m), "%s is not UTF-8", where)
		rule(!strings.ContainsFunc(m, func(r rune) bool { return !unicode.IsGraphic(r) }), "%s is not one printable line: %q", where, m)
		rule(!restless.MatchString(m), "%s changes by itself: %s", where, m)
	}
	for _, c := range s.Conditions {
		text("condition "+c.Type, c.Message)
	}
	for _, h := range s.Hops {
		text("hop "+h.Name, h.Message)
	}
	if at := s.StuckAt; at != nil {
		text("stuckAt", at.Message)
		text("fix", at.Fix)
		rule(len(at.Summary) <= 100 && len(at.Reason) <= 64, "summary %q", at.Summary)
	}
	rule(len(s.Conditions) <= 16 && len(s.Hops) <= 24 && len(s.Children) <= 64, "a list is too long")
	rule(len(s.URL) <= 300, "url: %d bytes", len(s.URL))
	if i := s.Image; i != nil {
		rule(len(i.Reference) <= 600 && len(i.RunningDigest) <= 128, "image %+v", i)
	}
	if d := s.Database; d != nil {
		rule(len(d.SecretName) <= 253 && len(d.Cluster) <= 320 && len(d.Name) <= 63 && len(d.ServerName) <= 63, "database %+v", d)
	}
}
