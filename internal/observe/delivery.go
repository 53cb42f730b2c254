package observe

import (
	"fmt"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// deliveryLane is the way of an image from the registry to the pods. The order in which its hops accuse each other is the
// ladder: nobody knows what should run; image-updater was told nothing, or told twice; Argo CD is in error; image-updater does
// not look, matches nothing, finds nothing live, fails, does not see the digest; what it wrote is not taken; the workload does
// not come up.
func (l lens) deliveryLane() []step {
	registry, sync := l.registry(), l.sync()
	updater, rollout := l.updater(sync), l.rollout(registry, sync)
	lane := []step{l.deliveryStep(v1alpha1.HopRegistry, registry)}
	if l.follows {
		lane = append(lane, l.deliveryStep(v1alpha1.HopUpdater, updater), l.deliveryStep(v1alpha1.HopWriteBack, l.writeBack(updater, sync)))
	}
	return append(lane, l.deliveryStep(v1alpha1.HopSync, sync), l.deliveryStep(v1alpha1.HopRollout, rollout),
		l.deliveryStep(v1alpha1.HopPods, l.pods(registry, sync, rollout)))
}

func (l lens) deliveryStep(name string, v verdict) step { return step{v1alpha1.LaneDelivery, name, v} }

// kubectl is a command that shows an object of Argo CD's namespace.
func (l lens) kubectl(verb, kind string) string {
	ns, name := l.argocdNS, ""
	if a := l.application(); a != nil {
		ns, name = a.Namespace, a.Name
	}
	return fmt.Sprintf("kubectl -n %s %s %s %s", ns, verb, kind, name)
}

// podsCommand is a command that shows the pods of the app.
func (l lens) podsCommand() string { return "kubectl -n " + l.App.Namespace + " get pods" }
