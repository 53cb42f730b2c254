package expand

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/resource"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// PlatformInput is everything that the expansion of the platform itself reads.
type PlatformInput struct {
	Platform *v1alpha1.AfroPlatform
	// Namespaces that have AfroApps.
	Namespaces []platform.Namespace
	// ServerName is the archive of the shared Cluster that exists, if it does.
	ServerName string
}

// Platform plans what the AfroPlatform makes for all apps: an AppProject for each namespace that has apps and was granted
// no project by name, and the shared Cluster where it is managed. The error is of type platform.Refusals.
func Platform(in PlatformInput) (*Plan, error) {
	if err := platform.ValidatePlatform(in.Platform); err != nil {
		return nil, err
	}
	var intents []Intent
	add := func(i Intent, namespaceUID types.UID) {
		stamp(i.Object, string(uidOr(in.Platform.UID)), PlatformOwner, namespaceUID)
		intents = append(intents, i)
	}
	for _, ns := range in.Namespaces {
		tenant, ok := platform.TenantOf(in.Platform, ns)
		if !ok {
			continue
		}
		if name, managed := platform.ProjectOf(tenant, ns.Name); managed {
			add(appProject(in.Platform, tenant, ns.Name, name), "")
		}
	}
	for _, i := range sharedCluster(in) {
		add(i, "")
	}
	sortIntents(intents)
	return &Plan{Intents: intents}, nil
}

// appProject permits exactly the sources of one tenant, into exactly one namespace, the kinds that it was granted, and
// nothing cluster-scoped.
func appProject(p *v1alpha1.AfroPlatform, t *v1alpha1.Tenant, namespace, name string) Intent {
	sources := []string{p.Spec.Infra.RepoURL}
	if a := p.Spec.ArgoCD; a != nil && a.WorkloadChart != nil && a.WorkloadChart.RepoURL != "" {
		sources = append(sources, a.WorkloadChart.RepoURL)
	}
	sources = append(sources, t.Sources...)
	slices.Sort(sources)
	return intent(v1alpha1.LaneDelivery, foreign.AppProject, platform.ArgoCDNamespace(p), name, map[string]any{"spec": map[string]any{
		"description":                "AfroApps of namespace " + namespace,
		"sourceRepos":                slices.Compact(sources),
		"destinations":               []any{map[string]any{"server": inCluster, "namespace": namespace}},
		"namespaceResourceWhitelist": kindList(platform.KindsOf(t)),
		"namespaceResourceBlacklist": kindList(platform.RefusedKinds),
	}})
}

func kindList(kinds []v1alpha1.ResourceKind) []any {
	out := make([]any, len(kinds))
	for i, k := range kinds {
		out[i] = map[string]any{"group": k.Group, "kind": k.Kind}
	}
	return out
}

// sharedCluster is the Cluster that apps share, with a synchronous standby where there is one to have.
func sharedCluster(in PlatformInput) []Intent {
	d := in.Platform.Spec.Database
	if d == nil || d.Shared == nil || d.Shared.Managed == nil {
		return nil
	}
	s, m := d.Shared, d.Shared.Managed
	shape := clusterShape{
		namespace: s.Namespace, name: s.Name, instances: 3, storage: "20Gi", storageClass: m.StorageClassName, image: m.ImageName,
		memoryRequest: quantityOr(m.Memory, "256Mi"), memoryLimit: quantityOr(m.Memory, ""), tenants: true, serverName: in.ServerName,
	}
	if m.Instances != nil {
		shape.instances = *m.Instances
	}
	shape.storage = quantityOr(m.Storage, shape.storage)
	shape.synchronous = shape.instances > 1
	if b := in.Platform.Spec.Backup; b != nil {
		shape.backup = &platform.Backup{B2: b.B2, Schedule: b.Schedule, Retention: defaultTo(b.Retention, "14d")}
	}
	if shape.serverName == "" {
		shape.serverName = archiveName(s.Name, string(uidOr(in.Platform.UID)), in.Platform.Annotations[v1alpha1.AnnotationNewDatabase])
	}
	out := []Intent{clusterIntent(shape)}
	if shape.backup != nil {
		out = append(out, objectStore(s.Namespace, s.Name, shape.backup), scheduledBackup(s.Namespace, s.Name, shape.backup))
	}
	return out
}

func quantityOr(q *resource.Quantity, def string) string {
	if q == nil {
		return def
	}
	return quantity(*q)
}
