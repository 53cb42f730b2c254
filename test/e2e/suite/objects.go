package suite

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	utilyaml "k8s.io/apimachinery/pkg/util/yaml"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// author is the field manager of the person who applies manifests.
const author = "kubectl"

// Apply applies the manifests of a file of the story, as `kubectl apply --server-side` does.
func (s *Story) Apply(file string) {
	s.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	s.ApplyText(string(raw))
}

// ApplyText applies manifests.
func (s *Story) ApplyText(manifests string) {
	s.Helper()
	objects, err := parse(s.Here(manifests))
	if err != nil {
		s.Fatal(err)
	}
	for _, object := range objects {
		s.Eventually("apply "+object.GetKind()+" "+object.GetName(), Soon, func(ctx context.Context) error {
			err := s.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(object.DeepCopy()), client.FieldOwner(author), client.ForceOwnership)
			if apierrors.IsInvalid(err) || apierrors.IsForbidden(err) {
				return hopeless{err}
			}
			return err
		})
	}
}

func parse(manifests string) ([]*unstructured.Unstructured, error) {
	var objects []*unstructured.Unstructured
	decoder := utilyaml.NewYAMLOrJSONDecoder(bytes.NewReader([]byte(manifests)), 4096)
	for {
		object := &unstructured.Unstructured{}
		switch err := decoder.Decode(object); {
		case errors.Is(err, io.EOF):
			return objects, nil
		case err != nil:
			return nil, err
		case len(object.Object) > 0:
			objects = append(objects, object)
		}
	}
}

// Namespace makes a namespace for the story, and takes it away with everything in it when the story ends.
func (s *Story) Namespace(name string) {
	s.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := s.Client.Create(s.Context(), namespace); err != nil && !apierrors.IsAlreadyExists(err) {
		s.Fatal(err)
	}
	s.namespaces = append(s.namespaces, name)
}

// Get reads an object anew.
func (s *Story) Get(object client.Object) {
	s.Helper()
	if err := s.Client.Get(s.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		s.Fatal(fmt.Errorf("reading %s: %w", object.GetName(), err))
	}
}

// Kind by its name alone, which is what a status says: one that the operator knows.
func (s *Story) Kind(name string) schema.GroupVersionKind {
	s.Helper()
	for kind := range s.Client.Scheme().AllKnownTypes() {
		if kind.Kind == name && kind.Version != runtime.APIVersionInternal {
			return kind
		}
	}
	s.Fatalf("the operator knows no kind %s", name)
	return schema.GroupVersionKind{}
}
