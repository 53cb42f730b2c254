package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/internal/doctor"
	"github.com/afrotomation/afroapp/internal/fixtures"
)

const doctorCorpus = "../../internal/doctor/testdata"

func TestDoctorHelpNamesEveryFlag(t *testing.T) {
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	(&doctorOptions{}).bind(fs)
	fs.VisitAll(func(f *flag.Flag) {
		dashes := "--"
		if len(f.Name) == 1 {
			dashes = "-"
		}
		if !strings.Contains(doctorHelp, dashes+f.Name) {
			t.Errorf("doctor --help does not name %s", dashes+f.Name)
		}
	})
}

// Hidden folders, links that lead out, and large files are left out; links inside are read once, where they lead.
func TestDoctorReadsAFolder(t *testing.T) {
	bad, err := os.ReadFile(filepath.Join(doctorCorpus, "AFRO002/bad/app.yaml"))
	must(t, err)
	outside := write(t, "outside.yaml", bad)
	dir := t.TempDir()
	for _, name := range []string{".git", ".hidden", "node_modules", "a"} {
		must(t, os.Mkdir(filepath.Join(dir, name), 0o755))
		must(t, os.WriteFile(filepath.Join(dir, name, "app.yaml"), bad, 0o600))
	}
	must(t, os.WriteFile(filepath.Join(dir, "large.yaml"), make([]byte, maxFile+1), 0o600))
	must(t, os.WriteFile(filepath.Join(dir, "lock.json"), []byte(`{"a": [1, 2}`), 0o600))
	must(t, os.Symlink(outside, filepath.Join(dir, "out.yaml")))
	must(t, os.Symlink(filepath.Join(dir, "a/app.yaml"), filepath.Join(dir, "in.yaml")))
	must(t, os.Symlink(filepath.Dir(outside), filepath.Join(dir, "out")))
	must(t, os.Symlink("nowhere", filepath.Join(dir, "gone.yaml")))
	must(t, os.Symlink("nowhere", filepath.Join(dir, "README")))
	must(t, os.Symlink(".", filepath.Join(dir, "self")))
	got := runWith("doctor", "-f", dir, "-f", dir)
	if got.code != exitRefused || strings.Count(got.out, "AFRO002") != 1 || !strings.Contains(got.out, "a/app.yaml:7: ") {
		t.Errorf("%v", got)
	}
	want := "gone.yaml: note: skipped: a link that leads nowhere\nlarge.yaml: note: skipped: larger than 5 MiB\n" +
		"out: note: skipped: a link that leads out of the folder\nout.yaml: note: skipped: a link that leads out of the folder\n"
	compare(t, want, got.err)
}

// Two folders may have files of one name.
func TestDoctorReadsTwoFolders(t *testing.T) {
	got := runWith("doctor", "-f", doctorCorpus+"/AFRO002/bad", "-f", doctorCorpus+"/AFRO003/bad")
	for _, want := range []string{"app.yaml:7: AFRO002", "AFRO003/bad/app.yaml:8: AFRO003", "6 errors"} {
		if !strings.Contains(got.out, want) {
			t.Errorf("no %q in\n%s", want, got.out)
		}
	}
}

// apiServer answers lists from files, as an API server does, and counts what else it is asked.
type apiServer struct {
	objects   map[string][]any // by the path of the list
	forbidden map[string]bool
	mu        sync.Mutex
	asked     []string
}

func (a *apiServer) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	a.mu.Lock()
	a.asked = append(a.asked, r.Method+" "+r.URL.Path)
	a.mu.Unlock()
	w.Header().Set("Content-Type", "application/json")
	items, served := a.objects[r.URL.Path]
	switch {
	case a.forbidden[r.URL.Path]:
		answer(w, http.StatusForbidden, "Forbidden")
	case !served:
		answer(w, http.StatusNotFound, "NotFound")
	default:
		// One object a page.
		next, rest := "", items
		if from := r.URL.Query().Get("continue"); from != "" {
			var n int
			_, _ = fmt.Sscan(from, &n)
			rest = items[n:]
			next = fmt.Sprint(n + 1)
		} else if len(items) > 0 {
			next = "1"
		}
		if len(rest) > 1 {
			rest = rest[:1]
		} else {
			next = ""
		}
		_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "kind": "List", "metadata": map[string]any{"continue": next}, "items": rest})
	}
}

func answer(w http.ResponseWriter, code int, reason string) {
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(map[string]any{"apiVersion": "v1", "kind": "Status", "status": "Failure", "reason": reason, "code": code})
}

// cluster serves some recorded folders and gives the kubeconfig.
func cluster(t *testing.T, a *apiServer, files ...string) string {
	t.Helper()
	a.objects = map[string][]any{"/apis/argoproj.io/v1alpha1/applications": {}, "/apis/apps/v1/namespaces/argocd/deployments": {}, "/api/v1/namespaces/argocd/configmaps": {}, "/api/v1/namespaces": {}}
	lists := map[string]string{"Application": "/apis/argoproj.io/v1alpha1/applications", "ImageUpdater": "/apis/argocd-image-updater.argoproj.io/v1alpha1/imageupdaters",
		"Deployment": "/apis/apps/v1/namespaces/argocd/deployments", "ConfigMap": "/api/v1/namespaces/argocd/configmaps"}
	for _, f := range files {
		objects, err := fixtures.Objects(filepath.Join(doctorCorpus, f))
		must(t, err)
		for _, o := range objects {
			a.objects[lists[o.GetKind()]] = append(a.objects[lists[o.GetKind()]], o.Object)
		}
	}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	raw, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "Config", "current-context": "c",
		"clusters": []any{map[string]any{"name": "c", "cluster": map[string]any{"server": server.URL}}},
		"contexts": []any{map[string]any{"name": "c", "context": map[string]any{"cluster": "c"}}}})
	must(t, err)
	return write(t, "kubeconfig", raw)
}

// A cluster is only read, and the story is found in it.
func TestDoctorLive(t *testing.T) {
	a := &apiServer{}
	config := cluster(t, a, "recorded/silent-newest-build/application.yaml", "recorded/silent-newest-build/imageupdater.yaml", "recorded/zero-replicas/application.yaml",
		"recorded/zero-replicas/imageupdater.yaml", "AFRO051/bad/app.yaml", "AFRO053/bad/app.yaml")
	got := runWith("doctor", "--live", "--kubeconfig", config, "--context", "c")
	golden := "testdata/doctor-live.txt"
	if *update {
		must(t, os.WriteFile(golden, []byte(got.String()), 0o644))
	}
	want, err := os.ReadFile(golden)
	must(t, err)
	compare(t, string(want), got.String())
	for _, asked := range a.asked {
		if !strings.HasPrefix(asked, "GET ") {
			t.Errorf("it asked %s", asked)
		}
		if strings.Contains(asked, "secrets") {
			t.Errorf("it read Secrets: %s", asked)
		}
	}
}

func TestDoctorLiveWithFewRights(t *testing.T) {
	a := &apiServer{forbidden: map[string]bool{"/apis/argoproj.io/v1alpha1/applications": true, "/api/v1/namespaces/argocd/configmaps": true}}
	config := cluster(t, a)
	a.objects["/apis/argoproj.io/v1alpha1/namespaces/argocd/applications"] = nil
	got := runWith("doctor", "--live", "--kubeconfig", config)
	if got.code != exitOK || !strings.Contains(got.err, "applications.argoproj.io: note: skipped: it may not be listed in all namespaces") ||
		!strings.Contains(got.err, "configmaps: note: skipped: it may not be listed\n") || !strings.Contains(got.err, "afroapps.platform.afrotomation.com: note: skipped: the cluster does not serve it") {
		t.Errorf("%v", got)
	}
}

func TestDoctorLiveWithoutArgoCD(t *testing.T) {
	a := &apiServer{}
	config := cluster(t, a)
	delete(a.objects, "/apis/argoproj.io/v1alpha1/applications")
	if got := runWith("doctor", "--live", "--kubeconfig", config); got.code != exitRefused || !strings.HasPrefix(got.err, "afroctl doctor: applications.argoproj.io: ") || got.out != "" {
		t.Errorf("%v", got)
	}
}

// A hook before a commit names the files that change: nothing is known of what else is in their folders.
func TestDoctorReadsFilesOneByOne(t *testing.T) {
	dir := t.TempDir()
	must(t, os.CopyFS(dir, os.DirFS(filepath.Join(doctorCorpus, "AFRO041/good"))))
	t.Chdir(dir)
	got := runWith("doctor", "-f", "app.yaml", "-f", "apps/shop/deployment.yaml", "--fail-on", "warning")
	if got.code != exitOK {
		t.Errorf("%v", got)
	}
}

// For programs the rules come with their help, each one once.
func TestDoctorRulesAsJSON(t *testing.T) {
	got := runWith("doctor", "--rules", "-o", "json")
	var read struct {
		Version int
		Rules   []map[string]string
	}
	must(t, json.Unmarshal([]byte(got.out), &read))
	if got.code != exitOK || got.err != "" || read.Version != 1 || len(read.Rules) != len(doctor.Rules) {
		t.Fatalf("%v", got)
	}
	for i, r := range doctor.Rules {
		want := map[string]string{"rule": r.ID, "severity": string(r.Severity), "title": r.Title, "help": r.Help}
		if !maps.Equal(read.Rules[i], want) {
			t.Errorf("%v", read.Rules[i])
		}
	}
}
