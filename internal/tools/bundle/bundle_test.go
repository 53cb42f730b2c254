package main

import (
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sigs.k8s.io/yaml"
)

const root = "../../.."

func generate(t *testing.T) map[string][]byte {
	t.Helper()
	files, err := Generate(root)
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func decode[T any](t *testing.T, files map[string][]byte, path string) T {
	t.Helper()
	var into T
	content, exists := files[path]
	if !exists {
		t.Fatalf("%s is not in the bundle", path)
	}
	if err := yaml.UnmarshalStrict(content, &into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	return into
}

func TestBundleIsCurrent(t *testing.T) {
	want := generate(t)
	got := readBundle(t)
	for _, path := range slices.Sorted(maps.Keys(want)) {
		if string(got[path]) != string(want[path]) {
			t.Errorf("bundle/%s is not current; run `make bundle`", path)
		}
	}
	for path := range got {
		if _, wanted := want[path]; !wanted {
			t.Errorf("bundle/%s is left over; run `make bundle`", path)
		}
	}
}

func readBundle(t *testing.T) map[string][]byte {
	t.Helper()
	tree := os.DirFS(filepath.Join(root, "bundle"))
	files := map[string][]byte{}
	err := fs.WalkDir(tree, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		files[path], err = fs.ReadFile(tree, path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

func TestGeneratingTwiceGivesTheSame(t *testing.T) {
	if first, second := generate(t), generate(t); !maps.EqualFunc(first, second, slices.Equal) {
		t.Error("two runs differ")
	}
}

// The file tells OLM on disk what the labels tell it in the image.
func TestAnnotationsAndLabelsAgree(t *testing.T) {
	files := generate(t)
	parsed := decode[struct {
		Annotations map[string]string `json:"annotations"`
	}](t, files, "metadata/annotations.yaml")
	labels := strings.Count(string(files["bundle.Dockerfile"]), "\nLABEL ")
	if labels != len(parsed.Annotations) || labels == 0 {
		t.Errorf("%d labels, %d annotations", labels, len(parsed.Annotations))
	}
	for key, value := range parsed.Annotations {
		if !strings.Contains(string(files["bundle.Dockerfile"]), "\nLABEL "+key+"="+value+"\n") {
			t.Errorf("the image has no label %s=%s", key, value)
		}
	}
	for _, folder := range []string{"manifests", "metadata", "tests/scorecard"} {
		if !strings.Contains(string(files["bundle.Dockerfile"]), "\nCOPY "+folder+" /"+folder+"/\n") {
			t.Errorf("the image has no folder %s", folder)
		}
	}
}
