package controllers

import (
	"context"
	"fmt"
	"testing"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/gather"
)

// A facet that is taken out of the spec is taken away. Data is not.
func TestFacetRemoved(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(driftingApp)
	for app, patch := range map[string]string{
		"shared": `{"spec":{"hosts":null,"tls":null,"database":null}}`,
		"own":    `{"spec":{"database":null}}`,
	} {
		w.settled(app)
		before := w.plan(app)
		op.quiet(t)
		must(t, admin.Patch(w.ctx, w.app(app), client.RawPatch(types.MergePatchType, []byte(patch))))
		w.settled(app)
		after := w.plan(app)
		w.onlyLeft(before, func(i expand.Intent) bool { return after.Has(i.Key()) || i.Data() })
		for _, kind := range []string{v1alpha1.ConditionExposed, v1alpha1.ConditionDatabaseReady, v1alpha1.ConditionRecoverable} {
			if status, _ := condition(w.app(app), kind); status != "" {
				t.Errorf("%s: condition %s is %s, and was not asked for", app, kind, status)
			}
		}
	}
}

// A host that is taken out of the spec is released after its route is gone, and another app may have it.
func TestHostRemoved(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(`
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: site, namespace: "{{ns}}"}
spec: {image: "ghcr.io/codenificient/site:latest", port: 80, hosts: [first.afrotomation.com, second.afrotomation.com]}
`)
	w.settled("site")
	op.quiet(t)
	mark := op.mark()
	must(t, admin.Patch(w.ctx, w.app("site"), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"hosts":["first.afrotomation.com"]}}`))))
	claim := expand.Key{Kind: "AfroHostClaim", Name: "second.afrotomation.com"}
	eventually(t, func() error {
		if _, err := w.get(claim); !apierrors.IsNotFound(err) {
			return fmt.Errorf("the claim is still there (%v)", err)
		}
		return nil
	})
	order := []string{}
	for _, s := range op.writes(mark) {
		order = append(order, s.String())
	}
	route, release := -1, -1
	for n, s := range op.writes(mark) {
		if s.body != nil && s.path == "/apis/networking.k8s.io/v1/namespaces/"+w.ns+"/ingresses/site" {
			route = n
		}
		if s.method == "DELETE" {
			release = n
		}
	}
	if route < 0 || release < route {
		t.Errorf("the claim was released before its route was gone: %v", order)
	}
}

// A host is not given back while anything still routes to it: another app could take it, and both would serve it.
func TestHostStaysUntilTheRouteIsGone(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	route, err := w.get(expand.Key{Kind: "Ingress", Namespace: w.ns, Name: "clickrise"})
	must(t, err)
	finalizers := func(list string) {
		must(t, admin.Patch(w.ctx, route, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":`+list+`}}`))))
	}
	finalizers(`["example.com/edge"]`)
	claim := expand.Key{Kind: "AfroHostClaim", Name: w.ns + ".afrotomation.com"}
	must(t, w.merge("clickrise", `{"spec":{"hosts":null}}`))
	eventually(t, func() error {
		live, err := w.get(expand.Key{Kind: "Ingress", Namespace: w.ns, Name: "clickrise"})
		if err == nil && live.GetDeletionTimestamp() == nil {
			err = fmt.Errorf("the route is not being deleted")
		}
		return err
	})
	op.quiet(t)
	if _, err := w.get(claim); err != nil {
		t.Errorf("the host was given back while it is routed: %v", err)
	}
	finalizers("null")
	eventually(t, func() error {
		if _, err := w.get(claim); !apierrors.IsNotFound(err) {
			return fmt.Errorf("the host was not given back (%v)", err)
		}
		return nil
	})
}

// What is refused changes nothing: the children of before stay as they are, and the status says which rule refused.
func TestRefusalChangesNothing(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	before := w.plan("clickrise")
	op.quiet(t)
	mark := op.mark()
	must(t, admin.Patch(w.ctx, w.app("clickrise"), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"image":"ghcr.io/somebody-else/x:latest","hosts":["www.google.example"]}}`))))
	eventually(t, func() error {
		if status, reason := condition(w.app("clickrise"), v1alpha1.ConditionAccepted); status != "False" || reason != v1alpha1.ReasonImageNotPermitted {
			return fmt.Errorf("Accepted is %s %s", status, reason)
		}
		return nil
	})
	op.quiet(t)
	for _, s := range op.writes(mark) {
		if !isAppStatus(s) {
			t.Errorf("a write for a refused app: %s", s)
		}
	}
	for _, i := range before.Intents {
		if _, err := w.get(i.Key()); err != nil {
			t.Errorf("%s: %v", i.Key(), err)
		}
	}
	if rows := w.app("clickrise").Status.Children; len(rows) != len(before.Intents) {
		t.Errorf("the ledger has %d rows, want %d", len(rows), len(before.Intents))
	}
}

// An app whose finalizer was taken off by force leaves nothing behind in other namespaces but its data.
func TestSweep(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	plan := w.plan("clickrise")
	op.quiet(t)
	op.stop()
	app := w.app("clickrise")
	must(t, admin.Patch(w.ctx, app, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`))))
	must(t, client.IgnoreNotFound(admin.Delete(w.ctx, app)))
	startOperator(t)
	for _, i := range plan.Intents {
		eventually(t, func() error {
			w.releaseFinalizers()
			_, err := w.get(i.Key())
			if i.Data() {
				return err
			}
			if err == nil {
				return fmt.Errorf("%s was left behind", i.Key())
			}
			return client.IgnoreNotFound(err)
		})
	}
}

// A cache that does not show an app is no proof that it is gone: nothing is swept before the API server itself says so.
func TestSweepAsksTheAPIServer(t *testing.T) {
	w, op := onboarded(t)
	op.stop()
	stop, r := w.blind()
	must(t, r.sweep(w.ctx, types.NamespacedName{Namespace: w.ns, Name: "clickrise"}))
	for _, i := range w.plan("clickrise").Intents {
		if live, err := w.get(i.Key()); err != nil || live.GetDeletionTimestamp() != nil {
			t.Errorf("%s was swept, and its app is there (%v)", i.Key(), err)
		}
	}
	stop()
	startOperator(t)
	w.cleanAtEnd()
}

// blind is a reconciler whose caches show children and no app; stop ends its manager.
func (w *world) blind() (stop func(), r *AfroAppReconciler) {
	w.t.Helper()
	scheme, err := Scheme()
	must(w.t, err)
	mgr, err := ctrl.NewManager(operatorConfig(w.t), ctrl.Options{Scheme: scheme, Cache: gather.CacheOptions(), Metrics: metricsserver.Options{BindAddress: "0"}})
	must(w.t, err)
	kinds, err := gather.NewKinds(mgr)
	must(w.t, err)
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	must(w.t, kinds.WaitForSync(ctx))
	return func() { cancel(); must(w.t, <-done) },
		&AfroAppReconciler{Live: mgr.GetAPIReader(), Kinds: kinds, Applier: apply.New(mgr.GetClient(), mgr.GetAPIReader(), time.Now)}
}
