package observe

import (
	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// writeBack tells whether what image-updater chose has come to the workload. Only the images of the pods prove it.
func (l lens) writeBack(updater, sync verdict) verdict {
	want := l.expected()
	switch {
	case l.update.Paused:
		return notProbed("imageUpdate.paused keeps the image where it is")
	case l.Children.Application == nil:
		return behind(v1alpha1.HopSync)
	case l.foreignTag(want):
		return l.conflict()
	case want.known() && !l.runs(want):
		return l.notTaken(want, sync)
	case l.proof.stale && !l.wrote(l.served()):
		return l.notFetched(updater, sync)
	case want.known() || l.pinnedLive():
		return passed()
	case l.update.Policy == v1alpha1.ImagePolicySemver:
		return l.noneNewer()
	case l.noPods:
		return notProbed("no replicas are asked for")
	case !updater.clear():
		return behind(v1alpha1.HopUpdater)
	}
	if hop, open := l.before(sync); open {
		return behind(hop)
	}
	return l.neverWritten()
}

// before is the hop that has to pass before the workload can be accused of anything.
func (l lens) before(sync verdict) (string, bool) {
	switch {
	case !sync.passed():
		return v1alpha1.HopSync, true
	case l.Children.Application.Status.Health.Status != healthy:
		return v1alpha1.HopRollout, true
	case len(l.live) == 0:
		return v1alpha1.HopPods, true
	}
	return "", false
}

// foreignTag tells whether what stands in the Application follows another tag than we asked for.
func (l lens) foreignTag(v version) bool {
	return l.update.Policy == v1alpha1.ImagePolicyRolling && v.tag != "" && l.tracked.Tag != "" && v.tag != l.tracked.Tag
}

func (l lens) conflict() verdict {
	const message = "the Application was given another tag than the one that is followed"
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonUpdaterConflict, message,
		"look for another ImageUpdater that matches the Application, and remove it: kubectl get imageupdaters -A")
}

// notTaken: a new image was chosen, and the pods do not name it. That is the workload's fault only once Argo CD is done.
func (l lens) notTaken(want version, sync verdict) verdict {
	if l.noPods {
		return notProbed("no replicas are asked for")
	}
	if hop, open := l.before(sync); open {
		return behind(hop)
	}
	if l.writtenTo(l.Children.Application.Spec.Source) != want {
		return l.onlySaid()
	}
	const message = "the new image is in the Application, Argo CD has synced it, and the workload does not take it"
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonWriteBackIgnored, message,
		"make the manifests use the value that image-updater writes, "+l.target()+"; a fixed image in the templates masks it")
}

// target is what image-updater writes in the Application.
func (l lens) target() string {
	if l.tagKey == "" {
		return "the image name of the kustomization"
	}
	return "the chart value " + l.tagKey
}

func (l lens) onlySaid() verdict {
	const message = "image-updater says that it wrote a new image, and the Application does not hold it"
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonNoWriteBack, message,
		"see who takes spec.source.helm.parameters or spec.source.kustomize.images of the Application away, and the log of image-updater")
}

// notFetched: the registry serves what image-updater has not written.
func (l lens) notFetched(updater, sync verdict) verdict {
	if !updater.clear() {
		return behind(v1alpha1.HopUpdater)
	}
	if hop, open := l.before(sync); open {
		return behind(hop)
	}
	if !l.pinnedLive() && l.update.Policy != v1alpha1.ImagePolicySemver {
		return l.neverWritten()
	}
	const message = "the registry serves a new image, and image-updater has not written it"
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonNoWriteBack, message,
		"see what the log of image-updater says of it, at level debug: it skips without a word what it thinks it may not take")
}

// noneNewer: nothing was written within the range, which is right as long as the newest version runs.
func (l lens) noneNewer() verdict {
	if l.proof.holds() {
		return passed()
	}
	return behind(v1alpha1.HopPods)
}

// neverWritten is the story that this project began with: all is well, and nothing was ever updated.
func (l lens) neverWritten() verdict {
	const message = "image-updater reports no error, and has never written a digest"
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonNoWriteBack, message,
		"see what the log of image-updater says at level debug: an image that lacks the asked platform, a tag that is missing in the "+
			"first page of the registry's list, and a chart that does not use the value are skipped without a word")
}
