package suite

import (
	"context"
	"fmt"
	"os"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/internal/fixtures"
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
	s.apply(s.parse(s.Here(manifests)))
}

func (s *Story) apply(objects []*unstructured.Unstructured) {
	s.Helper()
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

func (s *Story) parse(manifests string) []*unstructured.Unstructured {
	s.Helper()
	objects, err := fixtures.Decode([]byte(manifests))
	if err != nil {
		s.Fatal(err)
	}
	return objects
}

func mustYAML(object any) string {
	raw, err := yaml.Marshal(object)
	if err != nil {
		panic(err) // it was read from YAML
	}
	return string(raw)
}

// Namespace makes a namespace for the story, and takes it away with everything in it when the story ends. One that is there is
// somebody's, except on a throw-away cluster: there it is what this story left when it failed.
func (s *Story) Namespace(name string) {
	s.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	err := s.Client.Create(s.Context(), namespace)
	if apierrors.IsAlreadyExists(err) {
		if !s.Owned {
			s.Fatalf("the namespace %s is there already, and this story takes its own away with all that is in it: rename or remove it", name)
		}
		s.takeAwayNamespace(s.Context(), name)
		err = s.Client.Create(s.Context(), &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	}
	if err != nil {
		s.Fatal(err)
	}
	s.namespaces = append(s.namespaces, name)
}

func (s *Story) ensureNamespace(name string) {
	s.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	if err := s.Client.Create(s.Context(), namespace); err != nil && !apierrors.IsAlreadyExists(err) {
		s.Fatal(err)
	}
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
