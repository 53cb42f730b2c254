package observe

import (
	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// edgeLane is the way of a request from a host to the app. Plain HTTP has no hop Certificate.
func (l lens) edgeLane() []step {
	lane := []step{
		l.edgeStep(v1alpha1.HopHostClaim, l.hostClaim()),
		l.edgeStep(v1alpha1.HopDNS, notProbed("this version does not resolve the hosts")),
	}
	if l.edge.tls != v1alpha1.TLSOff || l.edge.tailnet {
		lane = append(lane, l.edgeStep(v1alpha1.HopCertificate, l.certificate()))
	}
	return append(lane, l.edgeStep(v1alpha1.HopRoute, l.route()),
		l.edgeStep(v1alpha1.HopAnswer, notProbed("this version does not ask the hosts")))
}

func (l lens) edgeStep(name string, v verdict) step { return step{v1alpha1.LaneEdge, name, v} }

// hostClaim tells whether the hosts are ours. A claim is its own proof: its name exists once.
func (l lens) hostClaim() verdict {
	if len(l.LostHosts) > 0 {
		return l.hostConflict()
	}
	if v, bad := l.blocked(v1alpha1.HopHostClaim); bad {
		return v
	}
	if !l.planned {
		return unknown("no claim is looked at while the spec is not accepted", "mend the spec first: see hop Spec")
	}
	if !l.claimsHeld() {
		return waits(v1alpha1.ReasonNotYetReported, "not all hosts are claimed yet").
			orElse(applyGrace, v1alpha1.ReasonApplyFailed, "not all hosts could be claimed", "see the log of the operator")
	}
	return passed()
}
