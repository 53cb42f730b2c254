package conformance

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	argocd "github.com/argoproj/argo-cd/v2/pkg/apis/application/v1alpha1"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// refusedKinds would let own manifests take what their namespace was not granted: rights, hosts, traffic, databases, and
// whatever a controller of the cluster does with rights of its own.
var refusedKinds = []schema.GroupKind{
	{Group: "helm.cattle.io", Kind: "HelmChart"}, {Group: "helm.cattle.io", Kind: "HelmChartConfig"}, {Group: "helm.toolkit.fluxcd.io", Kind: "HelmRelease"},
	{Group: "kustomize.toolkit.fluxcd.io", Kind: "Kustomization"}, {Group: "traefik.io", Kind: "IngressRoute"}, {Group: "traefik.containo.us", Kind: "IngressRoute"},
	{Kind: "Endpoints"}, {Group: "discovery.k8s.io", Kind: "EndpointSlice"}, {Group: "networking.k8s.io", Kind: "Ingress"}, {Group: "extensions", Kind: "Ingress"},
	{Group: "networking.k8s.io", Kind: "NetworkPolicy"}, {Group: "gateway.networking.k8s.io", Kind: "HTTPRoute"}, {Group: "networking.istio.io", Kind: "VirtualService"},
	{Group: "externaldns.k8s.io", Kind: "DNSEndpoint"}, {Group: "external-secrets.io", Kind: "ExternalSecret"}, {Group: "cert-manager.io", Kind: "Certificate"},
	{Group: "rbac.authorization.k8s.io", Kind: "Role"}, {Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"}, {Kind: "ResourceQuota"}, {Kind: "LimitRange"},
	{Group: "argoproj.io", Kind: "Application"}, {Group: "argoproj.io", Kind: "AppProject"}, {Group: "argocd-image-updater.argoproj.io", Kind: "ImageUpdater"},
	{Group: "platform.afrotomation.com", Kind: "AfroApp"}, {Group: "postgresql.cnpg.io", Kind: "Cluster"}, {Group: "barmancloud.cnpg.io", Kind: "ObjectStore"},
	{Group: "acme.example", Kind: "Anything"},
}

// plainKinds are what a plain workload is made of. Argo CD shows, and counts the images of, those children only that the
// project permits: ReplicaSet and Pod are what image-updater's view of an Application hangs on.
var plainKinds = []schema.GroupKind{
	{Kind: "ConfigMap"}, {Kind: "Secret"}, {Kind: "Service"}, {Kind: "ServiceAccount"}, {Kind: "PersistentVolumeClaim"}, {Kind: "Pod"},
	{Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "ReplicaSet"}, {Group: "apps", Kind: "StatefulSet"}, {Group: "apps", Kind: "DaemonSet"},
	{Group: "batch", Kind: "Job"}, {Group: "batch", Kind: "CronJob"}, {Group: "autoscaling", Kind: "HorizontalPodAutoscaler"},
	{Group: "policy", Kind: "PodDisruptionBudget"},
}

// TestProjectsPermitPlainWorkloadsOnly asks Argo CD itself what each golden AppProject lets own manifests make.
func TestProjectsPermitPlainWorkloadsOnly(t *testing.T) {
	permitted := append(madeByUs(t), plainKinds...)
	for _, project := range goldenProjects(t) {
		for _, gk := range refusedKinds {
			if project.IsGroupKindPermitted(gk, true) {
				t.Errorf("%s permits %s", project.Name, gk)
			}
		}
		for _, gk := range permitted {
			if !project.IsGroupKindPermitted(gk, true) {
				t.Errorf("%s does not permit %s", project.Name, gk)
			}
		}
		for _, gk := range append(refusedKinds, schema.GroupKind{Kind: "Namespace"}, schema.GroupKind{Group: "rbac.authorization.k8s.io", Kind: "ClusterRoleBinding"}) {
			if project.IsGroupKindPermitted(gk, false) {
				t.Errorf("%s permits %s in the whole cluster", project.Name, gk)
			}
		}
	}
}

// TestGrantedKinds: what the AfroPlatform adds for one tenant is permitted to it, and to nobody else.
func TestGrantedKinds(t *testing.T) {
	granted := schema.GroupKind{Group: "keda.sh", Kind: "ScaledObject"}
	with := 0
	for story, project := range goldenProjects(t) {
		has := strings.HasPrefix(story, "platform-projects-kinds/")
		if project.IsGroupKindPermitted(granted, true) != has {
			t.Errorf("%s: permits %s: %v", story, granted, !has)
		}
		if has {
			with++
		}
	}
	if with != 1 {
		t.Errorf("%d projects with a granted kind", with)
	}
}

func goldenProjects(t *testing.T) map[string]*argocd.AppProject {
	t.Helper()
	const dir = "../../internal/expand/testdata"
	objects, err := readCorpus(dir)
	if err != nil {
		t.Fatal(err)
	}
	fleet, err := readStory(filepath.Join(dir, "fleet", "platform.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*argocd.AppProject{}
	for _, o := range append(objects, fleet...) {
		if o.apiVersion != argocdVersion || o.kind != "AppProject" {
			continue
		}
		project := &argocd.AppProject{}
		if err := decode(o.json, project); err != nil {
			t.Fatal(err)
		}
		out[o.story+"/"+o.name] = project
	}
	if len(out) < 10 {
		t.Fatalf("%d AppProjects: is it the right corpus?", len(out))
	}
	return out
}

var manifestHead = regexp.MustCompile(`(?m)^apiVersion: (?:([a-z0-9.-]+)/)?v[a-z0-9]+\nkind: ([A-Za-z]+)$`)

// madeByUs are the kinds of the workload chart and of the sample fleet's own manifests.
func madeByUs(t *testing.T) []schema.GroupKind {
	t.Helper()
	var out []schema.GroupKind
	for _, dir := range []string{"../../config/workload-chart/templates", "../../config/samples/fleet/manifests"} {
		before := len(out)
		err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
			if err != nil || entry.IsDir() || entry.Name() == "kustomization.yaml" {
				return err
			}
			raw, err := os.ReadFile(path)
			for _, head := range manifestHead.FindAllStringSubmatch(string(raw), -1) {
				out = append(out, schema.GroupKind{Group: head[1], Kind: head[2]})
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if len(out) < before+2 {
			t.Errorf("%s: %v: is it the right folder?", dir, out[before:])
		}
	}
	return out
}
