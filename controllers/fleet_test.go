package controllers

import (
	"fmt"
	"io/fs"
	"maps"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/controlplane"
)

const fleetFolder = "../config/samples/fleet"

// The infra repository of the story, applied at once: 47 apps, counted by the API server itself, then brought to Ready by
// peers that answer.
func TestFleet(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.applyFiles(filepath.Join(fleetFolder, "namespaces.yaml"), filepath.Join(fleetFolder, "platform.yaml"))
	op.quiet(t)
	before, err := plane.Metrics(w.ctx)
	must(t, err)
	mark := op.mark()
	apps := w.applyApps()
	if len(apps) != 47 {
		t.Fatalf("%d apps in the fleet, want 47", len(apps))
	}
	children := w.allApplied(apps)
	op.quiet(t)
	w.statusesWritten(apps)
	op.quiet(t)
	after, err := plane.Metrics(w.ctx)
	must(t, err)
	checkBudget(t, op, mark, after.Since(before), len(apps), children)

	w.answer()
	w.cleanAtEnd() // while the peers still play: Tailscale has a finalizer of its own
	for _, a := range apps {
		(&world{t: t, ctx: w.ctx, ns: a.GetNamespace()}).ready(a.GetName())
	}
}

// checkBudget compares what the operator sent, and what the API server counted, with k + 2 requests per app.
func checkBudget(t *testing.T, op *operator, mark int, counted controlplane.Requests, apps, children int) {
	t.Helper()
	var writes, reads int
	for _, s := range op.since(mark) {
		switch {
		case touchesPlatform(s) || strings.Contains(s.path, "/namespaces/databases/clusters/") || strings.Contains(s.path, "objectstores/main"):
		case s.write():
			writes++
		default:
			reads++
		}
	}
	resources := map[string]bool{}
	for _, k := range foreign.Children {
		resources[k.Resource] = k.Kind != "AppProject"
	}
	byServer := counted.Sum(func(r controlplane.Request) bool {
		return r.Verb == "APPLY" && resources[r.Resource] && r.Subresource == ""
	})
	t.Logf("47 apps: %d children, %d writes of the operator (%.2f per app over its children), %d reads; the API server counted %d applies of children",
		children, writes, float64(writes-children)/float64(apps), reads, byServer)
	if writes > children+2*apps {
		t.Errorf("%d writes for %d apps with %d children, want at most %d", writes, apps, children, children+2*apps)
	}
	if reads > 0 {
		t.Errorf("%d reads for the apps, want none", reads)
	}
	if byServer > children {
		t.Errorf("the API server counted %d applies of children, want at most %d", byServer, children)
	}
}

func (w *world) applyFiles(paths ...string) {
	w.t.Helper()
	objs, err := fixtures.Objects(paths...)
	must(w.t, err)
	for _, o := range objs {
		must(w.t, admin.Apply(w.ctx, client.ApplyConfigurationFromUnstructured(o), client.FieldOwner("kubectl"), client.ForceOwnership))
	}
}

// applyApps applies every app of the fleet at once.
func (w *world) applyApps() []*unstructured.Unstructured {
	w.t.Helper()
	var files []string
	must(w.t, filepath.WalkDir(filepath.Join(fleetFolder, "apps"), func(path string, d fs.DirEntry, err error) error {
		if err == nil && !d.IsDir() {
			files = append(files, path)
		}
		return err
	}))
	objs, err := fixtures.Objects(files...)
	must(w.t, err)
	var group sync.WaitGroup
	errs := make([]error, len(objs))
	for n, o := range objs {
		group.Go(func() {
			errs[n] = admin.Apply(w.ctx, client.ApplyConfigurationFromUnstructured(o.DeepCopy()), client.FieldOwner("kubectl"), client.ForceOwnership)
		})
	}
	group.Wait()
	for _, err := range errs {
		must(w.t, err)
	}
	return objs
}

// allApplied waits until every child of every app is there, and counts them.
func (w *world) allApplied(apps []*unstructured.Unstructured) (children int) {
	w.t.Helper()
	for _, a := range apps {
		in := &world{t: w.t, ctx: w.ctx, ns: a.GetNamespace()}
		plan := in.plan(a.GetName())
		children += len(plan.Intents)
		eventually(w.t, func() error {
			for _, i := range plan.Intents {
				if _, err := in.get(i.Key()); err != nil {
					return fmt.Errorf("%s: %w", i.Key(), err)
				}
			}
			return nil
		})
	}
	return children
}

func (w *world) statusesWritten(apps []*unstructured.Unstructured) {
	w.t.Helper()
	for _, a := range apps {
		eventually(w.t, func() error {
			if app := (&world{t: w.t, ctx: w.ctx, ns: a.GetNamespace()}).app(a.GetName()); app.Status.ObservedGeneration != app.Generation {
				return fmt.Errorf("%s has no status yet", a.GetName())
			}
			return nil
		})
	}
}

// answer lets every peer play, on repositories that hold what the fleet's own sources name.
func (w *world) answer() {
	w.t.Helper()
	files := map[string]string{}
	for _, more := range []map[string]string{
		actors.Chart("charts/afroapp-workload", "example.com/none:1"),
		actors.Kustomization("deploy/collector", "collector", "ghcr.io/codenificient/collector:latest", 8080),
		actors.Kustomization("manifests/maps/tiles", "tiles", "ghcr.io/codenificient/tiles:latest", 8080),
		actors.Chart("manifests/monitoring/grafana", "docker.io/grafana/grafana:11.2.0"),
		actors.Chart("chart", "ghcr.io/codenificient/wiki:4.0.2"),
	} {
		maps.Copy(files, more)
	}
	w.startActors(actors.Options{UpdaterInterval: 2 * time.Second, Repository: actors.NewRepository(files)})
	list := &v1alpha1.AfroAppList{}
	must(w.t, admin.List(w.ctx, list))
	for _, ns := range namespacesOf(list, "databases") {
		must(w.t, (&world{t: w.t, ctx: w.ctx, ns: ns}).tryApply(`
apiVersion: v1
kind: Secret
metadata: {name: b2, namespace: "{{ns}}"}
stringData: {ACCESS_KEY_ID: id, ACCESS_SECRET_KEY: key}
`))
	}
}

func namespacesOf(list *v1alpha1.AfroAppList, more ...string) (out []string) {
	seen := map[string]bool{}
	for _, a := range list.Items {
		if !seen[a.Namespace] {
			seen[a.Namespace] = true
			out = append(out, a.Namespace)
		}
	}
	return append(out, more...)
}
