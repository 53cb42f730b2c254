package preflight

import (
	"k8s.io/apimachinery/pkg/api/equality"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
)

// Status is the whole status of an AfroPlatform. It changes nothing in its input.
func Status(f Facts) v1alpha1.AfroPlatformStatus {
	findings := assess(f)
	return v1alpha1.AfroPlatformStatus{
		ObservedGeneration: f.Platform.Generation,
		Conditions:         conditions(f, findings),
		Peers:              peers(f),
		Findings:           bounded(findings),
		Children:           ledger(f.Platform.Status.Children, f.Outcomes),
	}
}

// SameStatus tells whether a status is worth no write: the generation of a child alone is none.
func SameStatus(a, b v1alpha1.AfroPlatformStatus) bool {
	return equality.Semantic.DeepEqual(withoutGenerations(a), withoutGenerations(b))
}

func withoutGenerations(s v1alpha1.AfroPlatformStatus) v1alpha1.AfroPlatformStatus {
	children := make([]v1alpha1.Child, len(s.Children))
	for i, c := range s.Children {
		c.Generation = 0
		children[i] = c
	}
	s.Children = children
	return s
}

// maxChildren is the CRD's bound of the ledger.
const maxChildren = 1024

// ledger has a row for each child that is known to exist. A pass that could not plan forgets nothing, and a Cluster is never
// forgotten: it is kept when it is no longer managed, and not replaced silently when it is managed again.
func ledger(old []v1alpha1.Child, outcomes []observe.Outcome) []v1alpha1.Child {
	if outcomes == nil {
		return old
	}
	var rows []v1alpha1.Child
	planned := map[expand.Key]bool{}
	for _, o := range outcomes {
		planned[o.Key] = true
		if o.Row.UID != "" && len(rows) < maxChildren {
			rows = append(rows, o.Row)
		}
	}
	for _, row := range old {
		if row.Kind == foreign.Cluster.Kind && !planned[expand.KeyOf(row)] && len(rows) < maxChildren {
			rows = append(rows, row)
		}
	}
	return rows
}
