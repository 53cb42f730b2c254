package doctor

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// Templates, broken files, lists, other ends of lines, no end of the last line, ApplicationSets: none hides another.
func TestOddFiles(t *testing.T) {
	got := Diagnose(load(t, "testdata/odd"))
	golden(t, "testdata/odd/want.txt", withSkipped(got))
	golden(t, "testdata/odd/want.diff", got.Patch)
}

// Each diff, and all at once, are what `git apply` and `patch -p1` take, and make the bytes that Apply makes.
func TestPatchesApply(t *testing.T) {
	tools := map[string][]string{"git": {"apply", "-"}, "patch": {"-p1", "-s", "--binary"}}
	for _, dir := range append(globbed(t, "testdata/AFRO*/bad"), "testdata/story", "testdata/odd") {
		in := load(t, dir)
		r := Diagnose(in)
		if r.Patch == "" {
			continue
		}
		for tool, args := range tools {
			if _, err := exec.LookPath(tool); err != nil {
				t.Logf("no %s to try it with", tool)
				continue
			}
			compareFiles(t, dir, patched(in, r), run(t, in, r.Patch, tool, args...))
			for _, f := range r.Findings {
				if f.Diff != "" {
					run(t, in, f.Diff, tool, args...)
				}
			}
		}
	}
}

// Whatever a file is called: one name that is not understood makes git refuse the whole patch.
func TestPatchesApplyToOddNames(t *testing.T) {
	bad := readFile(t, "testdata/AFRO002/bad/app.yaml")
	var in Input
	for _, name := range []string{"my app.yaml", "my apps/a.yaml", "a\tb.yaml", `"q".yaml`, `b\s.yaml`, "é.yaml", "é\t.yaml", "a:b.yaml"} {
		in.Files = append(in.Files, File{Path: name, Raw: bad})
	}
	r := Diagnose(in)
	for tool, args := range map[string][]string{"git": {"apply", "-"}, "patch": {"-p1", "-s", "--binary"}} {
		if _, err := exec.LookPath(tool); err == nil {
			compareFiles(t, tool, patched(in, r), run(t, in, r.Patch, tool, args...))
		}
	}
}

// run applies a patch with a program to a copy of some files.
func run(t *testing.T, in Input, patch, tool string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	for _, f := range in.Files {
		name := filepath.Join(dir, filepath.FromSlash(f.Path))
		must(t, os.MkdirAll(filepath.Dir(name), 0o755))
		must(t, os.WriteFile(name, f.Raw, 0o644))
	}
	cmd := exec.Command(tool, args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(patch)
	cmd.Env = append(os.Environ(), "GIT_CEILING_DIRECTORIES="+filepath.Dir(dir))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("%s: %v\n%s\n%s", tool, err, out, patch)
	}
	return dir
}

func compareFiles(t *testing.T, name string, want Input, dir string) {
	t.Helper()
	for _, f := range want.Files {
		got, err := os.ReadFile(filepath.Join(dir, filepath.FromSlash(f.Path)))
		must(t, err)
		if !bytes.Equal(got, f.Raw) {
			t.Errorf("%s: %s is\n%s\nwant\n%s", name, f.Path, got, f.Raw)
		}
	}
}

// An edit changes what it means to change, and not one byte beside it.
func TestEdits(t *testing.T) {
	for name, c := range map[string]struct {
		in, out string
		edit    func(value) []Edit
	}{
		"plain":             {"a: one # why\n", "a: two # why\n", func(v value) []Edit { return v.get("a").set("two") }},
		"double quotes":     {"a: \"o\\\"ne\" # why\n", "a: \"t\\\"wo\" # why\n", func(v value) []Edit { return v.get("a").set(`t"wo`) }},
		"single quotes":     {"a: 'it''s' # why\n", "a: 'it''s not' # why\n", func(v value) []Edit { return v.get("a").set("it's not") }},
		"quotes if needed":  {"a: one\n", "a: '# two'\n", func(v value) []Edit { return v.get("a").set("# two") }},
		"a number stays":    {"a: 0\n", "a: 1\n", func(v value) []Edit { return v.get("a").set("1") }},
		"a text stays":      {"a: no1\n", "a: '1'\n", func(v value) []Edit { return v.get("a").set("1") }},
		"behind umlauts":    {"{ä: ö, a: one}\n", "{ä: ö, a: two}\n", func(v value) []Edit { return v.get("a").set("two") }},
		"a name":            {"a: one\nb: 1\n", "c: one\nb: 1\n", func(v value) []Edit { return v.get("a").rename("c") }},
		"an entry":          {"m:\n  a: one\n  b: 1\n", "m:\n  a: one\n  c: two\n  b: 1\n", func(v value) []Edit { return v.get("m", "a").add("c", "two") }},
		"in a list":         {"- a: one\n  b: 1\n", "- a: one\n  c: two\n  b: 1\n", func(v value) []Edit { return v.items()[0].get("a").add("c", "two") }},
		"behind a block":    {"m:\n  a: |\n    x\n  b: 1\n", "m:\n  c: two\n  a: |\n    x\n  b: 1\n", func(v value) []Edit { return v.get("m", "a").add("c", "two") }},
		"at the end":        {"a: one", "a: one\nc: two", func(v value) []Edit { return v.get("a").add("c", "two") }},
		"in a flow mapping": {"{a: one}\n", "{c: two, a: one}\n", func(v value) []Edit { return v.get("a").add("c", "two") }},
		"other lines":       {"a: one\r\nb: 1\r\n", "a: one\r\nc: two\r\nb: 1\r\n", func(v value) []Edit { return v.get("a").add("c", "two") }},
		"a line less":       {"a: one\nb: 1\n", "b: 1\n", func(v value) []Edit { return v.get("a").drop() }},
		"the second document": {"x: 1\n---\na: one\n", "x: 1\n---\na: two\n", func(v value) []Edit {
			return v.get("a").set("two")
		}},
		"not through an alias":   {"x: &x one\na: *x\n", "", func(v value) []Edit { return v.get("a").set("two") }},
		"not a block":            {"a: |\n  one\n", "", func(v value) []Edit { return v.get("a").set("two") }},
		"not over two lines":     {"a: one\n  two\n", "", func(v value) []Edit { return v.get("a").set("two") }},
		"not what spans lines":   {"a: {x:\n  1}\nb: 1\n", "", func(v value) []Edit { return v.get("a").drop() }},
		"not an odd end of line": {"a: one\u2028\nb: 1\n", "", func(v value) []Edit { return v.get("b").set("2") }},
	} {
		t.Run(name, func(t *testing.T) {
			docs, _ := parse(&File{Path: "f", Raw: []byte(c.in)})
			last := docs[len(docs)-1]
			edits := c.edit(value{node: last.root, doc: last})
			if got := string(Apply([]byte(c.in), edits)); c.out != "" && got != c.out || c.out == "" && edits != nil {
				t.Errorf("got %q of %v, want %q", got, edits, c.out)
			}
		})
	}
}

// The same input gives the same report, whatever the order of the files.
func TestOrderOfFilesDoesNotMatter(t *testing.T) {
	in := load(t, "testdata/story")
	want := Diagnose(in).Text()
	slices.Reverse(in.Files)
	if got := Diagnose(in).Text(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
