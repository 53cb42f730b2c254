// Package render builds kustomize trees in process, so that generating and testing manifests needs
// neither kubectl nor a download.
package render

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// Build renders the kustomization in dir, as `kubectl kustomize` does. The objects keep its order.
func Build(dir string) ([]*unstructured.Unstructured, error) {
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), dir)
	if err != nil {
		return nil, fmt.Errorf("build %s: %w", dir, err)
	}
	var objects []*unstructured.Unstructured
	for _, resource := range resources.Resources() {
		object, err := fromJSON(resource)
		if err != nil {
			return nil, fmt.Errorf("build %s: %s: %w", dir, resource.CurId(), err)
		}
		objects = append(objects, object)
	}
	return objects, nil
}

// fromJSON goes through JSON because kustomize holds numbers as int, which apimachinery does not know.
func fromJSON(resource json.Marshaler) (*unstructured.Unstructured, error) {
	encoded, err := resource.MarshalJSON()
	if err != nil {
		return nil, err
	}
	object := &unstructured.Unstructured{}
	return object, object.UnmarshalJSON(encoded)
}

// OfKind selects the objects of one kind and decodes them strictly: a field that the type does not have is
// an error, where the API server would drop it in silence.
func OfKind[T any](objects []*unstructured.Unstructured, kind string) ([]T, error) {
	var found []T
	for _, object := range objects {
		if object.GetKind() != kind {
			continue
		}
		var typed T
		if err := Decode(object, &typed); err != nil {
			return nil, err
		}
		found = append(found, typed)
	}
	return found, nil
}

// Decode converts one object into its type, strictly.
func Decode(object *unstructured.Unstructured, into any) error {
	const strict = true
	err := runtime.DefaultUnstructuredConverter.FromUnstructuredWithValidation(object.Object, into, strict)
	if err != nil {
		return fmt.Errorf("%s %s: %w", object.GetKind(), object.GetName(), err)
	}
	return nil
}
