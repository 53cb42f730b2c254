package observe

import (
	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// maxChildren is the bound of status.children. No plan comes near it.
const maxChildren = 64

// ledger is what was applied, in the order of the plan, and behind it what could not be taken away. Without a plan it is
// that of before: nothing was changed. A Cluster stays in it also when it is no longer planned: it is kept, and one that is
// gone when it is asked for again is not replaced silently.
func (l lens) ledger() []v1alpha1.Child {
	var rows []v1alpha1.Child
	seen := map[expand.Key]bool{}
	add := func(row v1alpha1.Child) {
		key := expand.KeyOf(row)
		if row.UID != "" && row.Kind != "" && !seen[key] && len(rows) < maxChildren {
			seen[key] = true
			rows = append(rows, row)
		}
	}
	if l.Plan == nil {
		for _, row := range l.Ledger {
			add(row)
		}
	}
	for _, o := range l.Outcomes {
		add(o.Row)
	}
	for _, o := range l.Leftovers {
		add(o.Row)
	}
	for _, row := range l.Ledger {
		if row.Kind == foreign.Cluster.Kind {
			add(row)
		}
	}
	return rows
}
