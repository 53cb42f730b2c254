package doctor

import (
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// load reads a folder of testdata as afroctl does.
func load(t testing.TB, dir string) Input {
	t.Helper()
	var in Input
	must(t, filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		must(t, err)
		if d.IsDir() || d.Name() == "want.txt" || d.Name() == "want.diff" || d.Name() == "complete" {
			return nil
		}
		raw, err := os.ReadFile(name)
		must(t, err)
		rel, err := filepath.Rel(dir, name)
		must(t, err)
		in.Files = append(in.Files, File{Path: filepath.ToSlash(rel), Raw: raw})
		return nil
	}))
	if _, err := os.Stat(filepath.Join(dir, "complete")); err == nil { // as if it were a whole cluster
		in.Complete, in.ArgoNamespace = true, "argocd"
		for i := range in.Files {
			in.Files[i].Live = true
		}
	}
	if len(in.Files) == 0 {
		t.Fatalf("%s is empty", dir)
	}
	return in
}

// alsoFound are the rules that the bad example of another one breaks too: it could not be one without.
var alsoFound = map[string][]string{}

func TestRules(t *testing.T) {
	for i, rule := range Rules {
		if want := fmt.Sprintf("AFRO%03d", i+1); rule.ID != want {
			t.Errorf("rule %s stands where %s should", rule.ID, want)
		}
		if rule.Title == "" || rule.Help == "" || rule.check == nil || !slices.Contains(Severities, rule.Severity) {
			t.Errorf("%s is not complete", rule.ID)
		}
		t.Run(rule.ID, func(t *testing.T) {
			bad := Diagnose(load(t, filepath.Join("testdata", rule.ID, "bad")))
			golden(t, filepath.Join("testdata", rule.ID, "bad", "want.txt"), withSkipped(bad))
			if !slices.Contains(ids(bad), rule.ID) {
				t.Errorf("the bad example gives %v", ids(bad))
			}
			for _, id := range ids(bad) {
				if id != rule.ID && !slices.Contains(alsoFound[rule.ID], id) {
					t.Errorf("the bad example also gives %s:\n%s", id, bad.Text())
				}
			}
			for _, id := range alsoFound[rule.ID] {
				if !slices.Contains(ids(bad), id) {
					t.Errorf("the bad example does not give %s", id)
				}
			}
			good := Diagnose(load(t, filepath.Join("testdata", rule.ID, "good")))
			if slices.Contains(ids(good), rule.ID) || good.Fails(Warning) {
				t.Errorf("the good example gives\n%s", good.Text())
			}
		})
	}
}

func withSkipped(r Report) string {
	var b strings.Builder
	for _, s := range r.Skipped {
		fmt.Fprintf(&b, "%s:%d: skipped: %s\n", s.File, s.Line, s.Reason)
	}
	return b.String() + r.Text()
}

func ids(r Report) (out []string) {
	for _, f := range r.Findings {
		if !slices.Contains(out, f.Rule) {
			out = append(out, f.Rule)
		}
	}
	slices.Sort(out)
	return out
}

func readFile(t testing.TB, path string) []byte {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	return raw
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		must(t, os.WriteFile(path, []byte(got), 0o644))
	}
	want, err := os.ReadFile(path)
	must(t, err)
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s: -want +got\n%s", path, d)
	}
}

// Every folder of testdata is used.
func TestEveryFixtureIsUsed(t *testing.T) {
	dirs, err := os.ReadDir("testdata")
	must(t, err)
	for _, d := range dirs {
		known := slices.ContainsFunc(Rules, func(r Rule) bool { return r.ID == d.Name() })
		if d.IsDir() && !known && !slices.Contains([]string{"story", "healthy", "odd", "recorded", "fuzz"}, d.Name()) {
			t.Errorf("testdata/%s belongs to no rule", d.Name())
		}
	}
}

// What is odd and works is no finding, not even a note of platforms aside.
func TestHealthyIsClean(t *testing.T) {
	dirs, err := os.ReadDir("testdata/healthy")
	must(t, err)
	if len(dirs) < 12 {
		t.Errorf("only %d examples", len(dirs))
	}
	for _, d := range dirs {
		t.Run(d.Name(), func(t *testing.T) {
			if got := Diagnose(load(t, filepath.Join("testdata/healthy", d.Name()))); got.Fails(Note) {
				t.Errorf("\n%s", got.Text())
			}
		})
	}
}

// The story: three Applications as they were, and the patch that mends all of them.
func TestStory(t *testing.T) {
	in := load(t, "testdata/story")
	got := Diagnose(in)
	golden(t, "testdata/story/want.txt", withSkipped(got))
	golden(t, "testdata/story/want.diff", got.Patch)
	if after := Diagnose(patched(in, got)); after.Fails(Error) {
		t.Errorf("after the patch:\n%s", after.Text())
	}
}

// patched are the files after all edits.
func patched(in Input, r Report) Input {
	edits := map[string][]Edit{}
	for _, e := range together(r.Findings) {
		edits[e.File] = append(edits[e.File], e)
	}
	return edited(in, edits)
}

func edited(in Input, edits map[string][]Edit) Input {
	in.Files = slices.Clone(in.Files)
	for i, f := range in.Files {
		in.Files[i].Raw = Apply(f.Raw, edits[f.Path])
	}
	return in
}

// A remedy that is given as a diff is one: without the other findings, it takes away its own.
func TestEachDiffTakesItsFindingAway(t *testing.T) {
	count := 0
	for _, dir := range append(globbed(t, "testdata/AFRO*/bad"), "testdata/story") {
		in := load(t, dir)
		for _, f := range Diagnose(in).Findings {
			if len(f.Edits) == 0 {
				continue
			}
			count++
			edits := map[string][]Edit{}
			for _, e := range f.Edits {
				edits[e.File] = append(edits[e.File], e)
			}
			for _, still := range Diagnose(edited(in, edits)).Findings {
				if still.Rule == f.Rule && still.Object == f.Object && still.Sentence == f.Sentence {
					t.Errorf("%s: still there after its diff: %s %s\n%s", dir, f.Rule, f.Sentence, f.Diff)
				}
			}
		}
	}
	if count < 20 {
		t.Errorf("only %d diffs", count)
	}
}

func globbed(t testing.TB, pattern string) []string {
	t.Helper()
	out, err := filepath.Glob(pattern)
	must(t, err)
	return out
}

// Names as image-updater compares them, by its own source.
func TestAsUpdater(t *testing.T) {
	for text, want := range map[string]string{
		"nginx":                          "/nginx",
		"nginx:1.27":                     "/nginx",
		"library/nginx":                  "/library/nginx",
		"docker.io/nginx":                "docker.io/nginx",
		"docker.io/library/nginx:1.27":   "docker.io/nginx",
		"docker.io/library/nginx:^1.27":  "docker.io/library/nginx",
		"docker.io/nginx:^1.27":          "docker.io/nginx",
		"index.docker.io/acme/shop":      "/acme/shop",
		"acme/shop:latest":               "/acme/shop",
		"acme/shop:>=1.2 <2":             "/acme/shop",
		"ghcr.io/acme/shop:latest":       "ghcr.io/acme/shop",
		"localhost:5000/shop":            "localhost:5000/shop",
		"registry.example:5000/shop:1.x": "registry.example:5000/shop",
		"ghcr.io/acme/shop@sha256:" + strings.Repeat("a", 64): "ghcr.io/acme/shop",
	} {
		if got := asUpdater(text); got != want {
			t.Errorf("%s is %s, want %s", text, got, want)
		}
	}
}

// Every row of the catalogue that files or a status can show is named by a rule.
func TestRowsOfTheCatalogue(t *testing.T) {
	named := map[string]bool{}
	for _, r := range Rules {
		_, rows, _ := strings.Cut(r.Help, "Catalogue row")
		for _, n := range regexp.MustCompile(`[0-9]+`).FindAllString(rows, -1) {
			named[n] = true
		}
	}
	for _, n := range []int{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 37, 38, 39} {
		if !named[fmt.Sprint(n)] {
			t.Errorf("no rule names row %d", n)
		}
	}
}
