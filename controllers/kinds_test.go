package controllers

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/test/crds"
)

// Each kind of a peer may be missing at the start, come while the operator runs, go, and come again. What needs it says so,
// the rest works, and nothing is restarted.
func TestKindsComeAndGo(t *testing.T) {
	for _, k := range foreign.Children {
		if k.Core || k.GroupVersionKind == foreign.AppProject {
			continue // the platform makes it: TestProjectKindComesAndGoes
		}
		t.Run(k.Kind, func(t *testing.T) {
			w := newWorld(t)
			w.removeCRD(k)
			op := startOperator(t)
			w.cleanAtEnd()
			if ofGateway(k) {
				w.apply(gatewayPlatform + routedApp)
			} else {
				w.apply(driftingApp)
			}
			w.missing(k)
			w.restoreCRD(k)
			w.present(k)
			op.quiet(t)
			w.removeCRD(k)
			w.missing(k)
			w.restoreCRD(k)
			w.recovers(k)
		})
	}
}

func ofGateway(k foreign.Kind) bool {
	return k.GroupVersionKind == foreign.HTTPRoute || k.GroupVersionKind == foreign.ListenerSet
}

// appOf is the app of driftingApp or routedApp that has a child of the kind.
func appOf(k foreign.Kind) string {
	if ofGateway(k) {
		return "site"
	}
	switch k.Kind {
	case "DatabaseRole", "Certificate":
		return "shared"
	}
	return "own"
}

func (w *world) missing(k foreign.Kind) {
	w.t.Helper()
	if k.Kind == "ImageUpdater" {
		// The other flavour takes over: annotations, as image-updater 0.x reads them.
		eventually(w.t, func() error {
			for _, i := range w.plan("own").Intents {
				if i.GVK() == foreign.Application {
					live, err := w.get(i.Key())
					if err != nil {
						return err
					}
					if live.GetAnnotations()["argocd-image-updater.argoproj.io/image-list"] == "" {
						return fmt.Errorf("the Application is not annotated")
					}
				}
			}
			return nil
		})
		return
	}
	eventually(w.t, func() error {
		app := w.app(appOf(k))
		if status, reason := condition(app, v1alpha1.ConditionApplied); status != "False" || reason != v1alpha1.ReasonNotInstalled {
			return fmt.Errorf("Applied is %s %s", status, reason)
		}
		for _, i := range w.plan(appOf(k)).Intents {
			if i.GVK() == k.GroupVersionKind {
				continue
			}
			if _, err := w.get(i.Key()); err != nil {
				return fmt.Errorf("held up by the missing kind: %w", err)
			}
		}
		return nil
	})
}

func (w *world) present(k foreign.Kind) {
	w.t.Helper()
	eventually(w.t, func() error {
		for _, i := range w.plan(appOf(k)).Intents {
			if _, err := w.get(i.Key()); err != nil {
				return err
			}
		}
		if status, reason := condition(w.app(appOf(k)), v1alpha1.ConditionApplied); status != "True" {
			return fmt.Errorf("Applied is %s %s", status, reason)
		}
		return nil
	})
}

// recovers is present, but for a Cluster: its data went with the CRD, and a new, empty one is not made in its place.
func (w *world) recovers(k foreign.Kind) {
	w.t.Helper()
	if k.GroupVersionKind != foreign.Cluster {
		w.present(k)
		return
	}
	eventually(w.t, func() error {
		if status, reason := condition(w.app("own"), v1alpha1.ConditionApplied); reason != v1alpha1.ReasonDataMissing {
			return fmt.Errorf("Applied is %s %s", status, reason)
		}
		return nil
	})
}

func (w *world) removeCRD(k foreign.Kind) {
	w.t.Helper()
	crd := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: k.CRD()}}
	w.t.Cleanup(func() { w.restoreCRD(k) })
	must(w.t, client.IgnoreNotFound(admin.Delete(w.ctx, crd)))
	eventually(w.t, func() error {
		w.releaseFinalizers()
		err := admin.Get(w.ctx, client.ObjectKeyFromObject(crd), crd)
		if err == nil {
			return fmt.Errorf("%s is still there", crd.Name)
		}
		return client.IgnoreNotFound(err)
	})
}

func (w *world) restoreCRD(k foreign.Kind) {
	w.t.Helper()
	all, err := crds.Load()
	must(w.t, err)
	for _, crd := range all {
		if crd.Name != k.CRD() {
			continue
		}
		if err := admin.Create(w.ctx, crd); err != nil && !apierrors.IsAlreadyExists(err) {
			w.t.Fatal(err)
		}
	}
	eventually(w.t, func() error {
		crd := &apiextensionsv1.CustomResourceDefinition{}
		if err := admin.Get(w.ctx, types.NamespacedName{Name: k.CRD()}, crd); err != nil {
			return err
		}
		for _, c := range crd.Status.Conditions {
			if c.Type == apiextensionsv1.Established && c.Status == apiextensionsv1.ConditionTrue {
				return nil
			}
		}
		return fmt.Errorf("%s is not established", k.CRD())
	})
	time.Sleep(200 * time.Millisecond) // the API server serves it a moment later
}

const gatewayPlatform = `
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroPlatform
metadata: {name: default}
spec:
  infra: {repoURL: https://github.com/codenificient/infra.git, targetRevision: main}
  registries: [{host: ghcr.io}]
  tenants: [{name: everyone, namespaces: ["*"], hostSuffixes: [afrotomation.com], repositories: [ghcr.io/codenificient]}]
  edge:
    dialect: Gateway
    gateway: {namespace: gateways, name: public}
    tls: {wildcards: [afrotomation.com], clusterIssuer: letsencrypt}
`

// routedApp has on a Gateway a child of every kind that a route needs.
const routedApp = `
---
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: site, namespace: "{{ns}}"}
spec: {image: "ghcr.io/codenificient/site:latest", port: 80, hosts: ["a.b.{{ns}}.afrotomation.com"], tls: {mode: PerHost}}
`

// Without Argo CD's AppProject the platform says so, and apps are applied all the same; it is made when the kind comes, and
// again when the kind was away.
func TestProjectKindComesAndGoes(t *testing.T) {
	w := newWorld(t)
	k, _ := foreign.Of(foreign.AppProject)
	w.removeCRD(k)
	startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	for range 2 {
		w.eventuallyFinds("Error ArgoCDMissing", true)
		w.restoreCRD(k)
		eventually(t, func() error { _, err := w.get(w.project().Key()); return err })
		w.eventuallyFinds("Error ArgoCDMissing", false)
		w.removeCRD(k)
	}
}

// The admin changes the edge from ingress-nginx to the Gateway API: the route is made, and the Ingress goes.
func TestDialectChange(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(routedApp)
	w.settled("site")
	before := w.plan("site")
	op.quiet(t)
	w.apply(gatewayPlatform)
	w.settled("site")
	after := w.plan("site")
	w.onlyLeft(before, func(i expand.Intent) bool { return after.Has(i.Key()) })
	op.quiet(t)
	op.asRendered(t, after)
}

// A kind that cannot be listed when the operator starts holds up no other, and counts again once it can be.
func TestKindThatCannotBeListed(t *testing.T) {
	w := newWorld(t)
	grant := func(roles ...*unstructured.Unstructured) {
		for _, o := range roles {
			must(t, admin.Apply(w.ctx, client.ApplyConfigurationFromUnstructured(o.DeepCopy()), client.FieldOwner("test"), client.ForceOwnership))
		}
	}
	whole, err := fixtures.Objects("../config/rbac/role.yaml")
	must(t, err)
	t.Cleanup(func() { grant(whole...) })
	raw, err := os.ReadFile("../config/rbac/role.yaml")
	must(t, err)
	less, err := fixtures.Decode([]byte(strings.ReplaceAll(string(raw), "  - databaseroles\n", "")))
	must(t, err)
	grant(less...)
	startOperator(t)
	w.cleanAtEnd()
	w.apply(driftingApp)
	k, _ := foreign.Of(foreign.DatabaseRole)
	w.missing(k)
	grant(whole...)
	w.present(k)
}
