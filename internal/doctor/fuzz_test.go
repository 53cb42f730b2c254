package doctor

import (
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

// FuzzDoctor reads any bytes: nothing panics, every edit lies inside the file, and after it the file is YAML with as many
// documents as before, the finding is gone, and what no edit is about is as it was.
func FuzzDoctor(f *testing.F) {
	for _, pattern := range []string{"testdata/*/bad/*.yaml", "testdata/*/good/*.yaml", "testdata/story/*/*.yaml", "testdata/odd/*.yaml", "testdata/healthy/*/*.yaml"} {
		for _, name := range globbed(f, pattern) {
			f.Add(readFile(f, name))
		}
	}
	f.Fuzz(func(t *testing.T, raw []byte) {
		in := Input{Files: []File{{Path: "f.yaml", Raw: raw}}}
		r := Diagnose(in)
		for _, print := range []func() ([]byte, error){r.JSON, r.SARIF} {
			if _, err := print(); err != nil {
				t.Fatal(err)
			}
		}
		for _, x := range r.Findings {
			if len(x.Edits) > 0 {
				checkEdit(t, in, x)
			}
		}
		if r.Patch != "" && strings.Count(r.Patch, "\n") < 4 {
			t.Errorf("a patch of %q", r.Patch)
		}
	})
}

func checkEdit(t *testing.T, in Input, f Finding) {
	t.Helper()
	raw := in.Files[0].Raw
	for _, e := range f.Edits {
		if e.Start < 0 || e.End < e.Start || e.End > len(raw) {
			t.Fatalf("edit %+v of %d bytes", e, len(raw))
		}
	}
	after := Apply(raw, f.Edits)
	before, docs := split(&File{Raw: raw}), split(&File{Raw: after})
	if len(before) != len(docs) {
		t.Fatalf("%d documents become %d:\n%s", len(before), len(docs), f.Diff)
	}
	changed := 0
	for i := range docs {
		if string(before[i].raw) == string(docs[i].raw) {
			continue
		}
		changed++
		var was, is any
		if err := yaml.Unmarshal(before[i].raw, &was); err != nil {
			continue // the other parser is stricter, or laxer
		}
		if err := yaml.Unmarshal(docs[i].raw, &is); err != nil {
			t.Fatalf("no YAML after\n%s\n%v", f.Diff, err)
		}
		if n := differences(was, is); n == 0 || n > 2*len(f.Edits) {
			t.Errorf("%d values differ after %d edits:\n%s", n, len(f.Edits), f.Diff)
		}
	}
	if changed != 1 {
		t.Errorf("%d documents changed", changed)
	}
	if again := Diagnose(Input{Files: []File{{Path: "f.yaml", Raw: after}}}); slices.ContainsFunc(again.Findings, func(x Finding) bool {
		return x.Rule == f.Rule && x.Object == f.Object && x.Line == f.Line && x.Sentence == f.Sentence
	}) {
		t.Errorf("still there after\n%s%s", f.Diff, again.Text())
	}
}

// differences counts the values that are not the same; what is only in one of the two counts too.
func differences(a, b any) (n int) {
	switch a := a.(type) {
	case map[string]any:
		b, ok := b.(map[string]any)
		if !ok {
			return 1
		}
		for k, v := range a {
			if other, ok := b[k]; ok {
				n += differences(v, other)
			} else {
				n++
			}
		}
		for k := range b {
			if _, ok := a[k]; !ok {
				n++
			}
		}
		return n
	case []any:
		b, ok := b.([]any)
		if !ok || len(a) != len(b) {
			return 1
		}
		for i := range a {
			n += differences(a[i], b[i])
		}
		return n
	}
	if a != b {
		return 1
	}
	return 0
}

// FuzzSettings puts any text where people write theirs, in each way of quoting, so that edits meet what only YAML thinks of.
func FuzzSettings(f *testing.F) {
	f.Add("app=ghcr.io/acme/shop, b=x/y:1.x", "latest", "^v.*$", "git:secret:ci/x", "kustomization.yaml", byte(0))
	f.Add("ghcr.io/acme/shop", "digest", "regexp:[", "gti", "helmvalues", byte(1))
	f.Add("app=acme/shop@sha256:0", "Latets", "pr-*,.*", "git", "../x/kustomization.yml", byte(2))
	f.Add("app=docker.io/library/nginx:^1", "name", "any", "", "", byte(3))
	f.Fuzz(func(t *testing.T, list, strategy, tags, method, target string, style byte) {
		var b strings.Builder
		b.WriteString("apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata:\n  name: shop\n  namespace: argocd\n  annotations:\n")
		for i, s := range [][2]string{{"image-list", list}, {"app.update-strategy", strategy}, {"app.allow-tags", tags}, {"app.ignore-tags", tags},
			{"app.pull-secret", method}, {"write-back-method", method}, {"write-back-target", target}, {"git-branch", target}, {"x." + tags, "x"}} {
			b.WriteString("    " + updaterPrefix + s[0] + ": " + written(s[1], int(style)+i) + " # why\n")
		}
		b.WriteString("spec:\n  source: {repoURL: 'http://github.com/acme/infra', path: apps/shop, targetRevision: 1.2.3, kustomize: {}}\n")
		in := Input{Files: []File{{Path: "f.yaml", Raw: []byte(b.String())}}}
		for _, x := range Diagnose(in).Findings {
			if len(x.Edits) > 0 {
				checkEdit(t, in, x)
			}
		}
	})
}

// written is a text as YAML has it: plain, or in one or two quotes.
func written(s string, style int) string {
	switch style % 3 {
	case 0:
		return s
	case 1:
		return "'" + strings.ReplaceAll(s, "'", "''") + "'"
	}
	return `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(s) + `"`
}
