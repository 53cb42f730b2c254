package observe

import (
	"slices"
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// hopOfKind is the hop at which a child that cannot be written is missed.
var hopOfKind = map[string]string{
	foreign.Application.Kind:     v1alpha1.HopSync,
	foreign.ImageUpdater.Kind:    v1alpha1.HopUpdater,
	foreign.HostClaim.Kind:       v1alpha1.HopHostClaim,
	foreign.Certificate.Kind:     v1alpha1.HopCertificate,
	foreign.Ingress.Kind:         v1alpha1.HopRoute,
	foreign.HTTPRoute.Kind:       v1alpha1.HopRoute,
	foreign.ListenerSet.Kind:     v1alpha1.HopRoute,
	foreign.Secret.Kind:          v1alpha1.HopDatabase,
	foreign.DatabaseRole.Kind:    v1alpha1.HopDatabase,
	foreign.Database.Kind:        v1alpha1.HopDatabase,
	foreign.Cluster.Kind:         v1alpha1.HopCluster,
	foreign.ObjectStore.Kind:     v1alpha1.HopWAL,
	foreign.ScheduledBackup.Kind: v1alpha1.HopBaseBackup,
}

// retried are outcomes that may clear by themselves.
var retried = []string{v1alpha1.ReasonApplyFailed, v1alpha1.ReasonDeleting}

// blocked is the verdict on a hop whose child could not be written.
func (l lens) blocked(hop string) (verdict, bool) {
	var bad []Outcome
	for _, o := range l.Outcomes {
		if o.Reason != "" && hopOfKind[o.Key.Kind] == hop {
			bad = append(bad, o)
		}
	}
	if len(bad) == 0 {
		return verdict{}, false
	}
	return unwritten(bad), true
}

// unwritten is the verdict on children that are not as planned. What needs help goes before what is tried again.
func unwritten(bad []Outcome) verdict {
	first := bad[0]
	if i := slices.IndexFunc(bad, func(o Outcome) bool { return !slices.Contains(retried, o.Reason) }); i >= 0 {
		first = bad[i]
	}
	message, fix := causes(bad), first.Fix
	if fix == "" {
		fix = "see " + first.Key.String() + " and the log of the operator"
	}
	if slices.Contains(retried, first.Reason) {
		return waits(first.Reason, message).orElse(applyGrace, first.Reason, message, fix)
	}
	return stuck(first.Reason, message, fix)
}

// causes lists why, each cause once.
func causes(bad []Outcome) string {
	var out []string
	for _, o := range bad {
		m := quote(o.Message)
		if m == "" {
			m = o.Key.String() + " is not as planned"
		}
		if !slices.Contains(out, m) {
			out = append(out, m)
		}
	}
	return strings.Join(out, "; ")
}

// failed are all outcomes and leftovers that are not as planned.
func (l lens) failed() []Outcome {
	var bad []Outcome
	for _, o := range slices.Concat(l.Outcomes, l.Leftovers) {
		if o.Reason != "" {
			bad = append(bad, o)
		}
	}
	return bad
}

// unheard tells whether the fate of a planned child is not known: nothing was written for it, and nothing is there.
func (l lens) unheard() bool {
	return len(l.Outcomes) < len(l.Plan.Intents) ||
		slices.ContainsFunc(l.Outcomes, func(o Outcome) bool { return o.Reason == "" && o.Row.UID == "" })
}
