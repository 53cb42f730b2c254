// Package crd holds the CustomResourceDefinitions, for those who judge objects without a cluster.
package crd

import (
	"embed"
	"fmt"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/yaml"
)

// Bases are the generated definitions, one file each.
//
//go:embed bases/*.yaml
var Bases embed.FS

// Load reads all of them.
func Load() ([]*apiextensionsv1.CustomResourceDefinition, error) {
	entries, err := Bases.ReadDir("bases")
	if err != nil {
		return nil, err
	}
	var out []*apiextensionsv1.CustomResourceDefinition
	for _, e := range entries {
		raw, err := Bases.ReadFile("bases/" + e.Name())
		if err != nil {
			return nil, err
		}
		d := &apiextensionsv1.CustomResourceDefinition{}
		if err := yaml.UnmarshalStrict(raw, d); err != nil {
			return nil, fmt.Errorf("%s: %w", e.Name(), err)
		}
		out = append(out, d)
	}
	return out, nil
}
