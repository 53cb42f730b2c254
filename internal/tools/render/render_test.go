package render

import (
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// A misspelt field of a manifest is dropped in silence by a client that is not strict.
func TestDecodeRefusesFieldsThatDoNotExist(t *testing.T) {
	service := func(field string) *unstructured.Unstructured {
		return &unstructured.Unstructured{Object: map[string]any{
			"kind": "Service", "spec": map[string]any{field: map[string]any{"app": "a"}},
		}}
	}
	if _, err := OfKind[corev1.Service]([]*unstructured.Unstructured{service("selector")}, "Service"); err != nil {
		t.Errorf("selector: %v", err)
	}
	if _, err := OfKind[corev1.Service]([]*unstructured.Unstructured{service("selectors")}, "Service"); err == nil {
		t.Error("selectors: accepted")
	}
}

func TestBuildSaysWhichFolderFails(t *testing.T) {
	if _, err := Build(t.TempDir()); err == nil {
		t.Error("a folder without a kustomization was built")
	}
}
