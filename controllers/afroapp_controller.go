// Package controllers is the thin shell: it performs effects in order and records what it learned. What should exist is
// decided by internal/expand, what it means by internal/observe.
package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/tools/events"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/gather"
	"github.com/afrotomation/afroapp/internal/observe"
	"github.com/afrotomation/afroapp/internal/platform"
)

// AfroAppReconciler brings each AfroApp's world into line with its spec, and tells how far it is.
type AfroAppReconciler struct {
	Client   client.Client // reads from the caches
	Live     client.Reader // asks the API server
	Kinds    *gather.Kinds
	Applier  *apply.Applier
	Recorder events.EventRecorder
	Clock    func() time.Time
	// PasswordKey is what database passwords are derived from.
	PasswordKey []byte
	// RetryPause of Options.
	RetryPause time.Duration

	pacer      *pacer
	stuck      *stuckApps
	registries *registries
	looks      *looks
	// again asks for another pass after a while, whatever comes of this one.
	again func(ctrl.Request, time.Duration)
}

// Reconcile performs effects in order and records what it learned in facts; what those mean is decided once, by
// observe.Status, when the pass ends.
func (r *AfroAppReconciler) Reconcile(ctx context.Context, req ctrl.Request) (ctrl.Result, error) {
	app := &v1alpha1.AfroApp{}
	if err := r.Client.Get(ctx, req.NamespacedName, app); err != nil {
		if client.IgnoreNotFound(err) != nil {
			return ctrl.Result{}, err
		}
		r.stuck.forget(req.NamespacedName)
		r.pacer.gone(req.NamespacedName)
		r.looks.forget(req.NamespacedName)
		r.registries.prober.Forget(req.String())
		return ctrl.Result{}, r.sweep(ctx, req.NamespacedName)
	}
	app = r.pacer.latest(app)
	p := &pass{app: app, facts: observe.Facts{App: app, Now: r.Clock(), Paused: app.Annotations[v1alpha1.AnnotationPaused] == "true"}}
	if err := r.look(ctx, p); err != nil {
		return ctrl.Result{}, err
	}
	if !app.DeletionTimestamp.IsZero() {
		return r.finalize(ctx, p)
	}

	// Say what should exist.
	r.expand(p)

	// Make it so. An app that is refused changes nothing and prunes nothing.
	var failures error
	switch {
	case p.facts.Plan == nil:
	case p.facts.Paused:
		r.pretend(p)
	default:
		if err := r.ensureFinalizer(ctx, app); err != nil {
			return ctrl.Result{}, err
		}
		failures = errors.Join(r.claim(ctx, p), r.apply(ctx, p), r.prune(ctx, p))
	}

	// Tell, also after a failure: a refused database must not hide a healthy certificate.
	r.mirror(ctx, p)
	failures = errors.Join(failures, r.delivery(ctx, p))
	wake, err := r.report(ctx, p)
	if err = errors.Join(failures, err); err != nil {
		// The backoff of an error may be longer than what others wait for: a grace time, a status that is held back.
		if wake > 0 {
			r.again(req, wake)
		}
		return ctrl.Result{}, err
	}
	return ctrl.Result{RequeueAfter: wake}, nil
}

// pass is what one reconcile carries along.
type pass struct {
	app      *v1alpha1.AfroApp
	input    expand.Input
	owner    apply.Owner
	children map[expand.Key]client.Object
	rows     map[expand.Key]v1alpha1.Child
	facts    observe.Facts
	// unclaimed is why it is not known of a host whose it is; nil: it is known of all.
	unclaimed *observe.Outcome
}

// known is a child as the caches and the ledger have it.
func (p *pass) known(k expand.Key) apply.Known {
	return apply.Known{Live: p.children[k], Row: p.rows[k]}
}

// look reads everything that the pass needs from the caches. It sends no request.
func (r *AfroAppReconciler) look(ctx context.Context, p *pass) error {
	ns, err := r.namespace(ctx, p.app.Namespace)
	if err != nil {
		return err
	}
	owner := expand.Owner(p.app.Namespace, p.app.Name)
	p.owner = apply.Owner{Name: owner, UID: p.app.UID, NamespaceUID: ns.UID}
	if p.children, err = r.Kinds.Owned(ctx, owner); err != nil {
		return err
	}
	p.rows = map[expand.Key]v1alpha1.Child{}
	p.facts.Ledger = slices.Concat(r.pacer.held(p.app), p.app.Status.Children) // what is held back is newer
	for _, row := range slices.Backward(p.facts.Ledger) {
		p.rows[expand.KeyOf(row)] = row
	}
	if p.takesUp() {
		if err := r.confirmNamespace(ctx, p); err != nil {
			return err
		}
	}
	pl, err := platformOf(ctx, r.Client)
	if err != nil {
		return err
	}
	p.input = expand.Input{App: p.app, Namespace: ns, Platform: pl, Flavours: r.Kinds.Flavours(),
		PasswordKey: r.PasswordKey, ServerName: serverNameOf(p.children, expand.Key{Kind: "Cluster", Namespace: p.app.Namespace, Name: p.app.Name + "-db"})}
	return nil
}

// takesUp tells whether there is data of the app's name that this app has not written yet: it was kept from an earlier one.
func (p *pass) takesUp() bool {
	for key, live := range p.children {
		if isData(kindOf(key), live) && p.rows[key].UID != live.GetUID() {
			return true
		}
	}
	return false
}

// confirmNamespace asks the API server whether the namespace is the one that the cache has. Its watch may be behind the one of
// AfroApps, and to an app in a namespace that was made anew the data of the earlier one would be handed over (S4, S7).
func (r *AfroAppReconciler) confirmNamespace(ctx context.Context, p *pass) error {
	ns := metadataOf(corev1Namespace)
	if err := r.Live.Get(ctx, types.NamespacedName{Name: p.app.Namespace}, ns); err != nil {
		return fmt.Errorf("namespace %s: %w", p.app.Namespace, err)
	}
	if ns.UID != p.owner.NamespaceUID {
		return fmt.Errorf("namespace %s was made anew, and the cache has the earlier one", p.app.Namespace)
	}
	return nil
}

func (r *AfroAppReconciler) namespace(ctx context.Context, name string) (platform.Namespace, error) {
	ns := metadataOf(corev1Namespace)
	if err := r.Client.Get(ctx, types.NamespacedName{Name: name}, ns); err != nil {
		return platform.Namespace{}, err
	}
	return platform.Namespace{Name: name, UID: ns.UID, Labels: ns.Labels}, nil
}

// platformOf finds the AfroPlatform; nil when there is none.
func platformOf(ctx context.Context, c client.Reader) (*v1alpha1.AfroPlatform, error) {
	p := &v1alpha1.AfroPlatform{}
	if err := c.Get(ctx, types.NamespacedName{Name: v1alpha1.PlatformName}, p); err != nil {
		return nil, client.IgnoreNotFound(err)
	}
	return p, nil
}

func (r *AfroAppReconciler) expand(p *pass) {
	plan, err := expand.Expand(p.input)
	if err != nil {
		p.facts.Plan = nil
		errors.As(err, &p.facts.Refusals)
		return
	}
	p.facts.Plan = plan
}

// ensureFinalizer is a write of its own, before any effect: without it an app deleted at the wrong moment would leave
// objects in other namespaces behind.
func (r *AfroAppReconciler) ensureFinalizer(ctx context.Context, app *v1alpha1.AfroApp) error {
	if controllerutil.ContainsFinalizer(app, v1alpha1.Finalizer) {
		return nil
	}
	return r.setFinalizer(ctx, app)
}
