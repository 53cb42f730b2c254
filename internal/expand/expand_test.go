package expand

import (
	"errors"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/platform"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// TestStories compares every story with its golden file: want.yaml is the plan, want.err the refusals.
func TestStories(t *testing.T) {
	for _, dir := range stories(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			plan, err := Expand(storyInput(t, dir))
			goldenPlan(t, dir, plan, err)
		})
	}
}

// TestPlatformStories does the same for what the AfroPlatform itself becomes.
func TestPlatformStories(t *testing.T) {
	for _, dir := range platformStories(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			plan, err := Platform(platformInput(t, dir))
			goldenPlan(t, dir, plan, err)
		})
	}
}

func goldenPlan(t *testing.T, dir string, plan *Plan, err error) {
	t.Helper()
	if err != nil {
		golden(t, filepath.Join(dir, "want.err"), refusalLines(t, err))
		return
	}
	golden(t, filepath.Join(dir, "want.yaml"), planYAML(t, plan))
}

// refusalLines are the refusals, one a line, each behind its reason.
func refusalLines(t testing.TB, err error) []byte {
	t.Helper()
	var refusals platform.Refusals
	if !errors.As(err, &refusals) || len(refusals) == 0 {
		t.Fatalf("%T %v is no list of refusals", err, err)
	}
	var b strings.Builder
	for _, r := range refusals {
		b.WriteString(r.Reason + " " + r.String() + "\n")
	}
	return []byte(b.String())
}

func planYAML(t testing.TB, plan *Plan) []byte {
	t.Helper()
	var objs []*unstructured.Unstructured
	for _, i := range plan.Intents {
		objs = append(objs, i.Object)
	}
	raw, err := fixtures.YAML(objs...)
	must(t, err)
	return raw
}

func golden(t *testing.T, path string, got []byte) {
	t.Helper()
	other := filepath.Join(filepath.Dir(path), strings.NewReplacer("want.err", "want.yaml", "want.yaml", "want.err").Replace(filepath.Base(path)))
	if *update {
		must(t, os.WriteFile(path, got, 0o644))
		if other != path {
			_ = os.Remove(other)
		}
		return
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got; rewrite with -update)\n%s", path, d)
	}
	if _, err := os.Stat(other); err == nil && other != path {
		t.Errorf("%s is left over: the story has another outcome", other)
	}
}
