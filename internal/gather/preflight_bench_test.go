package gather_test

import (
	"context"
	"os"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"github.com/google/go-cmp/cmp"
	authorizationv1 "k8s.io/api/authorization/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/gather"
	"github.com/afrotomation/afroapp/internal/preflight"
	"github.com/afrotomation/afroapp/test/controlplane"
	"github.com/afrotomation/afroapp/test/crds"
)

// bench is a control plane with the peers' CRDs.
type bench struct {
	cp     *controlplane.ControlPlane
	scheme *runtime.Scheme
	admin  client.Client
	kinds  *gather.Kinds
}

func newBench(t *testing.T) *bench {
	t.Helper()
	peers, err := crds.Load()
	must(t, err)
	cp, err := controlplane.Start(t.Context(), controlplane.Options{CRDs: peers, CRDPaths: []string{"../../config/crd/bases"}})
	must(t, err)
	t.Cleanup(func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	})
	b := &bench{cp: cp, scheme: runtime.NewScheme()}
	must(t, foreign.AddToScheme(b.scheme))
	must(t, apiextensionsv1.AddToScheme(b.scheme))
	must(t, rbacv1.AddToScheme(b.scheme))
	must(t, authorizationv1.AddToScheme(b.scheme))
	b.admin = b.client(t, cp.Config())
	b.watch(t)
	return b
}

func (b *bench) client(t *testing.T, cfg *rest.Config) client.Client {
	t.Helper()
	c, err := client.New(cfg, client.Options{Scheme: b.scheme})
	must(t, err)
	return c
}

// watch starts the informers, which know what is served.
func (b *bench) watch(t *testing.T) {
	t.Helper()
	mgr, err := ctrl.NewManager(b.cp.Config(), ctrl.Options{Scheme: b.scheme, Cache: gather.CacheOptions(), Logger: logr.Discard(),
		Metrics: metricsserver.Options{BindAddress: "0"}})
	must(t, err)
	b.kinds, err = gather.NewKinds(mgr)
	must(t, err)
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- mgr.Start(ctx) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	synced, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	must(t, b.kinds.WaitForSync(synced))
}

// make creates the objects of a file, with their status.
func (b *bench) make(t *testing.T, path string) {
	t.Helper()
	objs, err := fixtures.Objects(path)
	must(t, err)
	for _, o := range objs {
		status, has := o.Object["status"]
		must(t, b.admin.Create(t.Context(), o))
		if has {
			o.Object["status"] = status
			must(t, b.admin.Status().Update(t.Context(), o))
		}
	}
}

// look runs a preflight, counts its requests and judges it.
func (b *bench) look(t *testing.T, live client.Reader, p *v1alpha1.AfroPlatform) (preflight.Facts, v1alpha1.AfroPlatformStatus, *counting) {
	t.Helper()
	before := p.DeepCopy()
	counter := &counting{Reader: live}
	f := b.kinds.Preflight(t.Context(), counter, p)
	if d := cmp.Diff(before, p); d != "" {
		t.Errorf("the AfroPlatform was changed\n%s", d)
	}
	f.Now = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)
	return f, preflight.Status(f), counter
}

func (b *bench) user(t *testing.T, name string) client.Client {
	t.Helper()
	cfg, _, err := b.cp.User(name)
	must(t, err)
	return b.client(t, cfg)
}

// counting counts requests. It can also fail all of them.
type counting struct {
	client.Reader
	requests int
	err      error
}

func (c *counting) Get(ctx context.Context, key client.ObjectKey, obj client.Object, opts ...client.GetOption) error {
	if c.requests++; c.err != nil {
		return c.err
	}
	return c.Reader.Get(ctx, key, obj, opts...)
}

func (c *counting) List(ctx context.Context, list client.ObjectList, opts ...client.ListOption) error {
	if c.requests++; c.err != nil {
		return c.err
	}
	return c.Reader.List(ctx, list, opts...)
}

func platformIn(t *testing.T, path string) *v1alpha1.AfroPlatform {
	t.Helper()
	raw, err := os.ReadFile(path)
	must(t, err)
	p := &v1alpha1.AfroPlatform{}
	must(t, yaml.UnmarshalStrict(raw, p))
	p.Generation = 1
	return p
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// told is "severity reason", of each finding.
func told(s v1alpha1.AfroPlatformStatus) (out []string) {
	for _, f := range s.Findings {
		out = append(out, f.Severity+" "+f.Reason)
	}
	return out
}

func wantTold(t *testing.T, s v1alpha1.AfroPlatformStatus, want ...string) {
	t.Helper()
	if d := cmp.Diff(want, told(s)); d != "" {
		t.Errorf("findings (-want +got)\n%s", d)
		for _, f := range s.Findings {
			t.Logf("%s %s: %s", f.Severity, f.Reason, f.Message)
		}
	}
}

func wantReady(t *testing.T, s v1alpha1.AfroPlatformStatus, want metav1.ConditionStatus) {
	t.Helper()
	if got := s.Conditions[0]; got.Type != v1alpha1.ConditionReady || got.Status != want {
		t.Errorf("%s is %s, want Ready %s: %s", got.Type, got.Status, want, got.Message)
	}
}

// grant makes a Role, or with an empty namespace a ClusterRole, for a user, and waits until the authorizer has seen it.
func (b *bench) grant(t *testing.T, user, namespace string, rules ...rbacv1.PolicyRule) {
	t.Helper()
	meta := metav1.ObjectMeta{Name: user, Namespace: namespace}
	subjects := []rbacv1.Subject{{Kind: rbacv1.UserKind, APIGroup: rbacv1.GroupName, Name: user}}
	ref := rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "ClusterRole", Name: user}
	if namespace == "" {
		must(t, b.admin.Create(t.Context(), &rbacv1.ClusterRole{ObjectMeta: meta, Rules: rules}))
		must(t, b.admin.Create(t.Context(), &rbacv1.ClusterRoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: ref}))
	} else {
		ref.Kind = "Role"
		must(t, b.admin.Create(t.Context(), &rbacv1.Role{ObjectMeta: meta, Rules: rules}))
		must(t, b.admin.Create(t.Context(), &rbacv1.RoleBinding{ObjectMeta: meta, Subjects: subjects, RoleRef: ref}))
	}
	b.awaitRight(t, b.user(t, user), namespace, rules[0])
}

func (b *bench) awaitRight(t *testing.T, c client.Client, namespace string, rule rbacv1.PolicyRule) {
	t.Helper()
	for range 200 {
		review := &authorizationv1.SelfSubjectAccessReview{Spec: authorizationv1.SelfSubjectAccessReviewSpec{
			ResourceAttributes: &authorizationv1.ResourceAttributes{Namespace: namespace, Verb: rule.Verbs[0], Group: rule.APIGroups[0], Resource: rule.Resources[0]}}}
		must(t, c.Create(t.Context(), review))
		if review.Status.Allowed {
			return
		}
		time.Sleep(50 * time.Millisecond)
	}
	t.Fatalf("the right to %s %s never came", rule.Verbs[0], rule.Resources[0])
}

func named(apiVersion, kind, namespace, name string) *unstructured.Unstructured {
	u := &unstructured.Unstructured{}
	u.SetAPIVersion(apiVersion)
	u.SetKind(kind)
	u.SetNamespace(namespace)
	u.SetName(name)
	return u
}

// patch is a merge patch: lists are replaced.
func (b *bench) patch(t *testing.T, apiVersion, kind, namespace, name, patch string) {
	t.Helper()
	must(t, b.admin.Patch(t.Context(), named(apiVersion, kind, namespace, name), client.RawPatch(types.MergePatchType, []byte(patch))))
}

func (b *bench) patchStatus(t *testing.T, apiVersion, kind, namespace, name, patch string) {
	t.Helper()
	must(t, b.admin.Status().Patch(t.Context(), named(apiVersion, kind, namespace, name), client.RawPatch(types.MergePatchType, []byte(patch))))
}
