package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"

	"sigs.k8s.io/yaml"
)

// readExamples makes the alm-examples of the samples, one object per file, in the order of their names.
func readExamples(dir string) (string, error) {
	paths, err := filepath.Glob(filepath.Join(dir, "platform_v1alpha1_*.yaml"))
	if err != nil {
		return "", err
	}
	if len(paths) == 0 {
		return "", fmt.Errorf("no samples in %s", dir)
	}
	var examples []map[string]any
	for _, path := range paths {
		content, err := os.ReadFile(path)
		if err != nil {
			return "", err
		}
		var example map[string]any
		if err := yaml.UnmarshalStrict(content, &example); err != nil {
			return "", fmt.Errorf("%s: %w", path, err)
		}
		examples = append(examples, example)
	}
	encoded, err := json.MarshalIndent(examples, "", "  ")
	return string(encoded), err
}
