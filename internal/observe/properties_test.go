package observe

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// Objects of the caches are shared: whoever changes one changes it for everybody.
func TestTheFactsAreUntouched(t *testing.T) {
	for _, s := range stories(t) {
		f, untouched := s.facts(t), s.facts(t)
		first, second := Status(f), Status(f)
		if !reflect.DeepEqual(f, untouched) {
			t.Errorf("%s: the facts were changed", s.name)
		}
		if !reflect.DeepEqual(first, second) {
			t.Errorf("%s: the same facts gave two statuses", s.name)
		}
	}
}

// What was written back must not lead to another write.
func TestAStatusIsAFixpoint(t *testing.T) {
	for _, s := range stories(t) {
		f := s.facts(t)
		first := Status(f)
		f.App.Status = first.Status
		f.Now = f.Now.Add(900 * time.Millisecond)
		if second := Status(f); !SameStatus(first.Status, second.Status) {
			t.Errorf("%s: with its own status it becomes another", s.name)
		}
	}
}

// Nothing changes by itself before WakeAfter, and something does then.
func TestWakeAfterIsTheFirstChange(t *testing.T) {
	woken := 0
	for _, s := range stories(t) {
		f := s.facts(t)
		first := Status(f)
		f.App.Status = first.Status
		if first.WakeAfter == 0 {
			f.Now = f.Now.Add(365 * 24 * time.Hour)
			if !SameStatus(first.Status, Status(f).Status) {
				t.Errorf("%s: it never asked to be looked at again, and changes within a year", s.name)
			}
			continue
		}
		woken++
		now := f.Now
		f.Now = now.Add(first.WakeAfter - time.Second)
		if early := Status(f); !SameStatus(first.Status, early.Status) {
			t.Errorf("%s: changes before %s", s.name, first.WakeAfter)
		}
		f.Now = now.Add(first.WakeAfter)
		if then := Status(f); SameStatus(first.Status, then.Status) && first.Wish == then.Wish {
			t.Errorf("%s: does not change after %s", s.name, first.WakeAfter)
		}
	}
	if woken < 20 {
		t.Errorf("only %d stories wait", woken)
	}
}

// Since when is what people ask first: it stays while the trouble does, whatever else changes.
func TestSinceStaysWhileTheTroubleDoes(t *testing.T) {
	for _, s := range stories(t) {
		f := s.facts(t)
		first := Status(f).Status
		if first.StuckAt == nil {
			continue
		}
		f.App.Status = first
		f.App.Generation++
		f.Now = f.Now.Add(time.Minute)
		if second := Status(f).Status; second.StuckAt == nil || second.StuckAt.Since != first.StuckAt.Since {
			t.Errorf("%s: stuck since %v, then %+v", s.name, first.StuckAt.Since, second.StuckAt)
		}
	}
}

// Every reason that the API documents for apps stands in some golden status.
func TestEveryReasonHasAStory(t *testing.T) {
	told := map[string]bool{}
	for _, s := range stories(t) {
		status := Status(s.facts(t)).Status
		for _, c := range status.Conditions {
			told[c.Reason] = true
		}
		for _, h := range status.Hops {
			told[h.Reason] = true
		}
	}
	reasons := documentedReasons(t)
	if len(reasons) < 50 {
		t.Fatalf("only %d reasons found in conditions.go", len(reasons))
	}
	for _, r := range slices.Sorted(maps.Keys(reasons)) {
		if !told[r] {
			t.Errorf("no story has the reason %s", r)
		}
	}
}

// documentedReasons are the constants of the blocks "Reasons of …" of the API, but for the AfroPlatform's findings.
func documentedReasons(t *testing.T) map[string]bool {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "../../api/v1alpha1/conditions.go", nil, parser.ParseComments)
	must(t, err)
	out := map[string]bool{}
	for _, d := range file.Decls {
		block, ok := d.(*ast.GenDecl)
		if !ok || block.Doc == nil || !strings.HasPrefix(block.Doc.Text(), "Reasons of") || strings.Contains(block.Doc.Text(), "findings") {
			continue
		}
		for _, spec := range block.Specs {
			for _, v := range spec.(*ast.ValueSpec).Values {
				reason, err := strconv.Unquote(v.(*ast.BasicLit).Value)
				must(t, err)
				out[reason] = true
			}
		}
	}
	return out
}

// Every hop that is looked at is stuck in some story; those that are not looked at never are.
func TestEveryHopIsStuckSomewhere(t *testing.T) {
	at, states := map[string]bool{}, map[string]map[v1alpha1.HopState]bool{}
	for _, s := range stories(t) {
		status := Status(s.facts(t)).Status
		if status.StuckAt != nil {
			at[string(status.StuckAt.Lane)+"/"+status.StuckAt.Hop] = true
		}
		for _, h := range status.Hops {
			name := string(h.Lane) + "/" + h.Name
			if states[name] == nil {
				states[name] = map[v1alpha1.HopState]bool{}
			}
			states[name][h.State] = true
		}
	}
	blind := []string{"Edge/DNS", "Edge/Answer", "Data/RestoreVerified"}
	for _, name := range hopOrder {
		if slices.Contains(blind, name) {
			if len(states[name]) != 1 || !states[name][v1alpha1.HopNotProbed] {
				t.Errorf("%s is not looked at, and is %v", name, states[name])
			}
			continue
		}
		if !at[name] {
			t.Errorf("no story is stuck at %s", name)
		}
		if !states[name][v1alpha1.HopPassed] {
			t.Errorf("no story passes %s", name)
		}
	}
}

// Argo CD's own words are quoted alike whether it says them for the first or for the hundredth time.
func TestRecordedRepetitionsAreOneStatus(t *testing.T) {
	for _, group := range [][]string{
		{"recorded-comparison-error-path-missing", "recorded-comparison-error-path-missing-13-min-later"},
		{"recorded-rejected-manifest-1-first-attempt-failed", "recorded-rejected-manifest-2-attempt-2", "recorded-rejected-manifest-3-attempt-5", "recorded-rejected-manifest-4-failed"},
	} {
		byName := map[string]story{}
		for _, s := range stories(t) {
			byName[s.name] = s
		}
		first := Status(byName[group[0]].facts(t)).Status
		for _, name := range group[1:] {
			f := byName[name].facts(t)
			f.App.Status = first
			f.Registry = byName[group[0]].facts(t).Registry // images were pushed in between
			if !SameStatus(first, Status(f).Status) {
				t.Errorf("%s is not the same status as %s", name, group[0])
			}
		}
	}
}

// image-updater's heartbeat moves every two minutes: no status may come of it.
func TestHeartbeatsAreNoNews(t *testing.T) {
	for _, s := range stories(t) {
		f := s.facts(t)
		iu := f.Children.ImageUpdater
		if iu == nil || iu.Status.LastCheckedAt == nil || !f.Now.Before(iu.Status.LastCheckedAt.Add(UpdaterStalled)) {
			continue
		}
		first := Status(f).Status
		f.App.Status = first
		beaten := iu.DeepCopy()
		beaten.Status.LastCheckedAt = &metav1.Time{Time: f.Now}
		f.Children.ImageUpdater = beaten
		if !SameStatus(first, Status(f).Status) {
			t.Errorf("%s: a heartbeat changes the status", s.name)
		}
	}
}

// A lost host must not tell one tenant of another.
func TestALostHostNamesNoHolder(t *testing.T) {
	for _, s := range stories(t) {
		if s.name != "host-lost" {
			continue
		}
		for _, c := range Status(s.facts(t)).Status.Conditions {
			if c.Type == v1alpha1.ConditionAccepted && c.Message != "host web.afrotomation.com is claimed by another application" {
				t.Errorf("Accepted says %q", c.Message)
			}
		}
	}
}

// The ledger is what a restart compares with: rows in the order of the plan, none without a UID, none twice.
func TestLedger(t *testing.T) {
	for _, s := range stories(t) {
		f := s.facts(t)
		rows := Status(f).Status.Children
		if f.Plan == nil {
			if len(f.Leftovers) == 0 && !reflect.DeepEqual(rows, f.App.Status.Children) {
				t.Errorf("%s: without a plan the ledger changed", s.name)
			}
			continue
		}
		place := 0
		for _, r := range rows {
			key := expand.Key{Kind: r.Kind, Namespace: r.Namespace, Name: r.Name}
			i := slices.IndexFunc(f.Plan.Intents, func(i expand.Intent) bool { return i.Key() == key })
			if r.UID == "" || i >= 0 && i < place {
				t.Errorf("%s: row %+v at a wrong place, or without a UID", s.name, r)
			}
			place = max(place, i)
		}
	}
}
