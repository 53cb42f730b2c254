package conformance

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"k8s.io/apimachinery/pkg/util/yaml"
	sigsyaml "sigs.k8s.io/yaml"
)

// object is one document of a golden file, as JSON.
type object struct {
	story      string // folder of the file
	apiVersion string
	kind       string
	name       string
	json       []byte
}

func (o object) String() string { return fmt.Sprintf("story %s: %s %s", o.story, o.kind, o.name) }

// readCorpus reads <dir>/<story>/want.yaml of every story. Each file may hold several documents.
func readCorpus(dir string) ([]object, error) {
	files, err := filepath.Glob(filepath.Join(dir, "*", "want.yaml"))
	if err != nil {
		return nil, err
	}
	var objects []object
	for _, file := range files {
		more, err := readStory(file)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", file, err)
		}
		objects = append(objects, more...)
	}
	return objects, nil
}

func readStory(file string) ([]object, error) {
	data, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	story := filepath.Base(filepath.Dir(file))
	reader := yaml.NewYAMLReader(bufio.NewReader(bytes.NewReader(data)))
	var objects []object
	for {
		document, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return objects, nil
		}
		if err != nil {
			return nil, err
		}
		o, err := parse(story, document)
		if err != nil {
			return nil, err
		}
		if o.kind != "" {
			objects = append(objects, o)
		}
	}
}

// parse refuses a key that is written twice; a document of comments only has no kind.
func parse(story string, document []byte) (object, error) {
	asJSON, err := sigsyaml.YAMLToJSONStrict(document)
	if err != nil {
		return object{}, err
	}
	var head struct {
		APIVersion string `json:"apiVersion"`
		Kind       string `json:"kind"`
		Metadata   struct {
			Name string `json:"name"`
		} `json:"metadata"`
	}
	if err := sigsyaml.Unmarshal(asJSON, &head); err != nil {
		return object{}, err
	}
	return object{story: story, apiVersion: head.APIVersion, kind: head.Kind, name: head.Metadata.Name, json: asJSON}, nil
}
