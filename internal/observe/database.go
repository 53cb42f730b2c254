package observe

import (
	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// databaseHop tells whether the role and the database are there. A dedicated Cluster without extensions makes both when it
// is born, and nothing else reports them.
func (l lens) databaseHop(cluster verdict) verdict {
	if v, bad := l.blocked(v1alpha1.HopDatabase); bad {
		return v
	}
	if !l.data.role && !l.data.declared {
		if !l.planned && l.shared() {
			return unknown("no DatabaseRole and no Database is there, and none is made while the spec is not accepted", "mend the spec first: see hop Spec")
		}
		if cluster.passed() {
			return passed()
		}
		return behind(v1alpha1.HopCluster)
	}
	if l.data.role {
		if v := l.role(cluster); !v.passed() {
			return v
		}
	}
	if l.data.declared {
		return l.declared(cluster)
	}
	return passed()
}

func (l lens) role(cluster verdict) verdict {
	r := l.Children.DatabaseRole
	if r == nil {
		return l.absent("DatabaseRole", v1alpha1.ReasonRoleNotApplied, "see who deletes it or takes its labels off")
	}
	return made("the role", v1alpha1.ReasonRoleNotApplied, report{r.Status.Applied, r.Status.Message, r.Status.ObservedGeneration, r.Generation}, cluster)
}

func (l lens) declared(cluster verdict) verdict {
	d := l.Children.Database
	if d == nil {
		return l.absent("Database", v1alpha1.ReasonDatabaseNotApplied, "see who deletes it or takes its labels off")
	}
	return made("the database", v1alpha1.ReasonDatabaseNotApplied, report{d.Status.Applied, d.Status.Message, d.Status.ObservedGeneration, d.Generation}, cluster)
}

// report is what CloudNativePG says of a role or a database.
type report struct {
	applied              *bool
	message              string
	observed, generation int64
}

// applied tells whether CloudNativePG made it as it is now: the observed generation advances only with success.
func applied(yes *bool, observed, generation int64) bool {
	return yes != nil && *yes && observed >= generation
}

func made(what, reason string, r report, cluster verdict) verdict {
	const fix = "mend what CloudNativePG names; it tries again by itself"
	switch {
	case applied(r.applied, r.observed, r.generation):
		return passed()
	case r.applied != nil && !*r.applied:
		message := "CloudNativePG cannot make " + what + ": " + quote(r.message)
		return waits(reason, message).orElse(roleGrace, reason, message, fix)
	case !cluster.passed():
		return behind(v1alpha1.HopCluster)
	}
	return waits(v1alpha1.ReasonNotYetReported, "CloudNativePG has not answered for "+what+" yet").
		orElse(dataGrace, reason, "CloudNativePG has not answered for "+what, "see whether CloudNativePG 1.30 or later runs, and what its log says")
}
