package preflight

import (
	"slices"
	"strings"

	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// scope is what a version of image-updater looks at.
type scope int

const (
	scopeCluster scope = iota // 1.0.0 to 1.1.3: every namespace
	scopeOld                  // 0.x: every namespace, unless --application-namespace names one
	scopeListed               // 1.2.0 and later: its own, unless it is told of others
	scopePerhaps              // the same, but the version could not be told
)

func (r *report) scope(w Workload) scope {
	v := parseVersion(imageVersion(w.Image))
	served := r.Flavours.Serves(foreign.ImageUpdater)
	switch {
	case before(v, "1.0.0") || v == nil && !served:
		return scopeOld
	case before(v, "1.2.0"):
		return scopeCluster
	case v == nil && r.UpdaterCRD.Namespace == "" && r.UpdaterCRD.Reading == Found:
		return scopeListed // spec.namespace went with 1.2.0
	case v == nil && r.UpdaterCRD.Reading == Found:
		return scopeCluster
	case v == nil:
		return scopePerhaps
	}
	return scopeListed
}

// watches looks at whether image-updater sees what is in Argo CD's namespace, and takes it for that.
func (r *report) watches(w Workload) {
	home := platform.ArgoCDNamespace(r.Platform)
	switch r.scope(w) {
	case scopeOld:
		if ns, _ := w.flag("application-namespace"); ns != "" && ns != home {
			r.add(severityError, UpdaterNotWatching, w.subject(), " follows only Applications in namespace "+ns+", and they are in "+home, "set --application-namespace="+home)
		}
	case scopeListed:
		r.watchList(w, home, severityError)
	case scopePerhaps:
		r.watchList(w, home, severityWarning)
	}
	r.knowsArgoCD(w, home)
}

func (r *report) watchList(w Workload, home, severity string) {
	list, reading := w.setting("watch-namespaces", "IMAGE_UPDATER_WATCH_NAMESPACES")
	switch {
	case reading != Found && reading != NotFound:
		r.unread(reading, "the watched namespaces of "+w.subject(), "", UpdaterNotWatching)
	case !covers(list, w.Namespace, home):
		r.notWatching(w, home, severity)
	}
}

func (r *report) notWatching(w Workload, home, severity string) {
	r.add(severity, UpdaterNotWatching, w.subject(), " does not watch namespace "+home+", where the Applications are; since 1.2.0 it watches only its own unless it is told of others",
		"set watch.namespaces in its ConfigMap, or --watch-namespaces, to include "+home+", and bind its Role there; or install it in "+home)
}

// covers reads a list of namespaces as image-updater does: empty is its own, "*" every one.
func covers(list, own, home string) bool {
	list = strings.TrimSpace(list)
	if list == "" {
		return own == home
	}
	return list == "*" || slices.ContainsFunc(strings.Split(list, ","), func(s string) bool { return strings.TrimSpace(s) == home })
}

// knowsArgoCD matters where commits are made: image-updater names its file by the namespace that it takes for Argo CD's, and
// Argo CD reads no file with another name.
func (r *report) knowsArgoCD(w Workload, home string) {
	if GitWriteBackOf(r.Platform) == nil || w.Namespace == home {
		return
	}
	taken, reading := w.setting("argocd-namespace", "ARGOCD_NAMESPACE")
	switch {
	case reading != Found && reading != NotFound:
		r.unread(reading, "the namespace that "+w.subject()+" takes for Argo CD's", "", UpdaterNotWatching)
	case taken != home:
		r.add(severityError, UpdaterNotWatching, w.subject(), " is not told that Argo CD is in namespace "+home+", so it commits files that Argo CD does not read",
			"set argocd.namespace in its ConfigMap, or --argocd-namespace, to "+home)
	}
}
