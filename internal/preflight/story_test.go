package preflight

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
	"github.com/afrotomation/afroapp/internal/platform"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// story is facts.yaml.
type story struct {
	Now      time.Time
	Missing  []string // kinds that are not served
	Outcomes []outcome
	Read     Read
}

type outcome struct{ Kind, Namespace, Name, UID, Hash, Reason, Message, Fix string }

// facts reads a folder of testdata. Each call makes them anew.
func facts(t testing.TB, dir string) Facts {
	t.Helper()
	var s story
	merged(t, dir, "facts.yaml", &s)
	f := Facts{Platform: &v1alpha1.AfroPlatform{}, Now: s.Now, Read: s.Read, Flavours: platform.Flavours{Missing: map[schema.GroupKind]bool{}}}
	merged(t, dir, "platform.yaml", f.Platform)
	for _, kind := range s.Missing {
		f.Flavours.Missing[kindNamed(t, kind)] = true
	}
	for _, o := range s.Outcomes {
		row := v1alpha1.Child{Kind: o.Kind, Namespace: o.Namespace, Name: o.Name, UID: types.UID(o.UID), Hash: o.Hash}
		f.Outcomes = append(f.Outcomes, observe.Outcome{Key: expand.Key{Kind: o.Kind, Namespace: o.Namespace, Name: o.Name},
			Reason: o.Reason, Message: o.Message, Fix: o.Fix, Row: row})
	}
	return f
}

func kindNamed(t testing.TB, name string) schema.GroupKind {
	t.Helper()
	for _, k := range foreign.Children {
		if k.Kind == name {
			return k.GroupKind()
		}
	}
	t.Fatalf("no kind %s", name)
	return schema.GroupKind{}
}

// merged reads the file of all stories with that of one merged into it, strictly.
func merged(t testing.TB, dir, file string, into any) {
	t.Helper()
	base := document(t, filepath.Join(dir, "..", file))
	if _, err := os.Stat(filepath.Join(dir, file)); err == nil {
		merge(base, document(t, filepath.Join(dir, file)))
	}
	raw, err := json.Marshal(base)
	must(t, err)
	must(t, yaml.UnmarshalStrict(raw, into))
}

func document(t testing.TB, path string) map[string]any {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	out := map[string]any{}
	must(t, yaml.UnmarshalStrict(raw, &out))
	return out
}

// merge is a JSON merge patch.
func merge(base, patch map[string]any) {
	for k, v := range patch {
		inner, isMap := v.(map[string]any)
		old, wasMap := base[k].(map[string]any)
		switch {
		case v == nil:
			delete(base, k)
		case isMap && wasMap:
			merge(old, inner)
		default:
			base[k] = v
		}
	}
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// stories are the folders of testdata.
func stories(t testing.TB) []string {
	t.Helper()
	entries, err := os.ReadDir("testdata")
	must(t, err)
	var dirs []string
	for _, e := range entries {
		if e.IsDir() && e.Name() != "fuzz" { // go puts there what it found
			dirs = append(dirs, filepath.Join("testdata", e.Name()))
		}
	}
	if len(dirs) < 100 {
		t.Fatalf("%d stories", len(dirs))
	}
	return dirs
}

// TestStories compares the status of every story with its golden file.
func TestStories(t *testing.T) {
	for _, dir := range stories(t) {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			got, err := yaml.Marshal(Status(facts(t, dir)))
			must(t, err)
			path := filepath.Join(dir, "want-status.yaml")
			if *update {
				must(t, os.WriteFile(path, got, 0o644))
				return
			}
			want, err := os.ReadFile(path)
			must(t, err)
			if d := cmp.Diff(string(want), string(got)); d != "" {
				t.Errorf("%s (-want +got; rewrite with -update)\n%s", path, d)
			}
		})
	}
}
