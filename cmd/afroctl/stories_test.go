package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// The golden stories of internal/expand are what the controller applies. afroctl reads the same files and has to print the
// same bytes.

const corpus = "../../internal/expand/testdata"

// story is what internal/expand's runner reads of extra.yaml; afroctl is told the same by files and flags.
type story struct {
	NamespaceLabels map[string]string `json:"namespaceLabels,omitempty"`
	Missing         []string          `json:"missing,omitempty"`
	LostHosts       []string          `json:"lostHosts,omitempty"`
	ServerName      string            `json:"serverName,omitempty"`
	PasswordKey     string            `json:"passwordKey,omitempty"`
	NoPlatform      bool              `json:"noPlatform,omitempty"`
}

func TestRenderPrintsEveryStory(t *testing.T) {
	dirs := folders(t, "app.yaml")
	if len(dirs) < 80 {
		t.Fatalf("only %d stories", len(dirs))
	}
	for _, dir := range dirs {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			s := readStory(t, dir)
			appFile := filepath.Join(dir, "app.yaml")
			app := readYAML[v1alpha1.AfroApp](t, appFile)
			got := runWith(append(s.args(t, dir, app), "-f", appFile)...)
			compareStory(t, dir, appFile+": afroapp/"+app.Name+": ", s.Missing, got)
		})
	}
}

func TestRenderPrintsEveryStoryOfThePlatform(t *testing.T) {
	for _, dir := range folders(t, "namespaces.yaml") {
		t.Run(filepath.Base(dir), func(t *testing.T) {
			s := readStory(t, dir)
			file := filepath.Join(dir, "platform.yaml")
			p := readYAML[v1alpha1.AfroPlatform](t, file)
			args := []string{"render", "-f", file, "-f", platformApps(t, dir)}
			if s.ServerName != "" {
				shared := p.Spec.Database.Shared
				args = append(args, "-f", clusterFile(t, shared.Namespace, shared.Name, s.ServerName))
			}
			compareStory(t, dir, file+": afroplatform/"+p.Name+": ", s.Missing, runWith(args...))
		})
	}
}

// compareStory holds what was printed against want.yaml, or the lines of one file on standard error against want.err.
func compareStory(t *testing.T, dir, prefix string, missing []string, got result) {
	t.Helper()
	var lines []string
	for line := range strings.Lines(got.err) {
		if text, ok := strings.CutPrefix(line, prefix); ok && !strings.HasPrefix(text, "note: ") && !strings.Contains(text, "and only one app can hold it") {
			lines = append(lines, text)
		}
	}
	if raw, err := os.ReadFile(filepath.Join(dir, "want.err")); err == nil {
		compare(t, refusals(string(raw)), strings.Join(lines, ""))
		if got.code != exitRefused || got.out != "" {
			t.Errorf("exit %d, printed %q", got.code, got.out)
		}
		return
	}
	want, err := os.ReadFile(filepath.Join(dir, "want.yaml"))
	must(t, err)
	compare(t, "", strings.Join(lines, ""))
	compare(t, withoutKinds(string(want), missing), got.out)
}

// refusals are those of want.err without their reasons, which stand in front, and without control characters, which stay
// off the terminal.
func refusals(want string) string {
	var b strings.Builder
	for line := range strings.Lines(want) {
		_, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		b.WriteString(strings.Map(func(r rune) rune {
			if unicode.IsControl(r) {
				return ' '
			}
			return r
		}, text) + "\n")
	}
	return b.String()
}

// withoutKinds leaves out what the cluster of the story does not serve.
func withoutKinds(stream string, kinds []string) string {
	docs := strings.Split(stream, "---\n")
	return strings.Join(slices.DeleteFunc(docs, func(d string) bool {
		return slices.ContainsFunc(kinds, func(k string) bool { return strings.Contains(d, "\nkind: "+k+"\n") })
	}), "---\n")
}

func readStory(t *testing.T, dir string) story {
	t.Helper()
	path := filepath.Join(dir, "extra.yaml")
	if _, err := os.Stat(path); err != nil {
		return story{}
	}
	return *readYAML[story](t, path)
}

// args tell afroctl what the story says beside its app.
func (s story) args(t *testing.T, dir string, app *v1alpha1.AfroApp) []string {
	args := []string{"render", "--flavours", flavoursWithout(t, s.Missing), "-f", namespaceFile(t, app.Namespace, s.NamespaceLabels)}
	if !s.NoPlatform {
		path := filepath.Join(dir, "platform.yaml")
		if _, err := os.Stat(path); err != nil {
			path = filepath.Join(corpus, "platform.yaml")
		}
		args = append(args, "--platform", path)
	}
	if s.PasswordKey != "" {
		args = append(args, "--password-key", write(t, "key", []byte(s.PasswordKey)))
	}
	if s.ServerName != "" {
		args = append(args, "-f", clusterFile(t, app.Namespace, app.Name+"-db", s.ServerName))
	}
	if len(s.LostHosts) > 0 {
		args = append(args, "-f", holderFile(t, app, s.LostHosts), "--app", app.Namespace+"/"+app.Name)
	}
	return args
}

// flavoursWithout finds the flavours that leave exactly some kinds out.
func flavoursWithout(t *testing.T, kinds []string) string {
	t.Helper()
	var pairs []string
	covered := map[string]bool{}
	for _, p := range peers {
		best := p.flavours[0]
		for _, f := range p.flavours {
			within := !slices.ContainsFunc(kindsOf(f), func(k string) bool { return !slices.Contains(kinds, k) })
			if within && len(f.missing) > len(best.missing) {
				best = f
			}
		}
		pairs = append(pairs, p.name+"="+best.value)
		for _, k := range kindsOf(best) {
			covered[k] = true
		}
	}
	if len(covered) != len(kinds) {
		t.Fatalf("no flavours leave out %v", kinds)
	}
	return strings.Join(pairs, ",")
}

func kindsOf(f flavour) (out []string) {
	for _, gvk := range f.missing {
		out = append(out, gvk.Kind)
	}
	return out
}

func namespaceFile(t *testing.T, name string, labels map[string]string) string {
	raw, err := yaml.Marshal(map[string]any{"apiVersion": "v1", "kind": "Namespace",
		"metadata": map[string]any{"name": name, "uid": "5c0f9a52-0000-4000-8000-0000000000ff", "labels": labels}})
	must(t, err)
	return write(t, "namespace.yaml", raw)
}

func clusterFile(t *testing.T, namespace, name, serverName string) string {
	return write(t, "cluster.yaml", fmt.Appendf(nil, "apiVersion: postgresql.cnpg.io/v1\nkind: Cluster\nmetadata: {namespace: %s, name: %s}\n"+
		"spec: {plugins: [{name: barman-cloud.cloudnative-pg.io, parameters: {serverName: %s}}]}\n", namespace, name, serverName))
}

// holderFile is an app of the same namespace that sorts first and takes the hosts.
func holderFile(t *testing.T, app *v1alpha1.AfroApp, hosts []string) string {
	holder := app.DeepCopy()
	holder.Name, holder.Spec.Hosts, holder.Spec.Database, holder.Spec.Backup = "a", hosts, nil, nil
	raw, err := yaml.Marshal(holder)
	must(t, err)
	return write(t, "holder.yaml", raw)
}

// platformApps has one app for each namespace of the story. None is accepted, so that only what the platform makes is
// printed: a namespace has its AppProject before its first app is right.
func platformApps(t *testing.T, dir string) string {
	var b bytes.Buffer
	type namespace struct {
		Name   string            `json:"name"`
		UID    string            `json:"uid,omitempty"`
		Labels map[string]string `json:"labels,omitempty"`
	}
	for _, ns := range *readYAML[[]namespace](t, filepath.Join(dir, "namespaces.yaml")) {
		raw, err := os.ReadFile(namespaceFile(t, ns.Name, ns.Labels))
		must(t, err)
		fmt.Fprintf(&b, "---\n%s---\n%s\nmetadata: {name: web, namespace: %s}\nspec: {image: none}\n", raw, "apiVersion: platform.afrotomation.com/v1alpha1\nkind: AfroApp", ns.Name)
	}
	return write(t, "apps.yaml", b.Bytes())
}

func folders(t *testing.T, file string) (out []string) {
	t.Helper()
	found, err := filepath.Glob(filepath.Join(corpus, "*", file))
	must(t, err)
	if len(found) == 0 {
		t.Fatalf("no story has a %s", file)
	}
	for _, f := range found {
		out = append(out, filepath.Dir(f))
	}
	return out
}

func readYAML[T any](t *testing.T, path string) *T {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	out := new(T)
	must(t, yaml.UnmarshalStrict(raw, out))
	return out
}

func write(t *testing.T, name string, content []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), name)
	must(t, os.WriteFile(path, content, 0o600))
	return path
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}
