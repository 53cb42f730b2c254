package controllers

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/registry"
	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/controlplane"
)

const fleetFolder = "../config/samples/fleet"

// fleet is the sample fleet on the API server: 47 apps, their platform and their namespaces.
type fleet struct {
	*world
	apps []*unstructured.Unstructured
}

func newFleet(t *testing.T) *fleet {
	t.Helper()
	f := &fleet{world: newWorld(t)}
	f.dropPlatformAtEnd()
	files, err := filepath.Glob(fleetFolder + "/apps/*/*.yaml")
	must(t, err)
	f.apps, err = fixtures.Objects(files...)
	must(t, err)
	if len(f.apps) != 47 {
		t.Fatalf("%d apps, and the story has 47", len(f.apps))
	}
	raw, err := os.ReadFile(fleetFolder + "/namespaces.yaml")
	must(t, err)
	f.apply(string(raw))
	raw, err = os.ReadFile(fleetFolder + "/platform.yaml")
	must(t, err)
	f.apply(string(raw))
	for _, ns := range append([]string{"databases"}, f.namespaces()...) {
		f.apply(fmt.Sprintf("{apiVersion: v1, kind: Secret, metadata: {name: b2, namespace: %s}, stringData: {ACCESS_KEY_ID: id, ACCESS_SECRET_KEY: key}}", ns))
	}
	return f
}

// images is a registry that has the image of every app.
func (f *fleet) images() *actors.Images {
	images := actors.NewImages()
	for _, app := range f.apps {
		spec, _, _ := unstructured.NestedString(app.Object, "spec", "image")
		name, _, _ := strings.Cut(spec, "@")
		images.Push(name)
	}
	return images
}

func (f *fleet) namespaces() (out []string) {
	for _, app := range f.apps {
		if !slices.Contains(out, app.GetNamespace()) {
			out = append(out, app.GetNamespace())
		}
	}
	return out
}

// at is the world of one app.
func (f *fleet) at(app *unstructured.Unstructured) *world {
	w := *f.world
	w.ns = app.GetNamespace()
	return &w
}

// onboard applies all apps at once.
func (f *fleet) onboard() {
	f.t.Helper()
	for _, app := range f.apps {
		must(f.t, admin.Apply(f.ctx, client.ApplyConfigurationFromUnstructured(app), client.FieldOwner("kubectl"), client.ForceOwnership))
	}
}

// repositories holds what the fleet's README and sources say is there. The actor has one for all URLs.
func (f *fleet) repositories() *actors.Repository {
	f.t.Helper()
	files := actors.Chart("charts/afroapp-workload", "registry.invalid/none:latest")
	add := func(more map[string]string) {
		for name, content := range more {
			files[name] = content
		}
	}
	add(actors.Kustomization("deploy/collector", "collector", "ghcr.io/codenificient/collector:latest", 8080))
	add(map[string]string{
		"chart/Chart.yaml":  "apiVersion: v2\nname: wiki\nversion: 0.1.0\nannotations: {actors/image-name-key: app.image.name, actors/image-tag-key: app.image.tag}\n",
		"chart/values.yaml": "app: {image: {name: ghcr.io/codenificient/wiki, tag: 4.0.0}}\n",
	})
	must(f.t, fs.WalkDir(os.DirFS(fleetFolder), "manifests", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		raw, err := os.ReadFile(filepath.Join(fleetFolder, path))
		files[path] = string(raw)
		return err
	}))
	return actors.NewRepository(files)
}

// tally is what one app cost.
type tally struct {
	app                              string
	children, requests, writes, read int
	statuses                         int
}

// count attributes the requests since a mark to apps, by the names of their children. What belongs to none is returned.
func (f *fleet) count(op *operator, mark int) (apps []*tally, rest []sent) {
	f.t.Helper()
	byPath := map[string]*tally{}
	for _, app := range f.apps {
		x := &tally{app: app.GetNamespace() + "/" + app.GetName()}
		apps = append(apps, x)
		own := "/namespaces/" + app.GetNamespace() + "/afroapps/" + app.GetName()
		byPath[own], byPath[own+"/status"] = x, x
		for _, i := range f.at(app).plan(app.GetName()).Intents {
			x.children++
			byPath[pathOf(i.Key())] = x
		}
	}
	for _, s := range op.since(mark) {
		path := behindVersion(s.path)
		if s.name != "" {
			path += "/" + s.name
		}
		x := byPath[path]
		switch {
		case x == nil:
			rest = append(rest, s)
			continue
		case !s.write():
			x.read++
		default:
			x.writes++
		}
		x.requests++
		if _, sub := resourceOf(s); sub == "status" {
			x.statuses++
		}
	}
	return apps, rest
}

var version = regexp.MustCompile(`^/(api|apis/[^/]+)/v[0-9a-z]+`)

func behindVersion(path string) string { return version.ReplaceAllString(path, "") }

// childResources are the kinds that apps and the platform become, as they stand in paths.
func childResources() (out []string) {
	for _, k := range foreign.Children {
		out = append(out, k.Resource)
	}
	return out
}

// pathOf is the path of an object, behind its version.
func pathOf(k expand.Key) string {
	path := "/" + kindOf(k).Resource + "/" + k.Name
	if k.Namespace != "" {
		path = "/namespaces/" + k.Namespace + path
	}
	return path
}

func table(apps []*tally) string {
	var b strings.Builder
	sum := tally{app: "all"}
	fmt.Fprintf(&b, "\n%-28s %8s %8s %8s %8s %8s %8s\n", "app", "children", "requests", "writes", "statuses", "reads", "beyond k")
	row := func(x *tally) {
		fmt.Fprintf(&b, "%-28s %8d %8d %8d %8d %8d %8d\n", x.app, x.children, x.requests, x.writes, x.statuses, x.read, x.requests-x.children)
	}
	for _, x := range apps {
		row(x)
		sum.children += x.children
		sum.requests += x.requests
		sum.writes += x.writes
		sum.statuses += x.statuses
		sum.read += x.read
	}
	row(&sum)
	n := float64(len(apps))
	fmt.Fprintf(&b, "%-28s %8.2f %8.2f %8.2f %8.2f %8.2f %8.2f\n", "per app", float64(sum.children)/n, float64(sum.requests)/n, float64(sum.writes)/n, float64(sum.statuses)/n, float64(sum.read)/n,
		float64(sum.requests-sum.children)/n)
	return b.String()
}

// within holds each app against a budget beyond its children, and against reading.
func (f *fleet) within(apps []*tally, beyond int) {
	f.t.Helper()
	for _, x := range apps {
		if x.requests > x.children+beyond {
			f.t.Errorf("%s: %d requests for %d children, want at most %d", x.app, x.requests, x.children, x.children+beyond)
		}
		if x.read > 0 {
			f.t.Errorf("%s: %d reads", x.app, x.read)
		}
	}
}

// noOthers: what is about no app is about the platform.
func noOthers(t *testing.T, rest []sent) {
	t.Helper()
	for _, s := range rest {
		if !touchesPlatform(s) && (s.write() || s.name == "" && strings.Contains(s.path, "/afro")) {
			t.Errorf("for no app: %s", s)
		}
	}
}

// asked counts the looks at pods that carry no label of ours, and at the Secrets that registries are asked with.
func asked(rest []sent) (looks, logins int) {
	for _, s := range rest {
		switch resource, _ := resourceOf(s); {
		case resource == "pods" && !s.watch:
			looks++
		case resource == "secrets" && s.name != "":
			logins++
		}
	}
	return looks, logins
}

// resourceOf tells the resource and the subresource of a request. There is an app named status.
func resourceOf(s sent) (resource, sub string) {
	parts := strings.Split(strings.TrimPrefix(behindVersion(s.path), "/"), "/")
	if parts[0] == "namespaces" && len(parts) > 2 {
		parts = parts[2:]
	}
	if len(parts) > 2 {
		sub = parts[2]
	}
	return parts[0], sub
}

// The infra repository of the story, applied at once. It costs what design.md says, by the operator's own count and by that
// of the API server: for each app its children, a finalizer and one status, and nothing is read. Then the peers answer, and
// all 47 apps become Ready for one status more.
func TestFleet(t *testing.T) {
	f := newFleet(t)
	images := f.images()
	op := startOperatorWith(t, Options{Registry: registry.Options{Transport: actors.Transport(images)}})
	f.sweepAtEnd()
	f.cleanAtEnd()
	f.platformSeen()
	op.quiet(t)
	before, err := plane.Metrics(f.ctx)
	must(t, err)
	mark := op.mark()
	f.onboard()
	for _, app := range f.apps {
		f.at(app).settled(app.GetName())
	}
	op.quiet(t)
	after, err := plane.Metrics(f.ctx)
	must(t, err)
	apps, rest := f.count(op, mark)
	t.Logf("47 apps, and nobody answers:%s", table(apps))
	f.within(apps, 2)
	noOthers(t, rest)
	sameWrites(t, after.Since(before), op.writes(mark), len(f.apps))
	f.oneProjectEach(op.writes(mark))

	begun := time.Now()
	f.startActors(actors.Options{UpdaterInterval: time.Second, Repository: f.repositories(), Registry: images})
	f.cleanAtEnd() // while the peers still play: Tailscale has a finalizer of its own
	for _, app := range f.apps {
		f.at(app).ready(app.GetName())
	}
	took := time.Since(begun)
	op.quiet(t)
	apps, rest = f.count(op, mark)
	t.Logf("47 apps are Ready %s after the peers came:%s", took.Round(time.Second), table(apps))
	looks, logins := asked(rest)
	t.Logf("the pods of own manifests were looked at %d times, pull Secrets %d times", looks, logins)
	f.within(apps, 3+int(took/laterWindow))
	noOthers(t, rest)
}

// platformSeen waits until the operator has seen the AfroPlatform of the fleet.
func (f *fleet) platformSeen() {
	f.t.Helper()
	eventually(f.t, func() error {
		p := &v1alpha1.AfroPlatform{}
		must(f.t, admin.Get(f.ctx, types.NamespacedName{Name: v1alpha1.PlatformName}, p))
		if p.Status.ObservedGeneration != p.Generation {
			return fmt.Errorf("status speaks of generation %d, not %d", p.Status.ObservedGeneration, p.Generation)
		}
		return nil
	})
}

// sameWrites holds the operator's count of writes against the API server's. The AfroApps were applied by the test.
func sameWrites(t *testing.T, served controlplane.Requests, own []sent, applied int) {
	t.Helper()
	mine := map[string]int{}
	for _, s := range own {
		mine[named(resourceOf(s))]++
	}
	theirs := map[string]int{}
	for class, n := range served {
		if slices.Contains([]string{"APPLY", "PATCH", "POST", "PUT", "DELETE"}, class.Verb) {
			theirs[named(class.Resource, class.Subresource)] += n
		}
	}
	theirs["afroapps"] -= applied
	total := 0
	for _, kind := range append(childResources(), "afroapps", "afroapps/status", "afroplatforms/status") {
		total += theirs[kind]
		if mine[kind] != theirs[kind] {
			t.Errorf("%s: the operator sent %d writes, and the API server counted %d", kind, mine[kind], theirs[kind])
		}
	}
	t.Logf("the API server counted %d writes to AfroApps, children and the AfroPlatform's status: %v", total, theirs)
}

// oneProjectEach: each namespace gets its AppProject with one write, however many apps it has.
func (f *fleet) oneProjectEach(writes []sent) {
	f.t.Helper()
	projects := map[string]int{}
	for _, s := range writes {
		if resource, _ := resourceOf(s); resource == "appprojects" {
			projects[s.path]++
		}
	}
	for path, n := range projects {
		if n != 1 {
			f.t.Errorf("%s was written %d times", path, n)
		}
	}
	if want := len(f.namespaces()); len(projects) != want {
		f.t.Errorf("%d AppProjects for %d namespaces", len(projects), want)
	}
}

func named(resource, sub string) string {
	if sub == "" {
		return resource
	}
	return resource + "/" + sub
}

// One app whose peers answer at once costs its children, a finalizer and one status. What takes longer than the window in
// which mere progress is not written costs one status more.
func TestPeersAnswerAtOnce(t *testing.T) {
	w := newWorld(t)
	w.dropPlatformAtEnd()
	w.apply(managedPlatform)
	w.startActors(actors.Options{UpdaterInterval: 200 * time.Millisecond})
	op := startOperator(t)
	w.sweepAtEnd()
	w.cleanAtEnd()
	w.apply(strings.ReplaceAll(minimalApp, "clickrise", "first")) // which waits for the shared cluster
	w.ready("first")
	op.quiet(t)
	mark, begun := op.mark(), time.Now()
	w.apply(strings.NewReplacer("clickrise", "second", "{{ns}}.", "second-{{ns}}.").Replace(minimalApp))
	w.ready("second")
	took := time.Since(begun)
	op.quiet(t)
	budget := 2
	if took > firstWindow {
		budget++
	}
	w.cost(op, mark, "second", budget, took)
}

// cost holds the requests for an app against its children and a few more.
func (w *world) cost(op *operator, mark int, app string, beyond int, took time.Duration) {
	w.t.Helper()
	children := len(w.plan(app).Intents)
	var own []sent
	for _, s := range op.since(mark) {
		if !touchesPlatform(s) && (s.write() || s.name == "") {
			own = append(own, s)
		}
	}
	w.t.Logf("%s is Ready after %s: %d requests for %d children", app, took.Round(100*time.Millisecond), len(own), children)
	if len(own) > children+beyond {
		w.t.Errorf("%d requests, want at most %d:\n%v", len(own), children+beyond, own)
	}
	for _, s := range own {
		if !s.write() {
			w.t.Errorf("a read: %s", s)
		}
	}
}

// sweepAtEnd waits until nothing of ours is left, whatever holds it. It has to be called before cleanAtEnd, which runs first.
func (w *world) sweepAtEnd() {
	w.t.Cleanup(func() {
		w.dropPlatform() // or its own would be made again
		eventually(w.t, func() error {
			left := 0
			for _, k := range foreign.Children {
				list := &metav1.PartialObjectMetadataList{}
				list.SetGroupVersionKind(k.GroupVersion().WithKind(k.Kind + "List"))
				must(w.t, admin.List(w.ctx, list, client.MatchingLabels{expand.LabelManagedBy: expand.ManagedBy}))
				left += len(list.Items)
				for i := range list.Items {
					o := &list.Items[i]
					_ = admin.Patch(w.ctx, o, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))
					_ = admin.Delete(w.ctx, o)
				}
			}
			if left > 0 {
				return fmt.Errorf("%d objects of ours are left", left)
			}
			return nil
		})
	})
}
