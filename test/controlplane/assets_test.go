package controlplane

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/afrotomation/afroapp/test/pinned"
)

func TestThePinsOfThisCheckout(t *testing.T) {
	r := pinned.Recipe{Source: mustSource(t), Programs: pinnedPrograms}
	want := map[string]string{etcd: "v3.7.3", kubeAPIServer: "v1.37.2", kubeControllerMgr: "v1.37.2"}
	for _, p := range r.Programs {
		if got, err := r.Version(p); err != nil || got != want[p.Name] {
			t.Errorf("%s: got %s, %v; want %s", p.Name, got, err, want[p.Name])
		}
	}
}

func TestSourceFolderIsFoundByTheGoCommandToo(t *testing.T) {
	dir, err := askGo()
	if err != nil || dir != mustSource(t) {
		t.Errorf("the go command says %q, %v; want %q", dir, err, mustSource(t))
	}
}

func TestGivenAssetsOverrideEverything(t *testing.T) {
	given := t.TempDir()
	t.Setenv("KUBEBUILDER_ASSETS", given)
	if _, err := Assets(t.Context(), nil); err == nil || !strings.Contains(err.Error(), "holds no executable etcd") {
		t.Errorf("an empty folder: got %v", err)
	}
	for _, name := range []string{etcd, kubeAPIServer} {
		if err := os.WriteFile(filepath.Join(given, name), nil, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if dir, err := Assets(t.Context(), nil); err != nil || dir != given {
		t.Errorf("got %s, %v; want %s", dir, err, given)
	}
}

func TestCacheFolderIsKeyedAndMovable(t *testing.T) {
	cache := t.TempDir()
	t.Setenv("KUBEBUILDER_ASSETS", "")
	t.Setenv("AFROAPP_CACHE", cache)
	dir, built, err := Locate()
	if err != nil || built {
		t.Fatalf("in an empty cache: got built=%v, %v", built, err)
	}
	if !strings.HasPrefix(dir, filepath.Join(cache, "controlplane", "etcd-v3.7.3-kubernetes-v1.37.2-")) {
		t.Errorf("the folder is %s", dir)
	}
	wantOnly(t, cache)
}

func mustSource(t *testing.T) string {
	t.Helper()
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	return dir
}

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func wantOnly(t *testing.T, dir string, want ...string) {
	t.Helper()
	var got []string
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if err != nil || fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s holds %q, %v; want %q", dir, got, err, want)
	}
}
