package preflight

import (
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// TestLaws holds every golden status to what kubectl wait, Argo CD and people rely on.
func TestLaws(t *testing.T) {
	for _, dir := range stories(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			f := facts(t, dir)
			s := Status(f)
			for _, broken := range slices.Concat(conditionLaws(f, s), findingLaws(s)) {
				t.Error(broken)
			}
		})
	}
}

// conditionLaws are those of kstatus: Ready is always there; Reconciling and Stalled only while True, never both, one of
// them exactly while Ready is not True.
func conditionLaws(f Facts, s v1alpha1.AfroPlatformStatus) (broken []string) {
	law := func(ok bool, says string) {
		if !ok {
			broken = append(broken, says)
		}
	}
	ready := meta.FindStatusCondition(s.Conditions, v1alpha1.ConditionReady)
	reconciling := meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionReconciling)
	stalled := meta.IsStatusConditionTrue(s.Conditions, v1alpha1.ConditionStalled)
	if ready == nil {
		return []string{"no condition Ready"}
	}
	law(s.ObservedGeneration == f.Platform.Generation, "observedGeneration is not the generation")
	law(!(reconciling && stalled), "Reconciling and Stalled")
	law((ready.Status == metav1.ConditionTrue) == (!reconciling && !stalled), "Ready contradicts Reconciling or Stalled")
	law(ready.Status != metav1.ConditionUnknown || reconciling, "Ready is Unknown and nothing is under way")
	hasError := slices.ContainsFunc(s.Findings, func(x v1alpha1.Finding) bool { return x.Severity == severityError })
	law((ready.Status == metav1.ConditionFalse) == hasError, "Ready is not False exactly while there is an Error")
	for _, c := range s.Conditions {
		law(slices.Contains([]string{v1alpha1.ConditionReady, v1alpha1.ConditionReconciling, v1alpha1.ConditionStalled}, c.Type), "condition "+c.Type)
		law(c.Type == v1alpha1.ConditionReady || c.Status == metav1.ConditionTrue, c.Type+" is there and not True")
		law(c.ObservedGeneration == f.Platform.Generation, c.Type+" speaks of another generation")
		law(c.Reason != "" && c.LastTransitionTime.Nanosecond() == 0 && !c.LastTransitionTime.IsZero(), c.Type+" has no reason or no whole time")
		law(len(c.Message) <= 32768 && oneLine(c.Message), c.Type+" has a message that is too long or not one line")
	}
	return broken
}

var clockTime = regexp.MustCompile(`\d{1,2}:\d{2}|\d{4}-\d{2}-\d{2}`)

func findingLaws(s v1alpha1.AfroPlatformStatus) (broken []string) {
	law := func(ok bool, says string) {
		if !ok {
			broken = append(broken, says)
		}
	}
	law(len(s.Findings) <= 32, "more than 32 findings")
	order := []string{severityError, severityWarning, severityUnknown}
	law(slices.IsSortedFunc(s.Findings, func(a, b v1alpha1.Finding) int {
		return slices.Index(order, a.Severity) - slices.Index(order, b.Severity)
	}), "the worst is not first")
	for i, x := range s.Findings {
		law(slices.Contains(order, x.Severity), "severity "+x.Severity)
		law(!slices.Contains(s.Findings[:i], x), "told twice: "+x.Message)
		law(!clockTime.MatchString(x.Message+x.Fix), "a time in: "+x.Message)
		for _, text := range []string{x.Reason, x.Message, x.Fix} {
			law(text != "" && utf8.RuneCountInString(text) <= 1024 && oneLine(text), "no short line: "+text)
		}
	}
	var names []string
	for _, p := range s.Peers {
		names = append(names, p.Name)
		law(p.Installed || p.Version == "" && p.Flavour == "", p.Name+" is not installed and has a version")
		law(utf8.RuneCountInString(p.Version) <= 64 && utf8.RuneCountInString(p.Flavour) <= 32, p.Name+" has too long a version or flavour")
	}
	law(slices.Equal(names, []string{PeerArgoCD, PeerImageUpdater, PeerCertManager, PeerGatewayAPI, PeerCNPG, PeerBarmanCloud}), "peers: "+strings.Join(names, " "))
	return broken
}

func oneLine(s string) bool {
	return utf8.ValidString(s) && !strings.ContainsFunc(s, unicode.IsControl)
}

// The checks above have to find something.
func TestLawsFindWhatTheyAreFor(t *testing.T) {
	f := facts(t, "testdata/b2-secret-missing")
	for name, spoil := range map[string]func(*v1alpha1.AfroPlatformStatus){
		"Ready gone":           func(s *v1alpha1.AfroPlatformStatus) { s.Conditions = s.Conditions[1:] },
		"Ready True":           func(s *v1alpha1.AfroPlatformStatus) { s.Conditions[0].Status = metav1.ConditionTrue },
		"Stalled False":        func(s *v1alpha1.AfroPlatformStatus) { s.Conditions[1].Status = metav1.ConditionFalse },
		"Stalled gone":         func(s *v1alpha1.AfroPlatformStatus) { s.Conditions = s.Conditions[:1] },
		"old generation":       func(s *v1alpha1.AfroPlatformStatus) { s.Conditions[0].ObservedGeneration-- },
		"status of no spec":    func(s *v1alpha1.AfroPlatformStatus) { s.ObservedGeneration = 0 },
		"Error unnamed":        func(s *v1alpha1.AfroPlatformStatus) { s.Findings = nil },
		"severity":             func(s *v1alpha1.AfroPlatformStatus) { s.Findings[0].Severity = "Bad" },
		"two lines":            func(s *v1alpha1.AfroPlatformStatus) { s.Findings[0].Message = "a\nb" },
		"no advice":            func(s *v1alpha1.AfroPlatformStatus) { s.Findings[0].Fix = "" },
		"a clock":              func(s *v1alpha1.AfroPlatformStatus) { s.Findings[0].Message += " at 11:34" },
		"twice":                func(s *v1alpha1.AfroPlatformStatus) { s.Findings = append(s.Findings, s.Findings[0]) },
		"a peer less":          func(s *v1alpha1.AfroPlatformStatus) { s.Peers = s.Peers[1:] },
		"not there, versioned": func(s *v1alpha1.AfroPlatformStatus) { s.Peers[0].Installed = false },
	} {
		s := Status(f)
		spoil(&s)
		if len(slices.Concat(conditionLaws(f, s), findingLaws(s))) == 0 {
			t.Errorf("%s: passes", name)
		}
	}
}

// The same facts give the same status, and are left as they were, maps and slices included.
func TestSameForTheSameAndInputUntouched(t *testing.T) {
	for _, dir := range stories(t) {
		f := facts(t, dir)
		first, second := Status(f), Status(f)
		if d := cmp.Diff(first, second); d != "" {
			t.Errorf("%s: twice (-first +second)\n%s", dir, d)
		}
		if !reflect.DeepEqual(f, facts(t, dir)) {
			t.Errorf("%s: the facts were changed", dir)
		}
	}
}

// Their grace time ends within the hour.
var starting = []string{"managed-starting", "managed-starting-without-key"}

// A status that was written is not written again: neither at once nor an hour later, the recheck of the controller.
func TestFixpoint(t *testing.T) {
	for _, dir := range stories(t) {
		f := facts(t, dir)
		first := Status(f)
		f.Platform.Status = *first.DeepCopy()
		for _, later := range []time.Duration{0, time.Hour} {
			if later > 0 && slices.Contains(starting, filepath.Base(dir)) {
				continue
			}
			f.Now = f.Now.Add(later)
			if d := cmp.Diff(first, Status(f)); d != "" {
				t.Errorf("%s: after %s (-written +next)\n%s", dir, later, d)
			}
		}
	}
}

func TestSameStatus(t *testing.T) {
	f := facts(t, "testdata/managed")
	a := Status(f)
	for name, c := range map[string]struct {
		change func(*v1alpha1.AfroPlatformStatus)
		same   bool
	}{
		"nothing":              {func(*v1alpha1.AfroPlatformStatus) {}, true},
		"generation of a row":  {func(s *v1alpha1.AfroPlatformStatus) { s.Children[0].Generation = 9 }, true},
		"hash of a row":        {func(s *v1alpha1.AfroPlatformStatus) { s.Children[0].Hash = "f" }, false},
		"a row less":           {func(s *v1alpha1.AfroPlatformStatus) { s.Children = s.Children[1:] }, false},
		"a version":            {func(s *v1alpha1.AfroPlatformStatus) { s.Peers[0].Version = "9.9.9" }, false},
		"a message":            {func(s *v1alpha1.AfroPlatformStatus) { s.Conditions[0].Message = "other" }, false},
		"empty instead of nil": {func(s *v1alpha1.AfroPlatformStatus) { s.Findings = []v1alpha1.Finding{} }, true},
	} {
		b := *a.DeepCopy()
		c.change(&b)
		if SameStatus(a, b) != c.same || SameStatus(b, a) != c.same {
			t.Errorf("%s: same is not %t", name, c.same)
		}
	}
	if a.Children[0].Generation = 7; SameStatus(a, a) != true || a.Children[0].Generation != 7 {
		t.Error("comparing changed a status")
	}
}
