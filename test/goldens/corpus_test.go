package goldens

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/yaml"
)

// golden is one document of one story.
type golden struct {
	*unstructured.Unstructured
	stories []string // more than one where stories have it in common
	json    []byte
}

func (g golden) String() string {
	name := strings.TrimPrefix(g.GetNamespace()+"/"+g.GetName(), "/")
	return fmt.Sprintf("story %s: %s %s", strings.Join(g.stories, ", "), g.GetKind(), name)
}

// corpus reads the golden files of AfroApp.
func corpus(t *testing.T) []golden {
	t.Helper()
	all, err := readCorpus("../../internal/expand/testdata")
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// readCorpus reads <dir>/<story>/want.yaml of every story. There must be some: a test of nothing is none.
func readCorpus(dir string) ([]golden, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "want.yaml"))
	if err != nil {
		return nil, err
	}
	var all []golden
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			return nil, err
		}
		goldens, err := parse(filepath.Base(filepath.Dir(file)), data)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		all = append(all, goldens...)
	}
	if len(all) == 0 {
		return nil, fmt.Errorf("no object in %s/*/want.yaml", dir)
	}
	return all, nil
}

// parse reads the documents of a file; a key that stands twice is an error.
func parse(story string, data []byte) ([]golden, error) {
	var goldens []golden
	reader := utilyaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return goldens, nil
		}
		if err != nil {
			return nil, err
		}
		asJSON, err := yaml.YAMLToJSONStrict(document)
		if err != nil {
			return nil, err
		}
		if string(asJSON) == "null" { // comments only
			continue
		}
		object := &unstructured.Unstructured{}
		if err := object.UnmarshalJSON(asJSON); err != nil {
			return nil, err
		}
		goldens = append(goldens, golden{Unstructured: object, stories: []string{story}, json: asJSON})
	}
}

func TestEmptyCorpusIsAnError(t *testing.T) {
	if all, err := readCorpus(t.TempDir()); err == nil {
		t.Errorf("got %v, want an error", all)
	}
}
