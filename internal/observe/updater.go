package observe

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// updater tells whether image-updater looks after the image. Its condition Ready is never read: it is True while every
// cycle fails, and while nothing is ever updated.
func (l lens) updater(sync verdict) verdict {
	if v, bad := l.blocked(v1alpha1.HopUpdater); bad {
		if v.state == v1alpha1.HopStuck {
			v.reason = v1alpha1.ReasonUpdaterNotConfigured
		}
		return v
	}
	if v, twice := l.rival(); twice {
		return v
	}
	if !l.reports {
		return notProbed("image-updater 0.x reports nothing; what it wrote is seen in the Application")
	}
	iu := l.Children.ImageUpdater
	if iu == nil {
		return l.absent("ImageUpdater", v1alpha1.ReasonUpdaterNotConfigured, "see who deletes it or takes its labels off: "+l.kubectl("get", "imageupdater"))
	}
	if iu.Status.LastCheckedAt == nil {
		return l.neverLooked(iu)
	}
	return l.looked(iu, sync)
}

// looked is the verdict on an image-updater that has looked at least once.
func (l lens) looked(iu *foreign.UpdaterCR, sync verdict) verdict {
	// An Application in error has no images and no source type: image-updater is not to blame.
	if sync.state == v1alpha1.HopStuck {
		return behind(v1alpha1.HopSync)
	}
	stalled := iu.Status.LastCheckedAt.Add(UpdaterStalled)
	if !l.Now.Before(stalled) {
		return stuck(v1alpha1.ReasonUpdaterStalled, "image-updater has stopped looking at this app",
			"see whether image-updater runs and what its log says; it writes status.lastCheckedAt of the ImageUpdater in every cycle")
	}
	return l.cycle(iu, sync).lookAgain(stalled)
}

func (l lens) neverLooked(iu *foreign.UpdaterCR) verdict {
	if l.pinnedLive() {
		return notProbed("this image-updater reports nothing (it does since 1.2.0); what it wrote is seen in the Application")
	}
	return waits(v1alpha1.ReasonNotYetReported, "image-updater has not looked at it yet").
		orElse(updaterGrace, v1alpha1.ReasonUpdaterNotConfigured, "no image-updater has looked at it",
			"is image-updater 1.1.1 or later running, and does it watch namespace "+iu.Namespace+"?")
}

// cycle is what image-updater's last cycle found.
func (l lens) cycle(iu *foreign.UpdaterCR, sync verdict) verdict {
	s := iu.Status
	switch {
	case s.ObservedGeneration < iu.Generation:
		return waits(v1alpha1.ReasonNotYetReported, "image-updater has not looked at it since it was changed").
			orElse(updaterGrace, v1alpha1.ReasonUpdaterStalled, "image-updater has not looked at it since it was changed",
				"see whether image-updater runs, and what its log says")
	case s.ApplicationsMatched == 0 && !sync.passed():
		return behind(v1alpha1.HopSync)
	case s.ApplicationsMatched == 0:
		return l.notMatched()
	case l.noPods:
		return notProbed("no replicas are asked for; image-updater skips an image that does not run")
	case l.idle() && s.ImagesManaged == 0:
		return l.idleNotLive()
	case len(l.live) == 0 && !sync.passed():
		return behind(v1alpha1.HopSync)
	case s.ImagesManaged == 0 || len(l.live) == 0:
		return l.notLive()
	case meta.IsStatusConditionTrue(s.Conditions, "Error") && !l.registry().passed():
		return waits(v1alpha1.ReasonNotYetReported, "image-updater fails while the registry does")
	case meta.IsStatusConditionTrue(s.Conditions, "Error"):
		retry := updaterRetry
		if l.served().Failure != nil {
			retry = registryGrace // one wait: a registry that fails now and then does not begin it anew
		}
		return waits(v1alpha1.ReasonUpdaterErrors, updaterError(s.Conditions)).
			orElse(retry, v1alpha1.ReasonUpdaterErrors, updaterError(s.Conditions),
				"the cause is only in the log of image-updater: look there for credentials or reach of the registry, the right to push, "+
					"the committer that the git server accepts, a repository that is not https or ssh")
	}
	return l.unnoticed(iu, sync)
}

func updaterError(conditions []metav1.Condition) string {
	return "image-updater: " + quote(meta.FindStatusCondition(conditions, "Error").Message)
}

func (l lens) notMatched() verdict {
	message, fix := "image-updater matches no Application", "see whether image-updater watches the namespace of the Application, and what its log says"
	if app := l.Children.Application; app != nil && app.Status.SourceType != "" && app.Status.SourceType != "Helm" && app.Status.SourceType != "Kustomize" {
		message = "image-updater cannot write into a source of type " + quote(app.Status.SourceType)
		fix = "let the folder hold a kustomization or a Helm chart"
	}
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonApplicationNotMatched, message, fix)
}

func (l lens) notLive() verdict {
	const message = "the image is not among those that run, so image-updater skips it"
	fix := "see whether the manifests have replicas and use " + l.tracked.Name() + ": " + l.podsCommand()
	if app := l.Children.Application; l.update.WriteBack == v1alpha1.WriteBackGit && app != nil && len(app.Status.Summary.Images) > 0 {
		// The file still names the image of before, and goes before what the spec says.
		fix = "was spec.image moved to another repository? Then remove .argocd-source-" + app.Name + ".yaml from the folder of the Application in Git, " +
			"or set imageUpdate.forceUpdate to true until image-updater has written the new one; else " + fix
	}
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonImageNotLive, message, fix)
}

// idleNotLive: nothing runs the image, so image-updater skips it, and says so at debug level only.
func (l lens) idleNotLive() verdict {
	const message = "nothing runs the image at the moment, so image-updater skips it"
	return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, v1alpha1.ReasonImageNotLive, message,
		"set imageUpdate.forceUpdate to true: it then writes new images also for a CronJob, or a workload without replicas")
}
