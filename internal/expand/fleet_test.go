package expand

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/platform"
)

const fleet = "../../config/samples/fleet"

// fleetNamespaces are the namespaces of the sample fleet, with their labels.
func fleetNamespaces(t testing.TB) map[string]platform.Namespace {
	t.Helper()
	objs, err := fixtures.Objects(filepath.Join(fleet, "namespaces.yaml"))
	must(t, err)
	out := map[string]platform.Namespace{}
	for _, o := range objs {
		ns, err := fixtures.As[corev1.Namespace](o)
		must(t, err)
		out[ns.Name] = platform.Namespace{Name: ns.Name, UID: namespaceUID, Labels: ns.Labels}
	}
	return out
}

// fleetInputs are the apps of the sample fleet on its platform.
func fleetInputs(t testing.TB) []Input {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(fleet, "apps/*/*.yaml"))
	must(t, err)
	p, namespaces := read[v1alpha1.AfroPlatform](t, filepath.Join(fleet, "platform.yaml")), fleetNamespaces(t)
	var out []Input
	for _, f := range files {
		app := read[v1alpha1.AfroApp](t, f)
		ns, ok := namespaces[app.Namespace]
		if want := filepath.Join(fleet, "apps", app.Namespace, app.Name+".yaml"); !ok || f != want {
			t.Errorf("%s is about %s/%s", f, app.Namespace, app.Name)
		}
		out = append(out, Input{App: app, Namespace: ns, Platform: p})
	}
	return out
}

// TestFleet expands each of the 47 apps and compares it with its golden file. No two have a host in common.
func TestFleet(t *testing.T) {
	inputs := fleetInputs(t)
	if len(inputs) != 47 {
		t.Errorf("%d apps, and the story has 47", len(inputs))
	}
	holder, want := map[string]string{}, []string{}
	for _, in := range inputs {
		name := in.App.Namespace + "-" + in.App.Name
		plan, err := Expand(in)
		if err != nil {
			t.Errorf("%s is refused:\n%v", name, err)
			continue
		}
		golden(t, filepath.Join("testdata/fleet/want", name+".yaml"), planYAML(t, plan))
		want = append(want, name+".yaml")
		for _, i := range plan.Intents {
			if host := i.Object.GetName(); i.Object.GetKind() == "AfroHostClaim" {
				if holder[host] != "" {
					t.Errorf("%s and %s both want %s", holder[host], name, host)
				}
				holder[host] = name
			}
		}
	}
	leftovers(t, "testdata/fleet/want", want)
}

func leftovers(t *testing.T, dir string, want []string) {
	t.Helper()
	files, err := os.ReadDir(dir)
	must(t, err)
	for _, f := range files {
		if !slices.Contains(want, f.Name()) {
			t.Errorf("%s/%s belongs to no app", dir, f.Name())
		}
	}
}

// TestFleetPlatform is what the platform of the fleet becomes: a project for each namespace with apps, and the shared cluster.
func TestFleetPlatform(t *testing.T) {
	in := PlatformInput{Platform: read[v1alpha1.AfroPlatform](t, filepath.Join(fleet, "platform.yaml"))}
	seen := map[string]bool{}
	for _, app := range fleetInputs(t) {
		if !seen[app.Namespace.Name] {
			seen[app.Namespace.Name] = true
			in.Namespaces = append(in.Namespaces, app.Namespace)
		}
	}
	plan, err := Platform(in)
	must(t, err)
	golden(t, "testdata/fleet/platform.yaml", planYAML(t, plan))
}

// TestFleetShapes: the fleet has every shape that it is a sample of.
func TestFleetShapes(t *testing.T) {
	shapes := map[string]int{}
	perNamespace := map[string]int{}
	for _, in := range fleetInputs(t) {
		perNamespace[in.App.Namespace]++
		for shape, has := range shapesOf(in.App) {
			if has {
				shapes[shape]++
			}
		}
	}
	for shape, least := range map[string]int{"plain site": 5, "shared database": 10, "streaming": 4, "worker": 5, "tailnet": 3, "kustomize": 2, "helm": 2,
		"public image": 3, "range": 4, "two hosts": 1, "own certificate": 1, "limits": 4, "digest": 1, "zero replicas": 1} {
		if shapes[shape] < least {
			t.Errorf("%d apps with %s, want %d", shapes[shape], shape, least)
		}
	}
	if shapes["dedicated database"] != 2 {
		t.Errorf("%d dedicated databases, want 2", shapes["dedicated database"])
	}
	for _, ns := range []string{"clickrise", "tools", "atlas-web"} {
		if perNamespace[ns] < 2 {
			t.Errorf("namespace %s has %d apps", ns, perNamespace[ns])
		}
	}
}

func shapesOf(app *v1alpha1.AfroApp) map[string]bool {
	s := &app.Spec
	x, db, iu := s.Exposure, s.Database, s.ImageUpdate
	return map[string]bool{
		"plain site":         len(s.Hosts) > 0 && x == nil && db == nil && s.Source == nil,
		"shared database":    db != nil && db.Mode != v1alpha1.DatabaseDedicated,
		"dedicated database": db != nil && db.Mode == v1alpha1.DatabaseDedicated,
		"streaming":          x != nil && x.Streaming != nil,
		"tailnet":            x != nil && x.Visibility == v1alpha1.VisibilityTailnet,
		"limits":             x != nil && (x.MaxBodySize != nil || x.RateLimit != nil),
		"worker":             s.Port == nil,
		"kustomize":          s.Source != nil && s.Source.Kustomize != nil,
		"helm":               s.Source != nil && s.Source.Helm != nil,
		"public image":       len(s.Image) > 9 && s.Image[:9] == "docker.io",
		"range":              iu != nil && iu.Range != "",
		"two hosts":          len(s.Hosts) == 2,
		"own certificate":    s.TLS != nil && s.TLS.Mode == v1alpha1.TLSPerHost,
		"digest":             len(s.Image) > 71 && s.Image[len(s.Image)-71:len(s.Image)-64] == "sha256:",
		"zero replicas":      s.Replicas != nil && *s.Replicas == 0,
	}
}

// TestFleetIsComplete: kustomization.yaml lists every file, and the manifests that apps of this repository name are in it.
func TestFleetIsComplete(t *testing.T) {
	var k struct {
		Resources []string `json:"resources"`
	}
	raw, err := os.ReadFile(filepath.Join(fleet, "kustomization.yaml"))
	must(t, err)
	must(t, yaml.Unmarshal(raw, &k))
	want := []string{"platform.yaml", "namespaces.yaml"}
	for _, in := range fleetInputs(t) {
		want = append(want, filepath.Join("apps", in.App.Namespace, in.App.Name+".yaml"))
		checkManifests(t, in)
	}
	slices.Sort(want)
	slices.Sort(k.Resources)
	if !slices.Equal(k.Resources, want) {
		t.Errorf("kustomization.yaml lists\n%v\nand there is\n%v", k.Resources, want)
	}
}

func checkManifests(t *testing.T, in Input) {
	t.Helper()
	s := in.App.Spec.Source
	if s == nil || s.RepoURL != "" {
		return
	}
	file := "kustomization.yaml"
	if s.Helm != nil {
		file = "Chart.yaml"
	}
	if _, err := os.Stat(filepath.Join(fleet, s.Path, file)); err != nil {
		t.Errorf("%s/%s: %v", in.App.Namespace, in.App.Name, err)
	}
}

// TestSamples: the samples are accepted, and what they become keeps the laws.
func TestSamples(t *testing.T) {
	const dir = "../../config/samples/platform_v1alpha1_"
	p := read[v1alpha1.AfroPlatform](t, dir+"afroplatform.yaml")
	for _, name := range []string{"afroapp", "afroapp_full"} {
		app := read[v1alpha1.AfroApp](t, dir+name+".yaml")
		in := Input{App: app, Namespace: platform.Namespace{Name: app.Namespace}, Platform: p}
		plan, err := Expand(in)
		if err != nil {
			t.Errorf("%s is refused:\n%v", name, err)
			continue
		}
		for _, v := range violations(in, plan) {
			t.Errorf("%s: %s", name, v)
		}
	}
	if _, err := Platform(PlatformInput{Platform: p, Namespaces: []platform.Namespace{{Name: "shop"}}}); err != nil {
		t.Error(err)
	}
	files, err := filepath.Glob(dir + "*.yaml")
	must(t, err)
	if len(files) != 3 {
		t.Errorf("%v: a sample is not tested here", files)
	}
}
