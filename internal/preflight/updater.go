package preflight

import (
	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// updaterReasons are what a look at image-updater's Deployment can find.
var updaterReasons = []string{UpdaterMissing, UpdaterUnsupported, UpdaterNotWatching, UpdaterIgnoresAnnotations, UpdaterDryRun, GitIdentityMissing}

const updaterInstall = "install argocd-image-updater 1.2.0 or later in the namespace of Argo CD" + heals

// updater looks at whether image-updater is there, and whether it does what it is told in the flavour that is used.
func (r *report) updater() {
	if r.flavour() == v1alpha1.UpdaterCRD {
		if missing := r.missing(foreign.ImageUpdater); missing != "" {
			r.add(severityError, UpdaterMissing, "the cluster", " does not serve "+missing+", which spec.imageUpdater.flavour CRD needs",
				updaterInstall+", or set the flavour to Auto")
			return
		}
		r.updaterCRD()
	}
	switch r.Updater.Reading {
	case NotFound:
		r.noUpdater()
	case Forbidden, Failed:
		r.unread(r.Updater.Reading, "the Deployment of image-updater", "", updaterReasons...)
	case Found:
		r.updaterDeployment(r.runningUpdater())
	}
}

func (r *report) flavour() v1alpha1.UpdaterFlavour { return r.Flavours.Updater(r.Platform) }

func (r *report) noUpdater() {
	if r.Flavours.Serves(foreign.ImageUpdater) {
		r.add(severityWarning, UpdaterMissing, "no Deployment of image-updater", " was found under its usual labels and names, although its kind is served",
			"look whether it runs: kubectl get deployments -A | grep image-updater")
		return
	}
	r.add(severityError, UpdaterMissing, "image-updater", " is not installed: there is no Deployment of it and its kind is not served", updaterInstall)
}

// updaterCRD judges by the schema: what it requires is refused or stored whatever the Deployment's image says.
func (r *report) updaterCRD() {
	switch {
	case r.UpdaterCRD.Reading == Forbidden || r.UpdaterCRD.Reading == Failed:
		r.unread(r.UpdaterCRD.Reading, "the CRD of ImageUpdaters", "", UpdaterUnsupported, UpdaterOutdated)
	case r.UpdaterCRD.Reading != Found:
	case r.UpdaterCRD.Namespace == FieldRequired:
		r.add(severityError, UpdaterUnsupported, "the CRD of ImageUpdaters", " requires spec.namespace, as in 1.0.0 to 1.0.2 and 1.1.0; every other version does without it or refuses it",
			"upgrade argocd-image-updater and its CRD to 1.2.0 or later")
	case !r.UpdaterCRD.Reports:
		r.add(severityWarning, UpdaterOutdated, "the CRD of ImageUpdaters", " has no status, as before 1.2.0, so what image-updater does is seen only in the Application, and not at all before its first update",
			"upgrade argocd-image-updater and its CRD to 1.2.0 or later")
	}
}

// runningUpdater is the Deployment that counts: the one beside Argo CD, else the first that is not scaled to zero.
func (r *report) runningUpdater() Workload {
	best := r.Updater.Items[0]
	for _, w := range r.Updater.Items {
		if rank(w, platform.ArgoCDNamespace(r.Platform)) > rank(best, platform.ArgoCDNamespace(r.Platform)) {
			best = w
		}
	}
	return best
}

func rank(w Workload, home string) int {
	n := 0
	if !w.Stopped {
		n += 2
	}
	if w.Namespace == home {
		n++
	}
	return n
}

func (r *report) updaterDeployment(w Workload) {
	if w.Stopped {
		r.add(severityError, UpdaterMissing, w.subject(), " is scaled to zero, so no image is updated", "scale it up")
		return
	}
	if w.on("dry-run") {
		r.add(severityError, UpdaterDryRun, w.subject(), " runs with --dry-run, so it writes nothing", "remove the argument --dry-run")
	}
	if r.understands(w) {
		r.watches(w)
	}
}

// understands tells whether a Deployment can be told what to do in the flavour that is used.
func (r *report) understands(w Workload) bool {
	v := parseVersion(imageVersion(w.Image))
	if r.flavour() == v1alpha1.UpdaterCRD {
		if before(v, "1.0.0") {
			r.add(severityError, UpdaterUnsupported, w.subject(), " is image-updater 0.x, which reads no ImageUpdater",
				"upgrade it to 1.2.0 or later, or set spec.imageUpdater.flavour: Annotations")
			return false
		}
		return true
	}
	switch {
	case before(v, "1.0.0"):
	case before(v, "1.1.0"):
		r.add(severityError, UpdaterUnsupported, w.subject(), " is image-updater 1.0.x, which reads no annotations", "upgrade it to 1.2.0 or later")
		return false
	case v != nil && !r.Flavours.Serves(foreign.ImageUpdater):
		r.add(severityError, UpdaterMissing, w.subject(), " is image-updater 1.x, but the cluster does not serve "+r.missing(foreign.ImageUpdater),
			"install the CRD of the same version"+heals)
		return false
	default:
		r.readsAnnotations(w, v != nil)
	}
	return true
}

// readsAnnotations is about image-updater 1.1.0 and later, and about one whose version could not be told.
func (r *report) readsAnnotations(w Workload, sure bool) {
	severity := severityWarning
	if sure {
		severity = severityError
	}
	namespace := platform.ArgoCDNamespace(r.Platform)
	switch r.Annotated {
	case NotFound:
		r.add(severity, UpdaterIgnoresAnnotations, w.subject(), " reads annotations only where an ImageUpdater asks for it, and none in namespace "+namespace+" does",
			"set spec.imageUpdater.flavour to Auto or CRD, or make an ImageUpdater there with useAnnotations: true and namePattern: \"*\"")
	case Forbidden, Failed:
		r.unread(r.Annotated, "the ImageUpdaters in namespace "+namespace, "", UpdaterIgnoresAnnotations)
	}
}
