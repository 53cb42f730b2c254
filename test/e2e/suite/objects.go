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

func (s *Story) takeAway() {
	if s.Failed() && os.Getenv("AFROAPP_E2E_KEEP") != "" {
		return
	}
	ctx := context.WithoutCancel(s.Context())
	for _, name := range s.namespaces {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
		if err := errors.Join(s.deleteApps(ctx, name), client.IgnoreNotFound(s.Client.Delete(ctx, namespace))); err != nil {
			s.Errorf("taking namespace %s away: %v", name, err)
		}
	}
}

// Get reads an object anew.
func (s *Story) Get(object client.Object) {
	s.Helper()
	if err := s.Client.Get(s.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		s.Fatal(fmt.Errorf("reading %s: %w", object.GetName(), err))
	}
}
