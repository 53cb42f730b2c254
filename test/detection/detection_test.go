package detection

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
)

// Every silent failure is found with the right reason, and nothing healthy is called stuck.
func TestDetection(t *testing.T) {
	for i, s := range Stages() {
		scenarios := some(s.Scenarios, i == 0, func(s Scenario) string { return s.Name })
		if len(scenarios) == 0 {
			continue
		}
		t.Run(s.Name, func(t *testing.T) {
			begun := time.Now()
			results, err := Run(t.Context(), s.Kind, scenarios)
			if err != nil {
				t.Fatal(err)
			}
			judge(t, results)
			t.Logf("%d scenarios in %s", len(results), time.Since(begun).Round(time.Second))
		})
	}
}

// What the real systems said is judged as an observer has to judge it.
func TestRecordings(t *testing.T) {
	all, err := Recordings("../../internal/observe/testdata")
	if err != nil {
		t.Fatal(err)
	}
	all = some(all, true, func(r Recording) string { return r.Name })
	if err := PlayRecordings(t.Context(), all); err != nil {
		t.Fatal(err)
	}
	for _, r := range all {
		if !r.Right() {
			t.Errorf("%s: want %s, said %s; %v\n%s", r.Name, r.Want, r.Said, r.Broken, r.Line)
		}
	}
}

// some are those that AFROAPP_DETECTION names, or all. Of the many, every third one on every change; `make detection` and
// `make test-long` play them all.
func some[T any](all []T, many bool, name func(T) string) (out []T) {
	names := os.Getenv("AFROAPP_DETECTION")
	if names == "" {
		for i, s := range all {
			if !many || i%3 == 0 || os.Getenv("AFROAPP_LONG") == "1" {
				out = append(out, s)
			}
		}
		return out
	}
	return slices.DeleteFunc(all, func(x T) bool { return !slices.Contains(strings.Split(names, ","), name(x)) })
}

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

func judge(t *testing.T, results []Result) {
	t.Helper()
	for _, r := range results {
		switch {
		case r.Broken != nil:
			t.Errorf("%s could not be played: %v", r.Scenario.Name, r.Broken)
		case r.Right():
			t.Logf("%s: right after %s", r.Scenario.Name, r.Found)
		case r.Scenario.Healthy():
			t.Errorf("%s is healthy (%s), and was called stuck at %s", r.Scenario.Name, r.Scenario.Says, r.Said)
		default:
			t.Errorf("%s (%s): want %s %s, said %q", r.Scenario.Name, r.Scenario.Says, r.Scenario.Want.Hop, r.Scenario.Want.Reason, r.Said)
		}
	}
}
