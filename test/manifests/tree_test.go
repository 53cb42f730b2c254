package manifests

import (
	"io/fs"
	"path/filepath"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/internal/tools/render"
)

const configRoot = "../../config"

const (
	systemNamespace = "afroapp-system"
	argocdNamespace = "argocd"
	managerAccount  = "afroapp-controller-manager"
)

func build(t *testing.T, dir string) []*unstructured.Unstructured {
	t.Helper()
	objects, err := render.Build(filepath.Join(configRoot, dir))
	if err != nil {
		t.Fatal(err)
	}
	return objects
}

func ofKind[T any](t *testing.T, objects []*unstructured.Unstructured, kind string) []T {
	t.Helper()
	found, err := render.OfKind[T](objects, kind)
	if err != nil {
		t.Fatal(err)
	}
	if len(found) == 0 {
		t.Fatalf("no %s was rendered", kind)
	}
	return found
}

// find returns the object, or nil.
func find(objects []*unstructured.Unstructured, kind, name string) *unstructured.Unstructured {
	for _, object := range objects {
		if object.GetKind() == kind && object.GetName() == name {
			return object
		}
	}
	return nil
}

func TestEveryKustomizationBuilds(t *testing.T) {
	built := 0
	err := filepath.WalkDir(configRoot, func(path string, _ fs.DirEntry, err error) error {
		if err != nil || filepath.Base(path) != "kustomization.yaml" {
			return err
		}
		built++
		dir, err := filepath.Rel(configRoot, filepath.Dir(path))
		t.Run(dir, func(t *testing.T) {
			if len(build(t, dir)) == 0 {
				t.Error("renders nothing")
			}
		})
		return err
	})
	if err != nil || built == 0 {
		t.Fatalf("%d kustomizations (%v)", built, err)
	}
}

// A transformer would move what belongs to Argo CD, so every namespaced object names its own.
func TestEveryObjectOfTheDefaultIsWhereItBelongs(t *testing.T) {
	clusterScoped := map[string]bool{
		"Namespace": true, "CustomResourceDefinition": true, "ClusterRole": true, "ClusterRoleBinding": true,
		"ValidatingAdmissionPolicy": true, "ValidatingAdmissionPolicyBinding": true,
	}
	for _, object := range build(t, "default") {
		namespace := object.GetNamespace()
		switch {
		case clusterScoped[object.GetKind()]:
			if namespace != "" {
				t.Errorf("%s %s has a namespace", object.GetKind(), object.GetName())
			}
		case namespace != systemNamespace && namespace != argocdNamespace:
			t.Errorf("%s %s is in %q", object.GetKind(), object.GetName(), namespace)
		}
	}
}
