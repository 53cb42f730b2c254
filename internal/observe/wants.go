package observe

import (
	"slices"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/image"
	"github.com/afrotomation/afroapp/internal/platform"
)

// lens is the facts of a pass, seen by what the app asks for.
type lens struct {
	Facts
	wants
	// live are the images of the app's repository that the pods name, in the words of Argo CD.
	live []image.Reference
	// proof is what the pods run, against what the registry serves.
	proof proof
}

func look(f Facts) lens {
	w := wantsOf(f)
	l := lens{Facts: f, wants: w, live: live(f.Children.Application, w.tracked.Name())}
	l.proof = l.prove()
	if len(l.live) == 0 && l.idle() {
		l.live = l.templates()
	}
	return l
}

// wants is what the app asks for: the lanes and hops that it has.
type wants struct {
	// planned: there is a plan. Without one, what is asked for is read from the spec and from what is there.
	planned  bool
	tracked  image.Reference
	update   platform.Update
	tagKey   string // value of the chart that holds the tag; empty for a kustomization, or unknown
	follows  bool   // image-updater follows the image
	reports  bool   // by an ImageUpdater, which has a status
	noPods   bool   // zero replicas are asked for
	edge     *edgeWants
	data     *dataWants
	argocdNS string
}

type edgeWants struct {
	tls     v1alpha1.TLSMode
	tailnet bool
	routed  bool // a route is planned: not all hosts are lost
	gateway bool
	class   string
}

type dataWants struct {
	mode               v1alpha1.DatabaseMode
	namespace, cluster string
	role, declared     bool // a DatabaseRole, a Database
	backup             bool
}

func wantsOf(f Facts) wants {
	if f.Plan == nil || f.Plan.Effective == nil {
		return remembered(f)
	}
	e := f.Plan.Effective
	w := wants{planned: true, tracked: e.Delivery.Image, update: e.Delivery.Update, argocdNS: e.Delivery.ArgoCDNamespace}
	w.follows = w.update.Policy != v1alpha1.ImagePolicyPinned
	w.reports = w.follows && w.update.Flavour == v1alpha1.UpdaterCRD
	w.noPods = e.Delivery.Workload.Replicas != nil && *e.Delivery.Workload.Replicas == 0
	if e.Delivery.Source.Type != platform.SourceKustomize {
		w.tagKey = e.Delivery.Source.ImageTagKey
	}
	w.edge, w.data = edgeOf(f.Plan, e.Edge), dataOf(f.Plan, e.Database)
	return w
}

func edgeOf(p *expand.Plan, e *platform.Edge) *edgeWants {
	if e == nil {
		return nil
	}
	route, ingress := has(p, foreign.HTTPRoute.Kind), has(p, foreign.Ingress.Kind)
	return &edgeWants{tls: e.TLS, tailnet: e.Tailnet, routed: route || ingress, gateway: route, class: e.ClassName}
}

func dataOf(p *expand.Plan, d *platform.Database) *dataWants {
	if d == nil {
		return nil
	}
	return &dataWants{mode: d.Mode, namespace: d.Namespace, cluster: d.Cluster, backup: d.Backup != nil,
		role: has(p, foreign.DatabaseRole.Kind), declared: has(p, foreign.Database.Kind)}
}

// remembered is what the spec says and what is there, for an app whose spec is not accepted: what was applied before
// stays, and is still looked at.
func remembered(f Facts) wants {
	spec, c, was := &f.App.Spec, f.Children, f.App.Status.Hops
	ref, _ := image.Parse(spec.Image) // refused if it is none
	w := wants{tracked: ref, reports: c.ImageUpdater != nil}
	w.follows = w.reports || hopOf(was, v1alpha1.LaneDelivery, v1alpha1.HopUpdater) != nil
	w.update.Policy = v1alpha1.ImagePolicyPinned
	if w.follows {
		w.update.Policy = v1alpha1.ImagePolicyRolling
	}
	if iu := spec.ImageUpdate; iu != nil && w.follows {
		w.update.Paused = iu.Paused
		if iu.Range != "" {
			w.update.Policy = v1alpha1.ImagePolicySemver
		}
	}
	w.edge, w.data = rememberedEdge(f), rememberedData(f)
	return w
}

func rememberedEdge(f Facts) *edgeWants {
	c := f.Children
	if len(f.App.Spec.Hosts) == 0 && c.Ingress == nil && c.HTTPRoute == nil {
		return nil
	}
	e := &edgeWants{tls: v1alpha1.TLSOff, routed: true, gateway: c.HTTPRoute != nil}
	if c.Certificate != nil {
		e.tls = v1alpha1.TLSPerHost
	}
	return e
}

func rememberedData(f Facts) *dataWants {
	db, c := f.App.Spec.Database, f.Children
	if db == nil {
		return nil
	}
	d := &dataWants{mode: v1alpha1.DatabaseShared, role: c.DatabaseRole != nil, declared: c.Database != nil}
	if db.Mode == v1alpha1.DatabaseDedicated {
		d.mode = db.Mode
	}
	d.backup = c.ObjectStore != nil || hopOf(f.App.Status.Hops, v1alpha1.LaneData, v1alpha1.HopWAL) != nil
	return d
}

func has(p *expand.Plan, kind string) bool { return find(p, kind) != nil }

// find returns the first intent of a kind.
func find(p *expand.Plan, kind string) *expand.Intent {
	i := slices.IndexFunc(p.Intents, func(i expand.Intent) bool { return i.Object.GetKind() == kind })
	if i < 0 {
		return nil
	}
	return &p.Intents[i]
}

// refused tells whether the spec itself is what has to be mended.
func (l lens) refused() bool { return len(l.Refusals) > 0 }

func (l lens) deleting() bool { return !l.App.DeletionTimestamp.IsZero() }

// absent is the verdict on a hop whose object is not seen. What was refused is not waited for.
func (l lens) absent(what, reason, fix string) verdict {
	if !l.planned {
		return unknown("no "+what+" is there, and none is made while the spec is not accepted", "mend the spec first: see hop Spec")
	}
	seen := " is not there yet"
	if l.Unseen[what] {
		seen = " was just written, and nobody has answered yet"
	}
	return waits(v1alpha1.ReasonNotYetReported, "the "+what+seen).
		orElse(applyGrace, reason, "the "+what+" is planned, and is not there", fix)
}
