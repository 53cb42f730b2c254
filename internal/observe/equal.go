package observe

import (
	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// SameStatus tells whether b says nothing that a does not say. The generations in the ledger alone are not worth a write:
// those of an Application grow with every write of its status.
func SameStatus(a, b v1alpha1.AfroAppStatus) bool {
	a.Children, b.Children = withoutGenerations(a.Children), withoutGenerations(b.Children)
	return equality.Semantic.DeepEqual(a, b)
}

func withoutGenerations(in []v1alpha1.Child) []v1alpha1.Child {
	out := make([]v1alpha1.Child, len(in))
	for i, row := range in {
		row.Generation = 0
		out[i] = row
	}
	return out
}

// Progressing tells whether a new status is mere progress, which nobody misses if it is written a little later: the app is
// honestly under way, and nothing that people rely on is taken back. The end of a trouble is told at once, and so is the
// loss of Ready.
func Progressing(was, is v1alpha1.AfroAppStatus) bool {
	if !meta.IsStatusConditionTrue(is.Conditions, v1alpha1.ConditionReconciling) || is.StuckAt != nil || was.StuckAt != nil {
		return false
	}
	lost := meta.IsStatusConditionTrue(was.Conditions, v1alpha1.ConditionReady) && was.ObservedGeneration == is.ObservedGeneration
	return !lost
}
