package actors

import "k8s.io/apimachinery/pkg/runtime/schema"

// kind is a kind of objects, as the API server serves it.
type kind struct {
	schema.GroupVersionResource
	name string
}

func newKind(group, version, resource, name string) kind {
	return kind{schema.GroupVersionResource{Group: group, Version: version, Resource: resource}, name}
}

func (k kind) apiVersion() string { return k.GroupVersion().String() }

var (
	applications = newKind("argoproj.io", "v1alpha1", "applications", "Application")
	appProjects  = newKind("argoproj.io", "v1alpha1", "appprojects", "AppProject")

	imageUpdaters = newKind("argocd-image-updater.argoproj.io", "v1alpha1", "imageupdaters", "ImageUpdater")

	certificates   = newKind("cert-manager.io", "v1", "certificates", "Certificate")
	clusterIssuers = newKind("cert-manager.io", "v1", "clusterissuers", "ClusterIssuer")

	clusters         = newKind("postgresql.cnpg.io", "v1", "clusters", "Cluster")
	databases        = newKind("postgresql.cnpg.io", "v1", "databases", "Database")
	databaseRoles    = newKind("postgresql.cnpg.io", "v1", "databaseroles", "DatabaseRole")
	scheduledBackups = newKind("postgresql.cnpg.io", "v1", "scheduledbackups", "ScheduledBackup")
	backups          = newKind("postgresql.cnpg.io", "v1", "backups", "Backup")
	objectStores     = newKind("barmancloud.cnpg.io", "v1", "objectstores", "ObjectStore")

	gateways     = newKind("gateway.networking.k8s.io", "v1", "gateways", "Gateway")
	httpRoutes   = newKind("gateway.networking.k8s.io", "v1", "httproutes", "HTTPRoute")
	listenerSets = newKind("gateway.networking.k8s.io", "v1", "listenersets", "ListenerSet")

	ingresses   = newKind("networking.k8s.io", "v1", "ingresses", "Ingress")
	deployments = newKind("apps", "v1", "deployments", "Deployment")
	replicaSets = newKind("apps", "v1", "replicasets", "ReplicaSet")
	services    = newKind("", "v1", "services", "Service")
	pods        = newKind("", "v1", "pods", "Pod")
	secrets     = newKind("", "v1", "secrets", "Secret")
	namespaces  = newKind("", "v1", "namespaces", "Namespace")
)

// key names one object.
type key struct {
	kind            kind
	namespace, name string
}

// id is the object's name in Behaviour.Objects.
func (k key) id() string {
	if k.namespace == "" {
		return k.name
	}
	return k.namespace + "/" + k.name
}
