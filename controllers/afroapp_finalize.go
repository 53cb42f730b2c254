package controllers

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
)

// finalizePause is how often it is looked whether everything is gone. A look at what is being deleted sends no request.
const finalizePause = 5 * time.Second

// updaterFinalizer is image-updater's own. Nobody takes it off once image-updater is uninstalled.
const updaterFinalizer = "resources-finalizer.argocd-image-updater.argoproj.io"

// updaterPatience is how long a deleted ImageUpdater is left to image-updater.
const updaterPatience = 2 * time.Minute

// finalize takes the app away in order: first what leads traffic to it, then its claims, then what runs it. Data is
// kept unless it was asked for twice. The AfroApp goes last.
func (r *AfroAppReconciler) finalize(ctx context.Context, p *pass) (ctrl.Result, error) {
	if !controllerutil.ContainsFinalizer(p.app, v1alpha1.Finalizer) {
		return ctrl.Result{}, nil
	}
	p.disown()
	if p.facts.Paused {
		_, err := r.report(ctx, p)
		return ctrl.Result{}, err
	}
	steps := []func(context.Context, *pass) error{
		r.removing(foreign.Ingress, foreign.HTTPRoute, foreign.ListenerSet),
		r.removing(foreign.HostClaim),
		r.removing(foreign.ImageUpdater, foreign.Application),
		r.releaseData,
	}
	for _, step := range steps {
		if err := step(ctx, p); err != nil {
			return ctrl.Result{}, err
		}
		if len(p.facts.Leftovers) > 0 {
			wake, err := r.report(ctx, p)
			return ctrl.Result{RequeueAfter: soonest(wake, finalizePause)}, err
		}
	}
	return ctrl.Result{}, r.Applier.Release(ctx, p.app)
}

// disown leaves out what carries the app's name and is not its own, such as what an earlier namespace of this name left: it
// is not touched, and holds nothing up.
func (p *pass) disown() {
	maps.DeleteFunc(p.children, func(key expand.Key, live client.Object) bool { return !p.owner.Owns(key, live) })
}

// removing deletes the app's objects of some kinds, and passes once the API server itself says that none is left.
func (r *AfroAppReconciler) removing(kinds ...schemaGVK) func(context.Context, *pass) error {
	return func(ctx context.Context, p *pass) error {
		for _, gvk := range kinds {
			if err := r.removeKind(ctx, p, gvk); err != nil {
				return err
			}
		}
		return nil
	}
}

func (r *AfroAppReconciler) removeKind(ctx context.Context, p *pass, gvk schemaGVK) error {
	if r.Kinds.Unlisted(gvk) {
		p.facts.Leftovers = append(p.facts.Leftovers, observe.Outcome{Key: expand.Key{Kind: gvk.Kind, Namespace: p.app.Namespace, Name: p.app.Name},
			Lane: laneOf(expand.Key{Kind: gvk.Kind}), Reason: v1alpha1.ReasonApplyFailed,
			Message: "objects of kind " + gvk.Kind + " cannot be listed", Fix: "see the log of the operator for what it may not read"})
		return nil
	}
	if !p.input.Flavours.Serves(gvk) {
		return nil
	}
	waiting := false
	for _, key := range sortedKeys(p.children) {
		if key.Kind != gvk.Kind {
			continue
		}
		waiting = true
		out, err := r.removeOne(ctx, p, key)
		if err != nil {
			return err
		}
		p.facts.Leftovers = append(p.facts.Leftovers, out)
	}
	if waiting {
		return nil
	}
	return r.confirmGone(ctx, p, gvk)
}

func (r *AfroAppReconciler) removeOne(ctx context.Context, p *pass, key expand.Key) (observe.Outcome, error) {
	live := p.children[key]
	if at := live.GetDeletionTimestamp(); key.Kind == foreign.ImageUpdater.Kind && at != nil && p.facts.Now.Sub(at.Time) > updaterPatience {
		if err := r.Applier.DropFinalizer(ctx, p.owner, key, live, updaterFinalizer); err != nil {
			return observe.Outcome{}, err
		}
	}
	if key.Kind == foreign.Application.Kind && p.app.Spec.OnDelete == v1alpha1.WorkloadOrphan && live.GetDeletionTimestamp() == nil &&
		controllerutil.ContainsFinalizer(live, expand.ArgoFinalizer) {
		// The workload stays: Argo CD must not be asked to take it away.
		if err := r.Applier.DropFinalizer(ctx, p.owner, key, live, expand.ArgoFinalizer); err != nil {
			return observe.Outcome{}, err
		}
		return observe.Outcome{Key: key, Lane: v1alpha1.LaneDelivery, Reason: v1alpha1.ReasonDeleting, Message: key.String() + " is being released"}, nil
	}
	out, err := r.Applier.Remove(ctx, p.owner, key, laneOf(key), live)
	if app, ok := live.(*foreign.ArgoApplication); ok && out.Reason == v1alpha1.ReasonDeleting {
		for _, c := range app.Status.Conditions {
			if c.Type == "DeletionError" {
				out.Message, out.Fix = "Argo CD cannot delete the Application: "+c.Message, "restore what it misses, usually its AppProject; it then goes on by itself"
			}
		}
	}
	return out, err
}

// confirmGone asks the API server, because a cache that shows nothing may be behind (S7), and does not show what others took
// our marks off.
func (r *AfroAppReconciler) confirmGone(ctx context.Context, p *pass, gvk schemaGVK) error {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	opts := []client.ListOption{client.MatchingLabels{expand.LabelOwnerUID: string(p.app.UID)}}
	if ns := r.namespaceOfKind(p, gvk); ns != "" {
		opts = append(opts, client.InNamespace(ns))
	}
	if err := r.Live.List(ctx, list, opts...); err != nil {
		if meta.IsNoMatchError(err) {
			return nil
		}
		return fmt.Errorf("confirm that no %s is left: %w", gvk.Kind, err)
	}
	for i := range list.Items {
		o := &list.Items[i]
		key := expand.Key{Kind: gvk.Kind, Namespace: o.Namespace, Name: o.Name}
		if !p.owner.Owns(key, o) {
			continue
		}
		out, err := r.Applier.Remove(ctx, p.owner, key, laneOf(key), o)
		if err != nil {
			return err
		}
		p.facts.Leftovers = append(p.facts.Leftovers, out)
	}
	return nil
}

// namespaceOfKind is empty for claims, and for what was made in the namespace where Argo CD was then.
func (r *AfroAppReconciler) namespaceOfKind(p *pass, gvk schemaGVK) string {
	if gvk == foreign.HostClaim || gvk == foreign.Application || gvk == foreign.ImageUpdater {
		return ""
	}
	return p.app.Namespace
}

// releaseData keeps the data and marks it, or deletes it when both keys were turned.
func (r *AfroAppReconciler) releaseData(ctx context.Context, p *pass) error {
	if db := p.app.Spec.Database; db != nil && db.OnDelete == v1alpha1.DataDelete && p.app.Annotations[v1alpha1.AnnotationConfirmDeleteData] == string(p.app.UID) {
		return r.deleteData(ctx, p)
	}
	var failures error
	for _, key := range sortedKeys(p.children) {
		if live := p.children[key]; isData(kindOf(key), live) {
			failures = errors.Join(failures, r.Applier.Bury(ctx, p.owner, key, live, p.facts.Now))
		}
	}
	return failures
}

// deleteData deletes one thing after the other: a role cannot be dropped while it owns a database, and CloudNativePG reads
// the reclaim policy when the object goes.
func (r *AfroAppReconciler) deleteData(ctx context.Context, p *pass) error {
	if err := r.confirmNamespace(ctx, p); err != nil {
		return err
	}
	for _, gvk := range []schemaGVK{foreign.ScheduledBackup, foreign.Database, foreign.DatabaseRole, foreign.Cluster, foreign.ObjectStore, foreign.Secret} {
		for _, key := range sortedKeys(p.children) {
			live := p.children[key]
			if key.Kind != gvk.Kind || !isData(kindOf(key), live) {
				continue
			}
			out, err := r.Applier.Destroy(ctx, p.owner, key, live)
			if err != nil {
				return err
			}
			p.facts.Leftovers = append(p.facts.Leftovers, out)
		}
		if len(p.facts.Leftovers) > 0 {
			return nil
		}
	}
	return nil
}

// sweep releases what an AfroApp left behind that went without its finalizer: nobody else can reach across namespaces.
// It asks the API server whether the app is really gone, and never touches data.
func (r *AfroAppReconciler) sweep(ctx context.Context, name types.NamespacedName) error {
	owner := expand.Owner(name.Namespace, name.Name)
	children, err := r.Kinds.Owned(ctx, owner)
	if err != nil || len(children) == 0 {
		return err
	}
	err = r.Live.Get(ctx, name, &v1alpha1.AfroApp{})
	if err == nil || client.IgnoreNotFound(err) != nil {
		return err
	}
	var failures error
	for _, key := range sortedKeys(children) {
		live := children[key]
		if isData(kindOf(key), live) || key.Namespace == name.Namespace {
			continue // data is kept; what is in the app's own namespace is collected by the API server
		}
		o := apply.Owner{Name: owner, NamespaceUID: types.UID(live.GetAnnotations()[expand.AnnotationNamespaceUID])}
		_, err := r.Applier.Remove(ctx, o, key, laneOf(key), live)
		failures = errors.Join(failures, err)
	}
	return failures
}

func soonest(a, b time.Duration) time.Duration {
	if a > 0 && a < b {
		return a
	}
	return b
}
