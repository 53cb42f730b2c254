package observe

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	"github.com/google/go-cmp/cmp"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// A story is a folder of testdata: app.yaml, and where it has them platform, children.yaml (as the cluster has them),
// before.yaml (as it had them when it was seen before), outcomes.yaml and extra.yaml.
type story struct {
	dir, name string
	extra     extra
}

// extra is what a story says beside its objects.
type extra struct {
	// Now is the time of the pass. Default: 2026-11-23T12:00:00Z.
	Now string `json:"now,omitempty"`
	// Seen is when a pass saw before.yaml, or else the same children; what it said is the old status. Default: never.
	Seen string `json:"seen,omitempty"`
	// Platform is testdata/platform-<name>.yaml. Default: testdata/platform.yaml.
	Platform   string   `json:"platform,omitempty"`
	NoPlatform bool     `json:"noPlatform,omitempty"`
	Missing    []string `json:"missing,omitempty"` // kinds that are not installed
	LostHosts  []string `json:"lostHosts,omitempty"`
	// Unasked: the registry was not asked since the operator started, or the pods were not looked at.
	Unasked    bool     `json:"unasked,omitempty"`
	UnseenPods bool     `json:"unseenPods,omitempty"`
	Unseen     []string `json:"unseen,omitempty"` // kinds that were just written; children.yaml has them as before
}

// override is an outcome that is not as planned.
type override struct {
	Kind     string `json:"kind"`
	Name     string `json:"name,omitempty"` // default: every one of the kind
	Reason   string `json:"reason,omitempty"`
	Message  string `json:"message,omitempty"`
	Fix      string `json:"fix,omitempty"`
	NoUID    bool   `json:"noUID,omitempty"`
	Leftover bool   `json:"leftover,omitempty"` // no longer planned
}

func stories(t testing.TB) []story {
	t.Helper()
	apps, err := filepath.Glob("testdata/*/app.yaml")
	must(t, err)
	var out []story
	for _, a := range apps {
		s := story{dir: filepath.Dir(a), name: filepath.Base(filepath.Dir(a))}
		if raw, err := os.ReadFile(filepath.Join(s.dir, "extra.yaml")); err == nil {
			must(t, yaml.UnmarshalStrict(raw, &s.extra))
		}
		out = append(out, s)
	}
	return out
}

func (s story) path(name string) string { return filepath.Join(s.dir, name) }

func (s story) has(name string) bool {
	_, err := os.Stat(s.path(name))
	return err == nil
}

// facts of the story's pass, with the old status in the app.
func (s story) facts(t testing.TB) Facts {
	t.Helper()
	f := s.factsAt(t, s.extra.Now, "children.yaml")
	if s.extra.Seen == "" {
		return f
	}
	before := "children.yaml"
	if s.has("before.yaml") {
		before = "before.yaml"
	}
	f.App.Status = Status(s.factsAt(t, s.extra.Seen, before)).Status
	f.Ledger = f.App.Status.Children
	return f
}

func (s story) factsAt(t testing.TB, now, children string) Facts {
	t.Helper()
	if now == "" {
		now = "2026-11-23T12:00:00Z"
	}
	at, err := time.Parse(time.RFC3339, now)
	must(t, err)
	f := Facts{App: read[v1alpha1.AfroApp](t, s.path("app.yaml")), Now: at, LostHosts: s.extra.LostHosts}
	f.Ledger = f.App.Status.Children
	f.Paused = f.App.Annotations[v1alpha1.AnnotationPaused] == "true"
	if f.App.DeletionTimestamp == nil {
		s.expand(t, &f)
	}
	if s.has(children) {
		s.children(t, &f, children)
	}
	s.outcomes(t, &f)
	s.served(t, &f)
	s.pods(t, &f)
	s.updaters(t, &f)
	s.templates(t, &f)
	return f
}

func (s story) expand(t testing.TB, f *Facts) {
	t.Helper()
	in := expand.Input{App: f.App, LostHosts: f.LostHosts,
		Namespace: platform.Namespace{Name: f.App.Namespace, UID: "5c0f9a52-0000-4000-8000-0000000000ff"},
		Flavours:  platform.Flavours{Missing: map[schema.GroupKind]bool{}}}
	if !s.extra.NoPlatform {
		name := "platform.yaml"
		if s.extra.Platform != "" {
			name = "platform-" + s.extra.Platform + ".yaml"
		}
		in.Platform = read[v1alpha1.AfroPlatform](t, filepath.Join("testdata", name))
	}
	for _, kind := range s.extra.Missing {
		in.Flavours.Missing[kindNamed(t, kind).GroupKind()] = true
	}
	plan, err := expand.Expand(in)
	if err != nil {
		f.Refusals = err.(platform.Refusals)
		return
	}
	f.Plan = plan
}

func kindNamed(t testing.TB, name string) schema.GroupVersionKind {
	t.Helper()
	for _, k := range foreign.Children {
		if k.Kind == name {
			return k.GroupVersionKind
		}
	}
	t.Fatalf("no kind %s", name)
	return schema.GroupVersionKind{}
}

// children reads the objects as the cluster has them. They have to be the app's: of a planned name, but for the shared
// Cluster and its archive.
func (s story) children(t testing.TB, f *Facts, file string) {
	t.Helper()
	objs, err := fixtures.Objects(s.path(file))
	must(t, err)
	f.Unseen = map[string]bool{}
	for _, kind := range s.extra.Unseen {
		f.Unseen[kind] = true
	}
	for _, o := range objs {
		if f.Unseen[o.GetKind()] {
			continue
		}
		key := expand.Key{Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName()}
		if f.Plan != nil && has(f.Plan, key.Kind) && !f.Plan.Has(key) {
			t.Fatalf("%s/%s: %s is not a child of the app", s.name, file, key)
		}
		adopt(t, f, o)
	}
}

// mirrored are the kinds that a story can hold, as the caches decode them.
var mirrored = map[string]func() runtime.Object{
	"Application":     func() runtime.Object { return &foreign.ArgoApplication{} },
	"ImageUpdater":    func() runtime.Object { return &foreign.UpdaterCR{} },
	"Ingress":         func() runtime.Object { return &networkingv1.Ingress{} },
	"HTTPRoute":       func() runtime.Object { return &gatewayv1.HTTPRoute{} },
	"Certificate":     func() runtime.Object { return &certmanagerv1.Certificate{} },
	"Cluster":         func() runtime.Object { return &cnpgv1.Cluster{} },
	"ObjectStore":     func() runtime.Object { return &foreign.BarmanObjectStore{} },
	"ScheduledBackup": func() runtime.Object { return &cnpgv1.ScheduledBackup{} },
	"DatabaseRole":    func() runtime.Object { return &cnpgv1.DatabaseRole{} },
	"Database":        func() runtime.Object { return &cnpgv1.Database{} },
}

// adopt decodes what is modelled of a foreign object, as the caches do.
func adopt(t testing.TB, f *Facts, o *unstructured.Unstructured) {
	t.Helper()
	empty := mirrored[o.GetKind()]
	if empty == nil {
		t.Fatalf("%s is not mirrored", o.GetKind())
	}
	out := empty()
	must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, out))
	f.Children.Adopt(out)
}

func loose[T any](t testing.TB, o *unstructured.Unstructured) *T {
	t.Helper()
	out := new(T)
	must(t, runtime.DefaultUnstructuredConverter.FromUnstructured(o.Object, out))
	return out
}

// outcomes are as planned, but for what outcomes.yaml says.
func (s story) outcomes(t testing.TB, f *Facts) {
	t.Helper()
	var overrides []override
	if s.has("outcomes.yaml") {
		raw, err := os.ReadFile(s.path("outcomes.yaml"))
		must(t, err)
		must(t, yaml.UnmarshalStrict(raw, &overrides))
	}
	if f.Plan != nil {
		for n, i := range f.Plan.Intents {
			o := Outcome{Key: i.Key(), Lane: i.Lane, Row: row(i.Key(), n)}
			for _, x := range overrides {
				if !x.Leftover && x.Kind == o.Key.Kind && (x.Name == "" || x.Name == o.Key.Name) {
					x.put(&o)
				}
			}
			f.Outcomes = append(f.Outcomes, o)
		}
	}
	for n, x := range overrides {
		if x.Leftover {
			key := expand.Key{Kind: x.Kind, Namespace: f.App.Namespace, Name: x.Name}
			o := Outcome{Key: key, Row: row(key, 80+n)}
			x.put(&o)
			f.Leftovers = append(f.Leftovers, o)
		}
	}
}

func (x override) put(o *Outcome) {
	o.Reason, o.Message, o.Fix = x.Reason, x.Message, x.Fix
	if x.NoUID {
		o.Row = v1alpha1.Child{}
	}
}

func row(k expand.Key, n int) v1alpha1.Child {
	return v1alpha1.Child{Kind: k.Kind, Namespace: k.Namespace, Name: k.Name, Generation: 1, Hash: "0123456789abcdef",
		UID: types.UID(fmt.Sprintf("5c0f9a52-0000-4000-8000-0000000001%02d", n))}
}

func read[T any](t testing.TB, path string) *T {
	t.Helper()
	objs, err := fixtures.Objects(path)
	must(t, err)
	out, err := fixtures.As[T](objs[0])
	must(t, err)
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// TestStories compares the status of every story with its golden file.
func TestStories(t *testing.T) {
	all := stories(t)
	if len(all) < 60 {
		t.Fatalf("%d stories, want at least 60", len(all))
	}
	for _, s := range all {
		t.Run(s.name, func(t *testing.T) {
			got, err := yaml.Marshal(Status(s.facts(t)).Status)
			must(t, err)
			golden(t, s.path("want-status.yaml"), got)
		})
	}
}

func golden(t testing.TB, path string, got []byte) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(path, got, 0o644))
		return
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if d := cmp.Diff(string(want), string(got)); d != "" {
		t.Errorf("%s (-want +got; rewrite with -update)\n%s", path, d)
	}
}
