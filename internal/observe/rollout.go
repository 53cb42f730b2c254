package observe

import (
	"slices"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// rollout tells whether the workload came up. Argo CD's Healthy counts only behind a sync that passed: it also says so of
// what was never deployed, and of what it could not compare.
func (l lens) rollout(registry, sync verdict) verdict {
	if l.Children.Application == nil {
		return behind(v1alpha1.HopSync)
	}
	health := l.Children.Application.Status.Health.Status
	if health != healthy && cannotPull(registry) {
		return behind(v1alpha1.HopRegistry)
	}
	switch health {
	case degraded:
		return stuck(v1alpha1.ReasonRolloutDegraded, "Argo CD: the workload is Degraded",
			"see why its pods fail: "+l.podsCommand()+", and their logs and events")
	case "Progressing", "Suspended":
		message := "Argo CD: the workload is " + health
		return waits(v1alpha1.ReasonProgressing, message).orElse(rolloutGrace, v1alpha1.ReasonRolloutStuck, message,
			"see why its pods do not become ready: "+l.podsCommand()+", and their events; an image that cannot be pulled stays so for ever")
	case healthy:
		if sync.passed() {
			return passed()
		}
		return behind(v1alpha1.HopSync)
	default:
		if !sync.passed() {
			return behind(v1alpha1.HopSync)
		}
		message := "Argo CD says nothing of the workload"
		return waits(v1alpha1.ReasonNotYetReported, message).orElse(rolloutGrace, v1alpha1.ReasonRolloutStuck, message,
			"see the resources of the Application: "+l.kubectl("get", "application")+" -o yaml")
	}
}

// cannotPull tells whether the registry would refuse a node too: no workload comes up then.
func cannotPull(registry verdict) bool {
	return registry.state == v1alpha1.HopUnknown && slices.Contains(refusals, registry.reason)
}
