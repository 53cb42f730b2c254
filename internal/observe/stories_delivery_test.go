package observe

import (
	"os"
	"strings"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/image"
)

// anyDigest is what the registry serves in stories that do not say, and whose images do not either.
var anyDigest = "sha256:" + strings.Repeat("2", 64)

// served reads registry.yaml. Without it the registry serves what the pods name.
func (s story) served(t testing.TB, f *Facts) {
	t.Helper()
	w := wantsOf(*f)
	if s.extra.Unasked || w.tracked == (image.Reference{}) {
		return
	}
	f.Registry = &Served{Digest: anyDigest, DigestSince: time.Date(2026, 11, 23, 11, 0, 0, 0, time.UTC)}
	for _, r := range live(f.Children.Application, w.tracked.Name()) {
		if r.Digest != "" {
			f.Registry.Digest = r.Digest
		}
	}
	if s.has("registry.yaml") {
		raw, err := os.ReadFile(s.path("registry.yaml"))
		must(t, err)
		f.Registry.Digest = ""
		must(t, yaml.UnmarshalStrict(raw, f.Registry))
	}
	if f.Registry.Reference == "" {
		f.Registry.Reference = w.tracked.String()
	}
}

// pods reads pods.yaml, which may hold what a cluster recorded. Without it every image that Argo CD lists runs in a pod, by the
// digest that it names or else by the one that is served.
func (s story) pods(t testing.TB, f *Facts) {
	t.Helper()
	f.PodsSeen = !s.extra.UnseenPods
	if s.has("pods.yaml") {
		objs, err := fixtures.Objects(s.path("pods.yaml"))
		must(t, err)
		for _, o := range objs {
			f.Pods = append(f.Pods, PodOf(loose[corev1.Pod](t, o)))
		}
		return
	}
	for n, i := range listed(f.Children.Application) {
		id := image.DigestOf(i)
		if id == "" && f.Registry != nil {
			id = f.Registry.Digest
		}
		name, _, _ := strings.Cut(i, "@")
		f.Pods = append(f.Pods, Pod{Name: "pod-" + string(rune('a'+n)), Containers: []PodImage{{Spec: i, ID: name + "@" + id, Running: true}}})
	}
}

func listed(app *foreign.ArgoApplication) []string {
	if app == nil {
		return nil
	}
	return app.Status.Summary.Images
}

// updaters reads updaters.yaml: other ImageUpdaters beside the Application.
func (s story) updaters(t testing.TB, f *Facts) {
	t.Helper()
	if !s.has("updaters.yaml") {
		return
	}
	objs, err := fixtures.Objects(s.path("updaters.yaml"))
	must(t, err)
	for _, o := range objs {
		f.Updaters = append(f.Updaters, loose[foreign.UpdaterCR](t, o))
	}
}

// templates reads templates.yaml.
func (s story) templates(t testing.TB, f *Facts) {
	t.Helper()
	if s.has("templates.yaml") {
		raw, err := os.ReadFile(s.path("templates.yaml"))
		must(t, err)
		must(t, yaml.UnmarshalStrict(raw, &f.Templates))
	}
}
