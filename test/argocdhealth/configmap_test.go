package argocdhealth

import (
	"maps"
	"path/filepath"
	"slices"
	"testing"

	corev1 "k8s.io/api/core/v1"
)

// Admins patch in the ConfigMap, Argo CD's repository would take the files: they must not drift apart.
func TestConfigMapEmbedsTheScripts(t *testing.T) {
	var cm corev1.ConfigMap
	readStrict(t, filepath.Join(argocdRoot, "argocd-cm.yaml"), &cm)
	want := map[string]string{}
	for _, kind := range kinds {
		want["resource.customizations.health."+group+"_"+kind] = readScript(t, kind)
	}
	for _, key := range slices.Sorted(maps.Keys(want)) {
		if cm.Data[key] != want[key] {
			t.Errorf("%s differs from its health.lua", key)
		}
	}
	if len(cm.Data) != len(want) {
		t.Errorf("%d keys, want %d", len(cm.Data), len(want))
	}
	if cm.Name != "argocd-cm" || cm.Namespace != "argocd" {
		t.Errorf("patches %s/%s, want argocd/argocd-cm", cm.Namespace, cm.Name)
	}
}
