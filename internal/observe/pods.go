package observe

import (
	"slices"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/image"
	"github.com/afrotomation/afroapp/internal/platform"
)

// pods tells whether every pod runs the digest that the registry serves. What the pods name comes first: it tells what they are
// still to run.
func (l lens) pods(registry, sync, rollout verdict) verdict {
	switch {
	case l.Children.Application == nil:
		return behind(v1alpha1.HopSync)
	case l.noPods:
		return notProbed("no replicas are asked for")
	case !sync.passed():
		return behind(v1alpha1.HopSync)
	case l.idle():
		return notProbed("nothing runs at the moment; what is started next names the image")
	case len(l.live) == 0 || !l.namesImage():
		return l.noPodNames()
	case !l.settled():
		return behind(v1alpha1.HopWriteBack)
	case !rollout.passed():
		return behind(v1alpha1.HopRollout)
	case !l.proof.holds() && slices.ContainsFunc(l.live, l.outdated):
		return oldPods(l.podsCommand())
	}
	return l.running(registry)
}

// running judges what the pods run, once all of them name what they should.
func (l lens) running(registry verdict) verdict {
	p := l.proof
	switch {
	case !l.PodsSeen:
		return waits(v1alpha1.ReasonNotYetReported, "nobody has looked at the pods yet")
	case p.pods == 0 && l.planned && l.Plan.Effective.Delivery.Source.Type != platform.SourceChart:
		return l.podsNotFound()
	case p.pods == 0:
		return l.noPodNames()
	case !registry.passed():
		return behind(v1alpha1.HopRegistry)
	case p.holds():
		return passed()
	case p.stale && l.update.Paused:
		return named(v1alpha1.ReasonImagePaused, "imageUpdate.paused keeps the image; the registry serves another digest",
			"set imageUpdate.paused to false to take it").calmly()
	case p.stale && l.follows && !l.wrote(l.served()):
		return behind(v1alpha1.HopWriteBack)
	case p.stale && l.follows && l.pushedAnew():
		return l.versionMoved()
	case p.stale && l.follows:
		return oldPods(l.podsCommand())
	case p.stale:
		return l.tagMoved()
	case p.starting:
		const message = "a container does not run yet"
		return waits(v1alpha1.ReasonProgressing, message).orElse(rolloutGrace, v1alpha1.ReasonRolloutStuck, message,
			"see what it waits for: "+l.podsCommand()+", and their events")
	}
	return named(v1alpha1.ReasonRelationUnknown, "what the runtime reports of an image cannot be compared with what the registry serves",
		"let the manifests name the digest, or see status.containerStatuses[].imageID: "+l.podsCommand()+" -o yaml").calmly()
}

// podsNotFound: Argo CD lists the image, so something runs it: a kind of workload whose pods are not told by their owner's name.
func (l lens) podsNotFound() verdict {
	const message = "Argo CD lists the image, and none of the pods could be told to be the app's"
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonRelationUnknown, message,
		"see what the pods run: "+l.podsCommand()+" -o yaml; the operator knows the pods of Deployments, StatefulSets, DaemonSets, CronJobs and Jobs").calmlyThen()
}

func oldPods(command string) verdict {
	const message = "pods with the old image are still there"
	return waits(v1alpha1.ReasonProgressing, message).orElse(rolloutGrace, v1alpha1.ReasonRolloutStuck, message, "see what keeps them: "+command)
}

// tagMoved: nobody follows the image, and the registry serves something else under its name now.
func (l lens) tagMoved() verdict {
	const message = "the registry serves another digest for the tag than the pods run, and the image is not followed"
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonTagMoved, message,
		"restart the pods to pull it; or set imageUpdate.policy to Rolling to follow the tag; or name the digest in spec.image to keep it")
}

// pushedAnew: the pods name the newest version and nothing but that, and the registry serves another image under it now.
func (l lens) pushedAnew() bool {
	_, tag, _ := cutTag(l.served().Reference)
	return l.update.Policy == v1alpha1.ImagePolicySemver &&
		!slices.ContainsFunc(l.live, func(r image.Reference) bool { return r.Tag != tag || r.Digest != "" })
}

func (l lens) versionMoved() verdict {
	const message = "the registry serves another digest for the version than the pods run; image-updater goes by versions, and does not write it anew"
	return waits(v1alpha1.ReasonProgressing, message).orElse(rolloutGrace, v1alpha1.ReasonTagMoved, message,
		"push a new version; or restart the pods to pull this one: "+l.podsCommand())
}

// idle tells whether every workload that has the image makes no pods right now.
func (l lens) idle() bool {
	mine := false
	for _, t := range l.Templates {
		if !slices.ContainsFunc(t.Images, func(s string) bool { return image.SameRepository(s, l.tracked.Name()) }) {
			continue
		}
		if !t.Idle {
			return false
		}
		mine = true
	}
	return mine && l.PodsSeen && l.proof.pods == 0
}

func (l lens) noPodNames() verdict {
	message := "no pod names the image " + l.tracked.Name()
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonImageNotLive, message,
		"see whether the manifests use spec.image and have replicas ("+l.podsCommand()+"), and whether parameters or images that "+
			"image-updater once wrote into the Application mask it")
}

// namesImage tells whether a pod names the image that the spec itself fixes. One that is followed may have moved on.
func (l lens) namesImage() bool {
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
