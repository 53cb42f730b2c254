package observe

import (
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// specLane is before all lanes: may it be, and could it be written.
func (l lens) specLane() []step {
	return []step{{v1alpha1.LaneSpec, v1alpha1.HopSpec, l.spec()}, {v1alpha1.LaneSpec, v1alpha1.HopApply, l.apply()}}
}

func (l lens) spec() verdict {
	switch {
	case l.refused():
		first := l.Refusals[0]
		return stuck(first.Reason, l.refusals(), first.Field+": "+first.Remedy)
	case l.Plan == nil:
		return unknown("nothing is known of the spec yet", "see the log of the operator")
	case len(l.LostHosts) > 0:
		return l.hostConflict()
	case !l.claimsHeld():
		return waits(v1alpha1.ReasonProgressing, "not all hosts are held yet")
	}
	return passed()
}

func (l lens) refusals() string {
	lines := make([]string, len(l.Refusals))
	for i, r := range l.Refusals {
		lines[i] = r.String()
	}
	return strings.Join(lines, " | ")
}

// hostConflict does not say who holds the host: that is another tenant's business.
func (l lens) hostConflict() verdict {
	var lines []string
	for _, h := range l.LostHosts {
		lines = append(lines, "host "+h+" is claimed by another application")
	}
	return stuck(v1alpha1.ReasonHostConflict, strings.Join(lines, "; "),
		"use another host, or ask the admin of the cluster, who can see the AfroHostClaim of that name")
}

// claimsHeld tells whether every planned claim was written.
func (l lens) claimsHeld() bool {
	held := map[string]bool{}
	for _, o := range l.Outcomes {
		if o.Key.Kind == foreign.HostClaim.Kind {
			held[o.Key.Name] = o.Reason == "" && o.Row.UID != ""
		}
	}
	for _, i := range l.Plan.Intents {
		if i.GVK() == foreign.HostClaim && !held[i.Object.GetName()] {
			return false
		}
	}
	return true
}

func (l lens) apply() verdict {
	if l.Plan == nil {
		v := unknown("nothing is applied because the spec is not accepted; what was applied before stays", "mend the spec first: see hop Spec")
		v.reason = v1alpha1.ReasonNotAccepted
		return v
	}
	if bad := l.failed(); len(bad) > 0 {
		return unwritten(bad)
	}
	if l.unheard() {
		return waits(v1alpha1.ReasonNotYetReported, "not everything that is planned was written yet").
			orElse(applyGrace, v1alpha1.ReasonApplyFailed, "not everything that is planned was written", "see the log of the operator")
	}
	return passed()
}

// teardown is the only hop of an app that is being deleted.
func (l lens) teardown() verdict {
	if l.Paused {
		return stuck(v1alpha1.ReasonPaused, "the app is to be deleted, and is paused: nothing is taken away", "remove the annotation "+v1alpha1.AnnotationPaused)
	}
	message, fix := "what the app became is being taken away; data is kept unless it was confirmed", "see the log of the operator"
	if bad := l.failed(); len(bad) > 0 {
		v := unwritten(bad)
		if v.state == v1alpha1.HopStuck {
			return v
		}
		message, fix = v.message, v.fix
	}
	return waits(v1alpha1.ReasonDeleting, message).orElse(applyGrace, v1alpha1.ReasonDeleting, message, fix)
}
