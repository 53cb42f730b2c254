package controllers

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/gather"
	"github.com/afrotomation/afroapp/internal/platform"
	"github.com/afrotomation/afroapp/test/actors"
)

// patienceOfTests is long: these machines are shared, and a test that waits fails only when something is wrong.
const patienceOfTests = 60 * time.Second

// inLong is the first value among the tests of `make test-long`, else the second.
func inLong[T any](long, short T) T {
	if os.Getenv("AFROAPP_LONG") == "1" {
		return long
	}
	return short
}

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// eventually tries until it works, and fails with the last reason.
func eventually(t testing.TB, what func() error) {
	t.Helper()
	eventuallyWithin(t, patienceOfTests, what)
}

// eventuallyWithin is eventually with a patience of its own.
func eventuallyWithin(t testing.TB, patience time.Duration, what func() error) {
	t.Helper()
	deadline := time.Now().Add(patience)
	for {
		err := what()
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("not within %s: %v", patience, err)
		}
		time.Sleep(20 * time.Millisecond)
	}
}

func ensureNamespace(ctx context.Context, name string) error {
	err := admin.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// operator is a running operator.
type operator struct {
	*counter
	stop func()
}

var testKey = []byte("0123456789abcdef0123456789abcdef")

// startOperator runs the operator until the test ends or stop is called.
func startOperator(t *testing.T) *operator {
	t.Helper()
	return startOperatorAt(t, nil)
}

// startOperatorAt is startOperator with a clock of the test's.
func startOperatorAt(t *testing.T, clock func() time.Time) *operator {
	t.Helper()
	return startOperatorWith(t, Options{Clock: clock})
}

// startOperatorWith is startOperator with options of the test's.
func startOperatorWith(t *testing.T, o Options) *operator {
	t.Helper()
	cfg := operatorConfig(t)
	c := &counter{}
	cfg.Wrap(func(rt http.RoundTripper) http.RoundTripper { c.next = rt; return c })
	scheme, err := Scheme()
	must(t, err)
	mgr, err := ctrl.NewManager(cfg, ctrl.Options{Scheme: scheme, Cache: gather.CacheOptions(), Metrics: metricsserver.Options{BindAddress: "0"}})
	must(t, err)
	o.PasswordKey, o.SkipNameValidation = testKey, true
	if o.Registry.Transport == nil {
		o.Registry.Transport = actors.Transport(nil)
	}
	must(t, Setup(mgr, o))
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- mgr.Start(ctx) }()
	op := &operator{counter: c}
	op.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-done; err != nil {
			t.Errorf("the operator ended with %v", err)
		}
	})
	t.Cleanup(op.stop)
	select {
	case <-mgr.Elected():
	case err := <-done:
		t.Fatalf("the operator did not start: %v", err)
	}
	return op
}

// world is what a test has: a platform, namespaces of its own, and a clean end.
type world struct {
	t   *testing.T
	ctx context.Context
	ns  string
}

// newWorld applies the default platform and makes a namespace. When the test ends, its apps are deleted while its operator
// runs, so that no test sees the children of another.
func newWorld(t *testing.T) *world {
	t.Helper()
	ns := strings.ToLower(strings.NewReplacer("/", "-", "_", "-").Replace(t.Name()))
	ns = strings.TrimPrefix(ns, "test")
	if len(ns) > 50 {
		ns = strings.Trim(ns[:50], "-")
	}
	w := &world{t: t, ctx: context.Background(), ns: ns}
	must(t, ensureNamespace(w.ctx, ns))
	// A platform of another test is not edited into this one: what its owner applied before would count.
	must(t, client.IgnoreNotFound(admin.Delete(w.ctx, &v1alpha1.AfroPlatform{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.PlatformName}})))
	w.apply(platformYAML)
	return w
}

// onboarded is a world with an operator that has nothing left to do for the minimal app.
func onboarded(t *testing.T) (*world, *operator) {
	t.Helper()
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	op.quiet(t)
	return w, op
}

// cleanAtEnd has to be called after the operator was started: cleanups run last first.
func (w *world) cleanAtEnd() {
	w.t.Cleanup(func() {
		apps := &v1alpha1.AfroAppList{}
		must(w.t, admin.List(w.ctx, apps))
		for i := range apps.Items {
			_ = admin.Patch(w.ctx, &apps.Items[i], client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"`+v1alpha1.AnnotationPaused+`":null}}}`)))
			_ = admin.Delete(w.ctx, &apps.Items[i])
		}
		eventuallyWithin(w.t, 3*patienceOfTests, func() error { // a fleet takes its time
			must(w.t, admin.List(w.ctx, apps))
			w.releaseFinalizers()
			if len(apps.Items) > 0 {
				return fmt.Errorf("%d AfroApps are still there, the first is %s: %+v", len(apps.Items), apps.Items[0].Name, apps.Items[0].Status.StuckAt)
			}
			return nil
		})
		w.wipe()
	})
}

// releaseFinalizers plays Argo CD and image-updater where no actor does: what is deleted may go.
func (w *world) releaseFinalizers() {
	for _, gvk := range []schemaGVK{foreign.Application, foreign.ImageUpdater} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		if admin.List(w.ctx, list) != nil {
			continue
		}
		for i := range list.Items {
			if o := &list.Items[i]; o.GetDeletionTimestamp() != nil {
				_ = admin.Patch(w.ctx, o, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))
			}
		}
	}
}

// wipe removes what the operator keeps on purpose, so that the next test begins without it.
func (w *world) wipe() {
	for _, k := range foreign.Children {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(k.GroupVersion().WithKind(k.Kind + "List"))
		if admin.List(w.ctx, list, client.MatchingLabels{expand.LabelManagedBy: expand.ManagedBy}) != nil {
			continue
		}
		for i := range list.Items {
			// Peers that no longer play do not take their finalizers off.
			_ = admin.Patch(w.ctx, &list.Items[i], client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))
			_ = client.IgnoreNotFound(admin.Delete(w.ctx, &list.Items[i]))
		}
	}
}

// apply applies documents as a person with kubectl would; {{ns}} stands for the namespace of the test.
func (w *world) apply(docs string) {
	w.t.Helper()
	must(w.t, w.tryApply(docs))
}

func (w *world) tryApply(docs string) error {
	objs, err := fixtures.Decode([]byte(strings.ReplaceAll(docs, "{{ns}}", w.ns)))
	if err != nil {
		return err
	}
	for _, o := range objs {
		if err := admin.Apply(w.ctx, client.ApplyConfigurationFromUnstructured(o), client.FieldOwner("kubectl"), client.ForceOwnership); err != nil {
			return err
		}
	}
	return nil
}

// app reads an AfroApp of the test's namespace.
func (w *world) app(name string) *v1alpha1.AfroApp {
	w.t.Helper()
	a := &v1alpha1.AfroApp{}
	must(w.t, admin.Get(w.ctx, types.NamespacedName{Namespace: w.ns, Name: name}, a))
	return a
}

// get reads an object as it is.
func (w *world) get(k expand.Key) (*unstructured.Unstructured, error) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(kindOf(k).GroupVersionKind)
	return u, admin.Get(w.ctx, types.NamespacedName{Namespace: k.Namespace, Name: k.Name}, u)
}

// plan is what the app should become, by the very call of `afroctl render`.
func (w *world) plan(name string) *expand.Plan {
	w.t.Helper()
	app := w.app(name)
	ns := &corev1.Namespace{}
	must(w.t, admin.Get(w.ctx, types.NamespacedName{Name: w.ns}, ns))
	p, err := platformOf(w.ctx, admin)
	must(w.t, err)
	plan, err := expand.Expand(expand.Input{App: app, Platform: p, PasswordKey: testKey,
		Namespace: platformNamespace(ns)})
	must(w.t, err)
	return plan
}

// settled waits until every planned child is there and the status speaks of the current spec.
func (w *world) settled(name string) {
	w.t.Helper()
	eventually(w.t, func() error {
		app := w.app(name)
		if app.Status.ObservedGeneration != app.Generation {
			return fmt.Errorf("status speaks of generation %d, not %d", app.Status.ObservedGeneration, app.Generation)
		}
		for _, i := range w.plan(name).Intents {
			if _, err := w.get(i.Key()); err != nil {
				return err
			}
		}
		return nil
	})
}

// quiet waits until the operator has sent nothing for a while.
func (o *operator) quiet(t *testing.T) {
	t.Helper()
	last, since := o.mark(), time.Now()
	deadline := time.Now().Add(patienceOfTests)
	for time.Since(since) < 600*time.Millisecond {
		if now := o.mark(); now != last {
			last, since = now, time.Now()
		}
		if time.Now().After(deadline) {
			t.Fatalf("the operator does not come to rest: %v", o.since(max(0, last-10)))
		}
		time.Sleep(20 * time.Millisecond)
	}
}

// condition is the status of a condition, with its reason; empty when it is absent.
func condition(app *v1alpha1.AfroApp, kind string) (status, reason string) {
	for _, c := range app.Status.Conditions {
		if c.Type == kind {
			return string(c.Status), c.Reason
		}
	}
	return "", ""
}

const platformYAML = `
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroPlatform
metadata: {name: default}
spec:
  infra: {repoURL: https://github.com/codenificient/infra.git, targetRevision: main}
  registries: [{host: ghcr.io}]
  tenants:
  - name: everyone
    namespaces: ["*"]
    hostSuffixes: [afrotomation.com]
    hosts: [custom.example]
    repositories: [ghcr.io/codenificient]
    sourceRevisions: [live]
  edge:
    dialect: IngressNginx
    tls: {wildcards: [afrotomation.com], clusterIssuer: letsencrypt}
    tailnet: {domain: tail1a2b.ts.net}
  database:
    shared: {namespace: databases, name: pg}
    dedicated: {}
  backup:
    b2: {bucket: afrotomation-backups, region: eu-central-003, secretName: b2-key}
`

const minimalApp = `
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: clickrise, namespace: "{{ns}}"}
spec:
  image: ghcr.io/codenificient/clickrise:latest
  port: 3000
  hosts: ["{{ns}}.afrotomation.com"]
  database: {}
`

func platformNamespace(ns *corev1.Namespace) platform.Namespace {
	return platform.Namespace{Name: ns.Name, UID: ns.UID, Labels: ns.Labels}
}

// touchesPlatform tells requests of the platform controller, which makes projects, from those for an app.
func touchesPlatform(s sent) bool {
	return strings.Contains(s.path, "/afroplatforms") || strings.Contains(s.path, "/appprojects")
}

// held compares a live object with an intent; the caches keep Secrets hashed, the API server does not.
func held(i expand.Intent, live *unstructured.Unstructured) bool {
	if i.GVK() != foreign.Secret {
		return apply.Held(i, live)
	}
	s := &corev1.Secret{}
	if runtime.DefaultUnstructuredConverter.FromUnstructured(live.Object, s) != nil {
		return false
	}
	apply.HashSecret(s)
	return apply.Held(i, s)
}

func isAppStatus(s sent) bool {
	return strings.HasSuffix(s.path, "/status") && strings.Contains(s.path, "/afroapps/")
}

// grantDataDeletion turns the second lock for the rest of the test.
func (w *world) grantDataDeletion() {
	w.t.Helper()
	objs, err := fixtures.Objects("../config/data-deletion/role.yaml", "../config/data-deletion/role_binding.yaml")
	must(w.t, err)
	for _, o := range objs {
		must(w.t, admin.Apply(w.ctx, client.ApplyConfigurationFromUnstructured(o), client.FieldOwner("test"), client.ForceOwnership))
		w.t.Cleanup(func() { _ = admin.Delete(w.ctx, o) })
	}
}

func (w *world) dropPlatform() {
	w.t.Helper()
	p := &v1alpha1.AfroPlatform{ObjectMeta: metav1.ObjectMeta{Name: v1alpha1.PlatformName}}
	must(w.t, client.IgnoreNotFound(admin.Delete(w.ctx, p)))
}

// dropPlatformAtEnd leaves nothing of a test's own AfroPlatform to the next test. It has to be called before the operator
// is started: cleanups run last first.
func (w *world) dropPlatformAtEnd() { w.t.Cleanup(w.dropPlatform) }

// onlyLeft waits until what is kept of a plan is there, and nothing else of it.
func (w *world) onlyLeft(plan *expand.Plan, kept func(expand.Intent) bool) {
	w.t.Helper()
	eventually(w.t, func() error {
		for _, i := range plan.Intents {
			_, err := w.get(i.Key())
			switch {
			case kept(i) && err != nil:
				return err
			case !kept(i) && err == nil:
				return fmt.Errorf("%s is still there", i.Key())
			case !kept(i) && !apierrors.IsNotFound(err):
				return err
			}
		}
		return nil
	})
}
