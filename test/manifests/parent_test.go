package manifests

import (
	"strings"
	"testing"
)

const (
	syncWave    = "argocd.argoproj.io/sync-wave"
	syncOptions = "argocd.argoproj.io/sync-options"
)

// The order in which config/argocd/parent brings things up, and, backwards, takes them down.
func TestParentSyncsInWaves(t *testing.T) {
	for _, object := range build(t, "argocd/parent") {
		annotations := object.GetAnnotations()
		want := "-5" // the operator
		switch object.GetKind() {
		case "CustomResourceDefinition":
			want = "-10"
			if annotations[syncOptions] != "Prune=false,Delete=false" {
				t.Errorf("%s may be pruned, and takes every object of its kind along", object.GetName())
			}
		case "AfroPlatform":
			want = "0"
		case "AfroApp":
			want = "1"
		case "Namespace":
			if object.GetName() != systemNamespace {
				want = "0"
			}
		}
		if annotations[syncWave] != want {
			t.Errorf("%s %s is in wave %q, want %s", object.GetKind(), object.GetName(), annotations[syncWave], want)
		}
		if strings.HasPrefix(object.GetKind(), "Afro") && annotations[syncOptions] != "SkipDryRunOnMissingResource=true" {
			t.Errorf("%s %s fails the dry run before its CRD is there", object.GetKind(), object.GetName())
		}
	}
}
