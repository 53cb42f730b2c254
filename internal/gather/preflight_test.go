package gather_test

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	rbacv1 "k8s.io/api/rbac/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/preflight"
)

// TestPreflight reads a real API server with the real CRDs of the peers. The steps build on each other: nothing is
// installed, all is, something else is; each is also read by somebody who may not.
func TestPreflight(t *testing.T) {
	b := newBench(t)
	p := platformIn(t, "testdata/preflight/platform.yaml")
	t.Run("nothing is there", func(t *testing.T) { b.nothing(t, p) })
	t.Run("all is there", func(t *testing.T) {
		b.make(t, "testdata/preflight/installed.yaml")
		b.installed(t, p)
	})
	t.Run("who may not read", func(t *testing.T) { b.forbidden(t, p) })
	t.Run("who may read Argo CD's namespace only", func(t *testing.T) { b.ownNamespace(t, p) })
	t.Run("the rights that are asked for", func(t *testing.T) { b.rights(t, p) })
	t.Run("no answer", func(t *testing.T) { b.noAnswer(t, p) })
	t.Run("things go", func(t *testing.T) { b.gone(t, p) })
	t.Run("elsewhere", func(t *testing.T) {
		b.make(t, "testdata/preflight/elsewhere.yaml")
		b.elsewhere(t)
	})
	t.Run("an invalid spec", func(t *testing.T) { b.invalid(t, p) })
	t.Run("a small spec", func(t *testing.T) { b.small(t) })
	t.Run("the API server takes every golden status", func(t *testing.T) { b.goldens(t, p) })
}

func (b *bench) nothing(t *testing.T, p *v1alpha1.AfroPlatform) {
	_, s, n := b.look(t, b.admin, p)
	wantTold(t, s, "Error GitCredentialsMissing", "Error IngressClassMissing", "Error IngressClassMissing", "Error IssuerNotReady",
		"Error ProjectMissing", "Error PullSecretMissing", "Error SharedClusterMissing", "Warning ArgoCDMissing", "Warning B2SecretMissing",
		"Warning BarmanCloudMissing", "Warning CNPGMissing", "Warning UpdaterMissing")
	wantReady(t, s, metav1.ConditionFalse)
	if n.requests > 22+2 {
		t.Errorf("%d requests, at most 22 and one each for an AppProject and a pull Secret are promised", n.requests)
	}
}

func (b *bench) installed(t *testing.T, p *v1alpha1.AfroPlatform) {
	f, s, n := b.look(t, b.admin, p)
	wantTold(t, s)
	wantReady(t, s, metav1.ConditionTrue)
	want := []v1alpha1.Peer{
		{Name: preflight.PeerArgoCD, Installed: true, Version: "3.5.7"},
		{Name: preflight.PeerImageUpdater, Installed: true, Version: "1.3.0", Flavour: "CRD"},
		{Name: preflight.PeerCertManager, Installed: true}, // its bare CRDs carry no version
		{Name: preflight.PeerGatewayAPI, Installed: true},  // not asked for
		{Name: preflight.PeerCNPG, Installed: true, Version: "1.30.0"},
		{Name: preflight.PeerBarmanCloud, Installed: true, Version: "0.14.0"},
	}
	if d := cmp.Diff(want, s.Peers); d != "" {
		t.Errorf("peers (-want +got)\n%s", d)
	}
	env := []preflight.Variable{
		{Name: "GIT_COMMIT_USER", Value: "updater", Reading: preflight.Found},
		{Name: "IMAGE_UPDATER_WATCH_NAMESPACES", Value: "argocd,team", Reading: preflight.Found},
	}
	if d := cmp.Diff(env, f.Updater.Items[0].Env); d != "" {
		t.Errorf("environment (-want +got)\n%s", d)
	}
	if !f.UpdaterCRD.Reports || f.UpdaterCRD.Namespace != "" || !f.SharedCluster.Archiver || f.SharedCluster.Created.IsZero() {
		t.Errorf("CRD %+v, Cluster %+v", f.UpdaterCRD, f.SharedCluster)
	}
	if n.requests != 12+2 {
		t.Errorf("%d requests; 12 and one each for an AppProject and a pull Secret are promised", n.requests)
	}
}

// forbidden: nothing that could not be read is an Error.
func (b *bench) forbidden(t *testing.T, p *v1alpha1.AfroPlatform) {
	_, s, n := b.look(t, b.user(t, "nobody"), p)
	wantTold(t, s, "Unknown ArgoCDMissing", "Unknown B2SecretMissing", "Unknown BarmanCloudMissing", "Unknown CNPGMissing",
		"Unknown GitCredentialsMissing", "Unknown IngressClassMissing", "Unknown IngressClassMissing", "Unknown IssuerNotReady",
		"Unknown ProjectMissing", "Unknown PullSecretMissing", "Unknown SharedClusterMissing", "Unknown UpdaterMissing", "Unknown UpdaterUnsupported")
	if n.requests > 22+2 {
		t.Errorf("%d requests", n.requests)
	}
	for _, f := range s.Findings {
		if !strings.Contains(f.Message, "has not the right") {
			t.Errorf("%s: %s", f.Reason, f.Message)
		}
	}
}

// ownNamespace: who may list Deployments beside Argo CD only still finds image-updater there.
func (b *bench) ownNamespace(t *testing.T, p *v1alpha1.AfroPlatform) {
	b.grant(t, "tenant", "argocd",
		rbacv1.PolicyRule{APIGroups: []string{"apps"}, Resources: []string{"deployments", "statefulsets"}, Verbs: []string{"list"}},
		rbacv1.PolicyRule{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get"}})
	f, _, _ := b.look(t, b.user(t, "tenant"), p)
	if f.Updater.Reading != preflight.Found || len(f.Updater.Items) != 1 || len(f.Updater.Items[0].Env) != 2 {
		t.Errorf("image-updater: %+v", f.Updater)
	}
	if f.ArgoCD.Reading != preflight.Found || f.CNPG.Reading != preflight.Forbidden {
		t.Errorf("Argo CD: %s, CloudNativePG: %s", f.ArgoCD.Reading, f.CNPG.Reading)
	}
}

// preflightRules are what the operator needs for the preflight: with all of them each read is answered, without any one of
// them some is not.
var preflightRules = []rbacv1.PolicyRule{
	{APIGroups: []string{""}, Resources: []string{"secrets"}, Verbs: []string{"list"}},
	{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"get"}},
	{APIGroups: []string{"apps"}, Resources: []string{"deployments"}, Verbs: []string{"get", "list"}},
	{APIGroups: []string{"apps"}, Resources: []string{"statefulsets"}, Verbs: []string{"get", "list"}},
	{APIGroups: []string{"apiextensions.k8s.io"}, Resources: []string{"customresourcedefinitions"}, Verbs: []string{"get"}},
	{APIGroups: []string{"argoproj.io"}, Resources: []string{"appprojects"}, Verbs: []string{"get"}},
	{APIGroups: []string{"argocd-image-updater.argoproj.io"}, Resources: []string{"imageupdaters"}, Verbs: []string{"list"}},
	{APIGroups: []string{"cert-manager.io"}, Resources: []string{"clusterissuers"}, Verbs: []string{"get"}},
	{APIGroups: []string{"networking.k8s.io"}, Resources: []string{"ingressclasses"}, Verbs: []string{"get"}},
	{APIGroups: []string{"gateway.networking.k8s.io"}, Resources: []string{"gateways"}, Verbs: []string{"get"}},
	{APIGroups: []string{"postgresql.cnpg.io"}, Resources: []string{"clusters"}, Verbs: []string{"get"}},
}

func (b *bench) rights(t *testing.T, p *v1alpha1.AfroPlatform) {
	b.grant(t, "operator", "", preflightRules...)
	for _, f := range b.unread(t, "operator", p) {
		t.Errorf("with every rule: %s: %s", f.Reason, f.Message)
	}
	for i, rule := range preflightRules {
		user := fmt.Sprintf("operator-%d", i)
		b.grant(t, user, "", slices.Delete(slices.Clone(preflightRules), i, i+1)...)
		if len(b.unread(t, user, p)) == 0 {
			t.Errorf("nobody misses %s of %s", rule.Verbs, rule.Resources)
		}
	}
}

// unread are the findings of a user about what could not be read, with specs that together ask for everything.
func (b *bench) unread(t *testing.T, user string, p *v1alpha1.AfroPlatform) (out []v1alpha1.Finding) {
	t.Helper()
	live := b.user(t, user)
	for _, change := range []func(*v1alpha1.AfroPlatform){
		func(*v1alpha1.AfroPlatform) {}, annotations, gatewayDialect,
		func(p *v1alpha1.AfroPlatform) { p.Spec.ArgoCD = &v1alpha1.ArgoCD{Namespace: "nowhere"} },
	} {
		p := p.DeepCopy()
		change(p)
		_, s, _ := b.look(t, live, p)
		out = append(out, slices.DeleteFunc(s.Findings, func(f v1alpha1.Finding) bool { return f.Severity != "Unknown" })...)
	}
	return out
}

func annotations(p *v1alpha1.AfroPlatform) {
	p.Spec.ImageUpdater = &v1alpha1.ImageUpdater{Flavour: v1alpha1.UpdaterAnnotations, WriteBack: &v1alpha1.WriteBack{Method: v1alpha1.WriteBackGit}}
}

func gatewayDialect(p *v1alpha1.AfroPlatform) {
	p.Spec.Edge.Dialect, p.Spec.Edge.Gateway = v1alpha1.DialectGateway, &v1alpha1.GatewayReference{Namespace: "edge", Name: "public"}
}

// noAnswer: an API server that fails proves nothing either, and is asked no more often.
func (b *bench) noAnswer(t *testing.T, p *v1alpha1.AfroPlatform) {
	counter := &counting{Reader: b.admin, err: apierrors.NewTimeoutError("too slow", 1)}
	f := b.kinds.Preflight(t.Context(), counter, p)
	s := preflight.Status(f)
	wantReady(t, s, metav1.ConditionUnknown)
	for _, x := range s.Findings {
		if x.Severity != "Unknown" {
			t.Errorf("%s %s: %s", x.Severity, x.Reason, x.Message)
		}
	}
	if counter.requests > 22+2 {
		t.Errorf("%d requests", counter.requests)
	}
}

// gone: what is deleted or spoilt is seen by the next look; nothing is remembered.
func (b *bench) gone(t *testing.T, p *v1alpha1.AfroPlatform) {
	b.patch(t, "v1", "ConfigMap", "argocd", "argocd-image-updater-config", `{"data":{"watch.namespaces":"team"}}`)
	b.patchStatus(t, "cert-manager.io/v1", "ClusterIssuer", "", "letsencrypt",
		`{"status":{"conditions":[{"type":"Ready","status":"True","reason":"IsReady","message":"of another generation","observedGeneration":99,"lastTransitionTime":"2026-11-01T08:00:00Z"}]}}`)
	_, s, _ := b.look(t, b.admin, p)
	wantTold(t, s, "Error UpdaterNotWatching", "Warning IssuerNotReady")

	must(t, b.admin.Delete(t.Context(), named("v1", "Secret", "argocd", "git-push")))
	must(t, b.admin.Delete(t.Context(), named("networking.k8s.io/v1", "IngressClass", "", "nginx")))
	b.patch(t, "apps/v1", "Deployment", "argocd", "argocd-image-updater-controller",
		`{"spec":{"template":{"spec":{"containers":[{"name":"argocd-image-updater-controller","image":"quay.io/argoprojlabs/argocd-image-updater:v1.3.0","args":["run","--dry-run","--git-commit-user="]}]}}}}`)
	b.patch(t, "postgresql.cnpg.io/v1", "Cluster", "databases", "pg", `{"spec":{"plugins":[{"name":"barman-cloud.cloudnative-pg.io","enabled":false,"isWALArchiver":true}]}}`)
	b.patchStatus(t, "cert-manager.io/v1", "ClusterIssuer", "", "letsencrypt",
		`{"status":{"conditions":[{"type":"Ready","status":"False","reason":"ErrRegisterACMEAccount","message":"429","observedGeneration":1,"lastTransitionTime":"2026-11-01T08:00:00Z"}]}}`)
	_, s, _ = b.look(t, b.admin, p)
	// The container was replaced, environment included, so that it watches its own namespace again.
	wantTold(t, s, "Error GitCredentialsMissing", "Error GitIdentityMissing", "Error IngressClassMissing", "Error IssuerNotReady",
		"Error SharedClusterNoArchive", "Error UpdaterDryRun")
}

func (b *bench) elsewhere(t *testing.T) {
	p := platformIn(t, "testdata/preflight/platform.yaml")
	p.Spec.ArgoCD = &v1alpha1.ArgoCD{Namespace: "gitops"}
	p.Spec.Tenants[0].Project, p.Spec.Registries[0].PullSecrets = "", nil
	annotations(p)
	gatewayDialect(p)
	b.scale(t, "argocd", "argocd-image-updater-controller")
	f, s, _ := b.look(t, b.admin, p)
	if f.ArgoCD.Items[0].Kind != "Deployment" || f.RepositorySecrets != preflight.Found || f.Annotated != preflight.Found {
		t.Errorf("Argo CD %+v, credentials %s, annotated %s", f.ArgoCD, f.RepositorySecrets, f.Annotated)
	}
	i := slices.IndexFunc(f.Updater.Items, func(w preflight.Workload) bool { return w.Namespace == "tools" })
	env := []preflight.Variable{
		{Name: "ARGOCD_NAMESPACE", Value: "gitops", Reading: preflight.Found},
		{Name: "GIT_COMMIT_EMAIL", Reading: preflight.Elsewhere},
		{Name: "GIT_COMMIT_METHOD", Value: "api", Reading: preflight.Found},
		{Name: "GIT_COMMIT_USER", Value: "somebody", Reading: preflight.Found},
		{Name: "IMAGE_UPDATER_WATCH_NAMESPACES", Value: "tools", Reading: preflight.Found},
	}
	if d := cmp.Diff(env, f.Updater.Items[i].Env); d != "" || !f.Updater.Items[i].Stopped {
		t.Errorf("image-updater %+v (-want +got)\n%s", f.Updater.Items[i], d)
	}
	gateway := preflight.Gateway{Reading: preflight.Found, ListenerSets: "All",
		Listeners: []preflight.Listener{{Name: "http", From: "Same"}, {Name: "https", From: "All"}}}
	if d := cmp.Diff(gateway, f.Gateway); d != "" {
		t.Errorf("Gateway (-want +got)\n%s", d)
	}
	if g := s.Peers[3]; g.Version != "1.6.3" || g.Flavour != "standard" {
		t.Errorf("Gateway API: %+v", g)
	}
}

// scale stops a Deployment, so that there are two of image-updater and both are stopped.
func (b *bench) scale(t *testing.T, namespace, name string) {
	t.Helper()
	b.patch(t, "apps/v1", "Deployment", namespace, name, `{"spec":{"replicas":0}}`)
}

// invalid: a spec that breaks its rules reads nothing, whatever its names are.
func (b *bench) invalid(t *testing.T, p *v1alpha1.AfroPlatform) {
	p = p.DeepCopy()
	p.Spec.Database.Shared.Namespace = ""
	_, s, n := b.look(t, b.admin, p)
	wantTold(t, s, "Error PlatformInvalid")
	if n.requests != 0 {
		t.Errorf("%d requests", n.requests)
	}
}

// small: what is not asked for is not read.
func (b *bench) small(t *testing.T) {
	p := platformIn(t, "testdata/preflight/platform.yaml")
	p.Spec.ImageUpdater, p.Spec.Edge, p.Spec.Database, p.Spec.Backup = nil, nil, nil, nil
	p.Spec.Registries[0].PullSecrets, p.Spec.Tenants[0].Project = nil, ""
	_, _, n := b.look(t, b.admin, p)
	if n.requests != 5 { // Argo CD, image-updater, two ConfigMaps of its environment, its CRD
		t.Errorf("%d requests", n.requests)
	}
}

// goldens proves that no golden status is beyond the CRD's bounds.
func (b *bench) goldens(t *testing.T, p *v1alpha1.AfroPlatform) {
	live := p.DeepCopy()
	live.Generation = 0
	must(t, b.admin.Create(t.Context(), live))
	paths, err := filepath.Glob("../preflight/testdata/*/want-status.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatalf("no golden status: %v", err)
	}
	for _, path := range paths {
		raw, err := os.ReadFile(path)
		must(t, err)
		live.Status = v1alpha1.AfroPlatformStatus{}
		must(t, yaml.UnmarshalStrict(raw, &live.Status))
		if err := b.admin.Status().Update(t.Context(), live); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
}
