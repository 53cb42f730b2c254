package expand

import (
	"os"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// extra is what a story says beside its AfroApp and AfroPlatform, in extra.yaml.
type extra struct {
	NamespaceLabels map[string]string `json:"namespaceLabels,omitempty"`
	Missing         []string          `json:"missing,omitempty"` // kinds that are not installed
	LostHosts       []string          `json:"lostHosts,omitempty"`
	ServerName      string            `json:"serverName,omitempty"`
	PasswordKey     string            `json:"passwordKey,omitempty"`
	NoPlatform      bool              `json:"noPlatform,omitempty"`
}

const namespaceUID = "5c0f9a52-0000-4000-8000-0000000000ff"

func stories(t testing.TB) []string { return folders(t, "testdata/*/app.yaml") }

func platformStories(t testing.TB) []string { return folders(t, "testdata/platform-*/namespaces.yaml") }

func folders(t testing.TB, pattern string) []string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	must(t, err)
	if len(files) == 0 {
		t.Fatalf("no story matches %s", pattern)
	}
	dirs := make([]string, len(files))
	for i, f := range files {
		dirs[i] = filepath.Dir(f)
	}
	return dirs
}

// storyInput reads a folder of testdata: app.yaml, and where the story has its own, platform.yaml and extra.yaml.
func storyInput(t testing.TB, dir string) Input {
	t.Helper()
	x := readExtra(t, dir)
	in := Input{App: read[v1alpha1.AfroApp](t, filepath.Join(dir, "app.yaml")), LostHosts: x.LostHosts, ServerName: x.ServerName}
	if x.PasswordKey != "" {
		in.PasswordKey = []byte(x.PasswordKey)
	}
	if !x.NoPlatform {
		in.Platform = storyPlatform(t, dir)
	}
	in.Namespace = platform.Namespace{Name: in.App.Namespace, UID: namespaceUID, Labels: x.NamespaceLabels}
	in.Flavours = platform.Flavours{Missing: map[schema.GroupKind]bool{}}
	for _, kind := range x.Missing {
		in.Flavours.Missing[kindNamed(t, kind)] = true
	}
	return in
}

func readExtra(t testing.TB, dir string) extra {
	t.Helper()
	path := filepath.Join(dir, "extra.yaml")
	if _, err := os.Stat(path); err != nil {
		return extra{}
	}
	return *read[extra](t, path)
}

func storyPlatform(t testing.TB, dir string) *v1alpha1.AfroPlatform {
	t.Helper()
	path := filepath.Join(dir, "platform.yaml")
	if _, err := os.Stat(path); err != nil {
		path = filepath.Join(dir, "..", "platform.yaml")
	}
	return read[v1alpha1.AfroPlatform](t, path)
}

// platformInput reads platform.yaml, namespaces.yaml and extra.yaml of a story of the AfroPlatform.
func platformInput(t testing.TB, dir string) PlatformInput {
	t.Helper()
	type namespace struct {
		Name   string            `json:"name"`
		UID    types.UID         `json:"uid,omitempty"`
		Labels map[string]string `json:"labels,omitempty"`
	}
	in := PlatformInput{Platform: read[v1alpha1.AfroPlatform](t, filepath.Join(dir, "platform.yaml")), ServerName: readExtra(t, dir).ServerName}
	for _, n := range *read[[]namespace](t, filepath.Join(dir, "namespaces.yaml")) {
		in.Namespaces = append(in.Namespaces, platform.Namespace(n))
	}
	return in
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

// read takes an object from a file as it stands, without the detour over float64 that would round a large number.
func read[T any](t testing.TB, path string) *T {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	out := new(T)
	if err := yaml.UnmarshalStrict(raw, out); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return out
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
