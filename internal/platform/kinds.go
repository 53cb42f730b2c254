package platform

import (
	"fmt"
	"slices"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// PlainKinds are the kinds of a plain workload, which own manifests may always hold. Pod and ReplicaSet are among them
// because Argo CD leaves children of other kinds out of an Application's tree: without them `status.summary.images` is
// empty, and image-updater never updates.
var PlainKinds = []v1alpha1.ResourceKind{
	{Kind: "ConfigMap"}, {Kind: "PersistentVolumeClaim"}, {Kind: "Pod"}, {Kind: "Secret"}, {Kind: "Service"}, {Kind: "ServiceAccount"},
	{Group: "apps", Kind: "DaemonSet"}, {Group: "apps", Kind: "Deployment"}, {Group: "apps", Kind: "ReplicaSet"}, {Group: "apps", Kind: "StatefulSet"},
	{Group: "autoscaling", Kind: "HorizontalPodAutoscaler"}, {Group: "batch", Kind: "CronJob"}, {Group: "batch", Kind: "Job"},
	{Group: "policy", Kind: "PodDisruptionBudget"},
}

// RefusedKinds are those with which a workload would grant itself more: quotas, network policies, rights, our own and Argo
// CD's kinds, charts that k3s installs as cluster-admin, and routes and certificates, which would serve a host that nobody
// granted or that another app holds. "*" is every kind of the group.
var RefusedKinds = []v1alpha1.ResourceKind{
	{Kind: "ResourceQuota"}, {Kind: "LimitRange"}, {Group: "networking.k8s.io", Kind: "NetworkPolicy"},
	{Group: "rbac.authorization.k8s.io", Kind: "Role"}, {Group: "rbac.authorization.k8s.io", Kind: "RoleBinding"},
	{Group: "argoproj.io", Kind: "*"}, {Group: "argocd-image-updater.argoproj.io", Kind: "*"}, {Group: v1alpha1.GroupVersion.Group, Kind: "*"},
	{Group: "postgresql.cnpg.io", Kind: "*"}, {Group: "barmancloud.cnpg.io", Kind: "*"}, {Group: "helm.cattle.io", Kind: "*"},
	{Group: "networking.k8s.io", Kind: "Ingress"}, {Group: "gateway.networking.k8s.io", Kind: "*"},
	{Group: "traefik.io", Kind: "*"}, {Group: "traefik.containo.us", Kind: "*"},
	{Group: "cert-manager.io", Kind: "*"}, {Group: "acme.cert-manager.io", Kind: "*"},
}

// KindsOf are the kinds that own manifests of a tenant may hold.
func KindsOf(t *v1alpha1.Tenant) []v1alpha1.ResourceKind {
	kinds := slices.Clone(PlainKinds)
	for _, k := range t.Kinds {
		if !slices.Contains(kinds, k) {
			kinds = append(kinds, k)
		}
	}
	return kinds
}

func (rs *Refusals) kinds(f string, kinds []v1alpha1.ResourceKind) {
	rs.atMost(f, len(kinds), 50)
	for i, k := range kinds {
		at := fmt.Sprintf("%s[%d]", f, i)
		rs.text(at+".group", k.Group, groupForm)
		rs.must(at+".kind", k.Kind, kindForm)
		if slices.Contains(RefusedKinds, k) || slices.Contains(RefusedKinds, v1alpha1.ResourceKind{Group: k.Group, Kind: "*"}) {
			rs.invalid(at, "a kind that no tenant may have: with it a workload could grant itself more than the AfroPlatform does", "remove it")
		}
	}
}
