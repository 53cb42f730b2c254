package observe

import (
	"slices"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/image"
)

// rollout tells whether the workload came up. Argo CD's Healthy counts only behind a sync that passed: it also says so of
// what was never deployed, and of what it could not compare.
func (l lens) rollout(sync verdict) verdict {
	if l.Children.Application == nil {
		return behind(v1alpha1.HopSync)
	}
	switch health := l.Children.Application.Status.Health.Status; health {
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

// pods tells whether the pods name the image that was chosen. Their imageIDs are not read by this version.
func (l lens) pods(sync, rollout verdict) verdict {
	live := l.live
	switch {
	case l.Children.Application == nil:
		return behind(v1alpha1.HopSync)
	case l.noPods:
		return notProbed("no replicas are asked for")
	case !sync.passed():
		return behind(v1alpha1.HopSync)
	case len(live) == 0 || !l.named():
		return l.noPodNames()
	case !l.settled():
		return behind(v1alpha1.HopWriteBack)
	case !rollout.passed():
		return behind(v1alpha1.HopRollout)
	case slices.ContainsFunc(live, l.outdated):
		const message = "pods with the old image are still there"
		return waits(v1alpha1.ReasonProgressing, message).orElse(rolloutGrace, v1alpha1.ReasonRolloutStuck, message,
			"see what keeps them: "+l.podsCommand())
	}
	return passed()
}

func (l lens) noPodNames() verdict {
	message := "no pod names the image " + l.tracked.Name()
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonImageNotLive, message,
		"see whether the manifests use spec.image and have replicas ("+l.podsCommand()+"), and whether parameters or images that "+
			"image-updater once wrote into the Application mask it")
}

// named tells whether a pod names the image that the spec itself fixes. One that is followed may have moved on.
func (l lens) named() bool {
	if l.follows && !l.update.Paused {
		return true
	}
	if l.update.Policy == v1alpha1.ImagePolicySemver {
		return len(l.live) > 0
	}
	return l.runs(version{tag: l.tracked.Tag, digest: l.tracked.Digest})
}

// settled tells whether the pods name what was chosen last: a followed tag alone says nothing of what runs.
func (l lens) settled() bool {
	switch want := l.expected(); {
	case !l.follows || l.update.Paused:
		return true
	case want.known():
		return l.runs(want) && !l.foreignTag(want)
	case l.update.Policy == v1alpha1.ImagePolicySemver:
		return true
	}
	return l.pinnedLive()
}

// outdated tells whether a pod still names another digest of the followed tag.
func (l lens) outdated(r image.Reference) bool {
	want := l.expected()
	return want.digest != "" && l.ofTag(r) && r.Digest != want.digest
}
