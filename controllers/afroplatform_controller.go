package controllers

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/gather"
	"github.com/afrotomation/afroapp/internal/observe"
	"github.com/afrotomation/afroapp/internal/platform"
	"github.com/afrotomation/afroapp/internal/preflight"
)

// The preflight looks at what it cannot watch: rarely when all is well, more often while something is missing, and not
// again for every app of many that come at once.
const (
	recheck         = time.Hour
	recheckFindings = 5 * time.Minute
	preflightPause  = 20 * time.Second
)

// AfroPlatformReconciler makes what the platform itself needs, and tells what is missing.
type AfroPlatformReconciler struct {
	Client   client.Client
	Live     client.Reader
	Kinds    *gather.Kinds
	Applier  *apply.Applier
	Recorder events.EventRecorder
	Clock    func() time.Time

	seen sighting
	// ledger of the last pass, by the UID of the AfroPlatform: the cache shows its status a moment after it was written.
	ledger map[types.UID][]v1alpha1.Child
}

// sighting is the last preflight's reading. Only one worker reconciles the AfroPlatform.
type sighting struct {
	facts      preflight.Facts
	at         time.Time
	generation int64
	missing    string
}

// +kubebuilder:rbac:groups=platform.afrotomation.com,resources=afroplatforms,verbs=get;list;watch
// +kubebuilder:rbac:groups=platform.afrotomation.com,resources=afroplatforms/status,verbs=patch
// +kubebuilder:rbac:groups=apps,resources=deployments,verbs=get;list
// +kubebuilder:rbac:groups=cert-manager.io,resources=clusterissuers,verbs=get
// +kubebuilder:rbac:groups=networking.k8s.io,resources=ingressclasses,verbs=get
// +kubebuilder:rbac:groups=gateway.networking.k8s.io,resources=gateways,verbs=get

// Reconcile makes the AppProjects of namespaces with apps and the managed shared Cluster, then runs the preflight.
func (r *AfroPlatformReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	p := &v1alpha1.AfroPlatform{}
	if err := r.Client.Get(ctx, req.NamespacedName, p); err != nil {
		return ctrl.Result{}, client.IgnoreNotFound(err)
	}
	if !p.DeletionTimestamp.IsZero() || p.Name != v1alpha1.PlatformName {
		return ctrl.Result{}, nil
	}
	outcomes, failures := r.apply(ctx, p)
	facts, remembered := r.preflight(ctx, p)
	facts.Platform, facts.Now, facts.Outcomes = p, r.Clock(), outcomes
	status := preflight.Status(facts)
	again := recheck
	switch {
	case remembered:
		again = preflightPause // what brought us here may be news
	case len(status.Findings) > 0:
		again = recheckFindings
	}
	return ctrl.Result{RequeueAfter: again}, errors.Join(failures, r.report(ctx, p, status))
}

// preflight reads what is around, or remembers what it read a moment ago when nothing that it depends on has changed.
func (r *AfroPlatformReconciler) preflight(ctx context.Context, p *v1alpha1.AfroPlatform) (facts preflight.Facts, remembered bool) {
	now, missing := r.Clock(), fmt.Sprint(r.Kinds.Flavours().Missing)
	if r.seen.generation == p.Generation && r.seen.missing == missing && now.Sub(r.seen.at) < preflightPause {
		return r.seen.facts, true
	}
	r.seen = sighting{facts: r.Kinds.Preflight(ctx, r.Live, p), at: now, generation: p.Generation, missing: missing}
	return r.seen.facts, false
}

func (r *AfroPlatformReconciler) apply(ctx context.Context, p *v1alpha1.AfroPlatform) ([]observe.Outcome, error) {
	namespaces, err := r.namespacesWithApps(ctx)
	if err != nil {
		return nil, err
	}
	children, err := r.Kinds.Owned(ctx, expand.PlatformOwner)
	if err != nil {
		return nil, err
	}
	in := expand.PlatformInput{Platform: p, Namespaces: namespaces}
	if shared, ok := sharedClusterOf(p); ok {
		in.ServerName = serverNameOf(children, expand.Key{Kind: "Cluster", Namespace: shared.Namespace, Name: shared.Name})
	}
	plan, err := expand.Platform(in)
	if err != nil {
		return nil, nil // the preflight says so
	}
	rows := map[expand.Key]v1alpha1.Child{}
	for _, row := range append(slices.Clone(p.Status.Children), r.ledger[p.UID]...) {
		rows[expand.KeyOf(row)] = row
	}
	owner := apply.Owner{Name: expand.PlatformOwner, UID: p.UID}
	outcomes := []observe.Outcome{} // not nil: what was planned once and is no longer leaves the ledger
	var ledger []v1alpha1.Child
	var failures error
	for _, i := range plan.Intents {
		known := apply.Known{Live: children[i.Key()], Row: rows[i.Key()]}
		out, err := r.applyOne(ctx, p, owner, i, known)
		outcomes, ledger, failures = append(outcomes, out), append(ledger, out.Row), errors.Join(failures, err)
	}
	r.ledger = map[types.UID][]v1alpha1.Child{p.UID: ledger}
	return outcomes, errors.Join(failures, r.prune(ctx, owner, plan, children))
}

func (r *AfroPlatformReconciler) applyOne(ctx context.Context, p *v1alpha1.AfroPlatform, owner apply.Owner, i expand.Intent, known apply.Known) (observe.Outcome, error) {
	if !r.Kinds.Flavours().Serves(i.GVK()) {
		return apply.NotInstalled(i, known.Row), nil
	}
	if out, missing, err := missingData(ctx, r.Live, p, i, known); missing || err != nil {
		return out, err
	}
	return r.Applier.Apply(ctx, owner, i, known)
}

// prune removes AppProjects of namespaces without apps. A project goes after its last Application: Argo CD cannot
// delete an Application whose project is gone.
func (r *AfroPlatformReconciler) prune(ctx context.Context, owner apply.Owner, plan *expand.Plan, children map[expand.Key]client.Object) error {
	var failures error
	for _, key := range sortedKeys(children) {
		if key.Kind != foreign.AppProject.Kind || plan.Has(key) {
			continue
		}
		used, err := r.projectUsed(ctx, key)
		if err != nil || used {
			failures = errors.Join(failures, err)
			continue
		}
		_, err = r.Applier.Remove(ctx, owner, key, v1alpha1.LaneDelivery, children[key])
		failures = errors.Join(failures, err)
	}
	return failures
}

// projectUsed asks the API server: an Application that the cache has not seen would be stuck for ever.
func (r *AfroPlatformReconciler) projectUsed(ctx context.Context, project expand.Key) (bool, error) {
	apps := &foreign.ArgoApplicationList{}
	if err := r.Live.List(ctx, apps, client.InNamespace(project.Namespace)); err != nil {
		return false, err
	}
	return slices.ContainsFunc(apps.Items, func(a foreign.ArgoApplication) bool { return a.Spec.Project == project.Name }), nil
}

func (r *AfroPlatformReconciler) namespacesWithApps(ctx context.Context) ([]platform.Namespace, error) {
	apps := &v1alpha1.AfroAppList{}
	if err := r.Client.List(ctx, apps); err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	var out []platform.Namespace
	for _, a := range apps.Items {
		if seen[a.Namespace] {
			continue
		}
		seen[a.Namespace] = true
		ns := metadataOf(corev1Namespace)
		if err := r.Client.Get(ctx, types.NamespacedName{Name: a.Namespace}, ns); err != nil {
			return nil, err
		}
		out = append(out, platform.Namespace{Name: ns.Name, UID: ns.UID, Labels: ns.Labels})
	}
	slices.SortFunc(out, func(a, b platform.Namespace) int { return cmp.Compare(a.Name, b.Name) })
	return out, nil
}

func (r *AfroPlatformReconciler) report(ctx context.Context, p *v1alpha1.AfroPlatform, status v1alpha1.AfroPlatformStatus) error {
	if preflight.SameStatus(p.Status, status) {
		return nil
	}
	_, err := writeStatus(ctx, r.Client, p, "AfroPlatform", &status)
	return err
}

func (r *AfroPlatformReconciler) setup(mgr ctrl.Manager, o Options) error {
	itself := handler.EnqueueRequestsFromMapFunc(func(context.Context, client.Object) []reconcile.Request { return theOne() })
	return ctrl.NewControllerManagedBy(mgr).Named("afroplatform").
		For(&v1alpha1.AfroPlatform{}, builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, predicate.AnnotationChangedPredicate{}, madeAnew()))).
		WatchesMetadata(namespaceMeta(), itself, builder.WithPredicates(relabelled())).
		Watches(&v1alpha1.AfroApp{}, itself, builder.WithPredicates(predicate.Funcs{UpdateFunc: func(event.UpdateEvent) bool { return false }})).
		WatchesRawSource(childSource{kinds: r.Kinds, subscribe: r.subscribe}).
		WithOptions(o.controller(1)).
		Complete(r)
}

// relabelled namespaces may belong to another tenant. That one came or went is no news: its apps are.
func relabelled() predicate.Predicate {
	return predicate.Funcs{
		CreateFunc: func(event.CreateEvent) bool { return false },
		DeleteFunc: func(event.DeleteEvent) bool { return false },
		UpdateFunc: func(e event.UpdateEvent) bool {
			return predicate.LabelChangedPredicate{}.Update(e) || madeAnew().Update(e)
		},
	}
}

func (r *AfroPlatformReconciler) subscribe(q queue) gather.Subscriber {
	return gather.Subscriber{
		Child: func(k foreign.Kind, obj client.Object, deleted bool) {
			mine := strings.HasPrefix(obj.GetAnnotations()[expand.AnnotationOwner], "AfroPlatform/")
			if mine || k.GroupVersionKind == foreign.Cluster || deleted && k.GroupVersionKind == foreign.Application {
				q.Add(theOne()[0])
			}
		},
		Kinds: func() { q.Add(theOne()[0]) },
	}
}

func theOne() []reconcile.Request { return []reconcile.Request{request("", v1alpha1.PlatformName)} }
