package main

import (
	"bytes"
	"encoding/json"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

// encode writes objects as a YAML stream, or as a List in JSON.
func encode(objects []*unstructured.Unstructured, format string) ([]byte, error) {
	if format == "json" {
		return encodeJSON(objects)
	}
	var b bytes.Buffer
	for i, o := range objects {
		if i > 0 {
			b.WriteString("---\n")
		}
		raw, err := yaml.Marshal(o.Object)
		if err != nil {
			return nil, err
		}
		b.Write(raw)
	}
	return b.Bytes(), nil
}

func encodeJSON(objects []*unstructured.Unstructured) ([]byte, error) {
	items := make([]any, len(objects))
	for i, o := range objects {
		items[i] = o.Object
	}
	raw, err := json.MarshalIndent(map[string]any{"apiVersion": "v1", "kind": "List", "items": items}, "", "  ")
	return append(raw, '\n'), err
}
