package chart

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var update = flag.Bool("update", false, "write the goldens again")

// TestStories renders testdata/<story>/values.yaml, compares with want.yaml, and asks the story's own questions of
// the objects: a golden alone can be updated without being read.
func TestStories(t *testing.T) {
	dirs, err := filepath.Glob("testdata/*/values.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if len(dirs) != len(stories) {
		t.Errorf("%d folders in testdata and %d stories; each folder has one story", len(dirs), len(stories))
	}
	for name, check := range stories {
		t.Run(name, func(t *testing.T) {
			text := mustRender(t, values(t, read(t, filepath.Join("testdata", name, "values.yaml"))))
			compare(t, filepath.Join("testdata", name, "want.yaml"), text)
			w := decode(t, text)
			checkInvariants(t, "shop", w)
			check(t, w)
		})
	}
}

func compare(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if want := read(t, path); got != want {
		t.Errorf("differs from %s (go test -update writes it again):\n%s", path, got)
	}
}

func read(t *testing.T, path string) string {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
