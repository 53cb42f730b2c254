package main

import (
	"fmt"
	"path/filepath"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/internal/tools/render"
)

// Generate returns the files of the bundle by their path in it.
func Generate(root string) (map[string][]byte, error) {
	objects, err := render.Build(filepath.Join(root, "config", "manifests"))
	if err != nil {
		return nil, err
	}
	examples, err := readExamples(filepath.Join(root, "config", "samples"))
	if err != nil {
		return nil, err
	}
	csv, err := buildCSV(objects, examples)
	if err != nil {
		return nil, err
	}
	files := map[string][]byte{
		"metadata/annotations.yaml": annotationsFile(),
		"bundle.Dockerfile":         dockerfile(),
	}
	if err := add(files, "manifests/afroapp.clusterserviceversion.yaml", csv); err != nil {
		return nil, err
	}
	for _, object := range shipped(objects) {
		if err := add(files, object.path, object.content); err != nil {
			return nil, err
		}
	}
	return files, nil
}

type file struct {
	path    string
	content map[string]any
}

// shipped are the objects that go into the bundle as they are. What the ServiceVersion holds (Deployment,
// roles of the manager) does not, nor what OLM makes itself (namespace, service account, bindings).
func shipped(objects []*unstructured.Unstructured) []file {
	bound := boundRoles(objects)
	var files []file
	for _, object := range objects {
		switch object.GetKind() {
		case "CustomResourceDefinition":
			files = append(files, file{crdPath(object), object.Object})
		case "Configuration":
			files = append(files, file{"tests/scorecard/config.yaml", object.Object})
		case "ClusterRole":
			if !bound[roleID(object)] {
				files = append(files, file{objectPath(object), object.Object})
			}
		case "Service", "PodDisruptionBudget":
			files = append(files, file{objectPath(object), withoutNamespace(object).Object})
		}
	}
	return files
}

// withoutNamespace leaves the namespace to OLM, which takes the one that is installed into.
func withoutNamespace(object *unstructured.Unstructured) *unstructured.Unstructured {
	bare := object.DeepCopy()
	bare.SetNamespace("")
	return bare
}

func crdPath(crd *unstructured.Unstructured) string {
	plural, group, _ := strings.Cut(crd.GetName(), ".")
	return fmt.Sprintf("manifests/%s_%s.yaml", group, plural)
}

// objectPath follows operator-sdk: name, group, version and kind.
func objectPath(object *unstructured.Unstructured) string {
	gvk := object.GroupVersionKind()
	parts := []string{object.GetName()}
	if gvk.Group != "" {
		parts = append(parts, gvk.Group)
	}
	parts = append(parts, gvk.Version, strings.ToLower(gvk.Kind))
	return "manifests/" + strings.Join(parts, "_") + ".yaml"
}

func add(files map[string][]byte, path string, content any) error {
	encoded, err := yaml.Marshal(content)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	files[path] = encoded
	return nil
}
