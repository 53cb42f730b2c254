package preflight

import (
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// heals stands behind the advice to install something.
const heals = "; this heals by itself once it is there"

func (r *report) argocd() {
	if missing := r.missing(foreign.Application, foreign.AppProject); missing != "" {
		r.add(severityError, ArgoCDMissing, "the cluster", " does not serve "+missing, "install Argo CD"+heals)
		return
	}
	namespace := platform.ArgoCDNamespace(r.Platform)
	switch r.ArgoCD.Reading {
	case NotFound:
		r.add(severityWarning, ArgoCDMissing, "namespace "+namespace, " has no application-controller of Argo CD that could be found; Applications there would not be synced",
			"set spec.argocd.namespace to the namespace of Argo CD")
	case Forbidden, Failed:
		r.unread(r.ArgoCD.Reading, "the application-controller of Argo CD in namespace "+namespace, "", ArgoCDMissing)
	case Found:
		if w, ok := stopped(r.ArgoCD); ok {
			r.add(severityError, ArgoCDMissing, w.subject(), " is scaled to zero, so nothing is synced", "scale it up")
		}
	}
}

// stopped finds the workload that should run, where none of a peer's does.
func stopped(ws Workloads) (Workload, bool) {
	for _, w := range ws.Items {
		if !w.Stopped {
			return Workload{}, false
		}
	}
	if len(ws.Items) == 0 {
		return Workload{}, false
	}
	return ws.Items[0], true
}

// missing names the CRDs that are not served.
func (r *report) missing(kinds ...schema.GroupVersionKind) string {
	var out []string
	for _, gvk := range kinds {
		if k, ok := foreign.Of(gvk); ok && !r.Flavours.Serves(gvk) {
			out = append(out, k.CRD())
		}
	}
	return strings.Join(out, ", ")
}

func (r *report) projects() {
	r.group(r.Projects, ProjectMissing, "AppProject", ", so Argo CD refuses the Applications of the tenant",
		"make it in namespace "+platform.ArgoCDNamespace(r.Platform)+", or leave spec.tenants[].project out: then one is made for each namespace")
}

// group reports things of one kind together: the missing ones, and those that could not be read.
func (r *report) group(readings map[string]Reading, reason, kind, consequence, fix string) {
	if names := having(readings, NotFound); len(names) == 1 {
		r.add(severityError, reason, kind+" "+names[0], " does not exist"+consequence, fix)
	} else if len(names) > 1 {
		r.add(severityError, reason, kind+"s "+strings.Join(names, ", "), " do not exist"+consequence, fix)
	}
	for _, reading := range []Reading{Forbidden, Failed} {
		if names := having(readings, reading); len(names) > 0 {
			r.unread(reading, kind+" "+strings.Join(names, ", "), "", reason)
		}
	}
}

// having names what was read so, in order.
func having(readings map[string]Reading, want Reading) []string {
	var names []string
	for name, reading := range readings {
		if reading == want {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
