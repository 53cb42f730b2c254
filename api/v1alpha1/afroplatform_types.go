package v1alpha1

import (
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PlatformName is the name of the one AfroPlatform that counts.
const PlatformName = "default"

// AfroPlatform is the admin's side of every AfroApp of the cluster: where Argo CD and the infra repository
// are, how images are updated, which namespace may have what, the edge, the shared database and the object
// store of the backups. Its status is the preflight: what is installed, missing or misconfigured.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:scope=Cluster,categories=afro
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Reason",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].reason`
// +kubebuilder:printcolumn:name="Message",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].message`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.metadata.name == 'default'",message="metadata.name: there is one AfroPlatform in a cluster; name it default"
type AfroPlatform struct {
	metav1.TypeMeta `json:",inline"`
	// metadata of the AfroPlatform. The name is default.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what the admin decides for all apps.
	// +required
	Spec AfroPlatformSpec `json:"spec"`

	// status is the preflight. Written by the controller only.
	// +optional
	Status AfroPlatformStatus `json:"status,omitempty"`
}

// AfroPlatformList is a list of AfroPlatforms.
//
// +kubebuilder:object:root=true
type AfroPlatformList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []AfroPlatform `json:"items"`
}

// AfroPlatformSpec is what the admin decides for all apps.
type AfroPlatformSpec struct {
	// infra is the Git repository that holds the apps' own manifests, and by default the workload chart.
	// +required
	Infra Repository `json:"infra"`

	// argocd says where Argo CD is. Default: namespace argocd.
	// +optional
	ArgoCD *ArgoCD `json:"argocd,omitempty"`

	// imageUpdater says which argocd-image-updater is installed and how it writes back. Default: detected, written to the Application.
	// +optional
	ImageUpdater *ImageUpdater `json:"imageUpdater,omitempty"`

	// registries are the registries that images may come from; a tenant is granted repositories of them.
	// +required
	// +listType=map
	// +listMapKey=host
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=20
	Registries []Registry `json:"registries"`

	// tenants say which namespaces may have AfroApps, and what they may have. The first one that matches a
	// namespace counts; a namespace that none matches may have nothing.
	// +required
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=200
	Tenants []Tenant `json:"tenants"`

	// edge says how hosts are served. Default: none; an app with hosts is refused.
	// +optional
	Edge *Edge `json:"edge,omitempty"`

	// database says which databases apps may have. Default: none; an app with a database is refused.
	// +optional
	Database *PlatformDatabase `json:"database,omitempty"`

	// backup says where backups go. Default: none; databases have no backups, and their apps no condition Recoverable.
	// +optional
	Backup *PlatformBackup `json:"backup,omitempty"`

	// limits bound what one app may ask for.
	// +optional
	Limits *Limits `json:"limits,omitempty"`
}

// Repository is a Git repository and the branch that counts.
type Repository struct {
	// repoURL of the repository, as Argo CD knows it.
	// +required
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^(https?://|ssh://git@|git@)[A-Za-z0-9._:/-]+$') && !self.contains('..')",message="not a repository URL; use https://host/path.git or git@host:path.git, without user, password or '..'"
	RepoURL string `json:"repoURL"`
	// targetRevision is the branch. Default: HEAD; image-updater's git write-back needs a branch by name.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9._/-]*$`
	TargetRevision string `json:"targetRevision,omitempty"`
}

// ArgoCD says where Argo CD is.
type ArgoCD struct {
	// namespace of Argo CD and of the Applications. Default: argocd.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
	Namespace string `json:"namespace,omitempty"`

	// workloadChart is where Argo CD finds the workload chart (config/workload-chart of this project).
	// Default: the folder charts/afroapp-workload of the infra repository.
	// +optional
	WorkloadChart *ChartSource `json:"workloadChart,omitempty"`
}

// ChartSource is a folder with a Helm chart in a Git repository.
type ChartSource struct {
	// repoURL of the repository. Default: the infra repository. With git write-back the updater commits to it.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^(https?://|ssh://git@|git@)[A-Za-z0-9._:/-]+$') && !self.contains('..')",message="not a repository URL; use https://host/path.git or git@host:path.git, without user, password or '..'"
	RepoURL string `json:"repoURL,omitempty"`
	// targetRevision is a branch or a tag. Default: the branch of the infra repository, or HEAD of another one.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9._/-]*$`
	TargetRevision string `json:"targetRevision,omitempty"`
	// path of the chart's folder.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9][A-Za-z0-9._/-]*$') && !self.contains('..')",message="not a folder in the repository; write a relative path without '..'"
	Path string `json:"path"`
}

// ImageUpdater says which argocd-image-updater is installed and how it writes back.
type ImageUpdater struct {
	// flavour is Auto (what is installed), CRD (1.1.1 and later: one ImageUpdater per app) or Annotations (0.x, or
	// an ImageUpdater of the admin with useAnnotations). Default: Auto.
	// +optional
	Flavour UpdaterFlavour `json:"flavour,omitempty"`

	// writeBack says where new images are written. Default: method ArgoCD.
	// +optional
	WriteBack *WriteBack `json:"writeBack,omitempty"`

	// platforms are the default of `imageUpdate.platforms`. Default: ["linux/amd64"].
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	// +kubebuilder:validation:items:MaxLength=32
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?$')",message="not a platform; write os/arch, for example linux/amd64"
	Platforms []string `json:"platforms,omitempty"`
}

// UpdaterFlavour is the way an image-updater is told what to do.
//
// +kubebuilder:validation:Enum=Auto;CRD;Annotations
type UpdaterFlavour string

const (
	// UpdaterAuto takes what is installed: CRD where the kind ImageUpdater is served, else Annotations.
	UpdaterAuto UpdaterFlavour = "Auto"
	// UpdaterCRD makes one ImageUpdater per app.
	UpdaterCRD UpdaterFlavour = "CRD"
	// UpdaterAnnotations annotates the Application.
	UpdaterAnnotations UpdaterFlavour = "Annotations"
)

// WriteBack says where new images are written.
//
// +kubebuilder:validation:XValidation:rule="!has(self.gitSecretName) || (has(self.method) && self.method == 'Git')",message="gitSecretName: only method Git pushes; set method: Git, or remove it"
type WriteBack struct {
	// method is ArgoCD (into the Application) or Git (a commit to the repository of the source). Default: ArgoCD.
	// +optional
	Method WriteBackMethod `json:"method,omitempty"`

	// gitSecretName is a Secret with push credentials in Argo CD's namespace, for the infra repository and the one of the
	// workload chart. Default, and always for other repositories: the repository credentials of Argo CD, which also keep TLS
	// verification on: image-updater turns it off for Secrets of this kind.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	GitSecretName string `json:"gitSecretName,omitempty"`
}

// WriteBackMethod is where image-updater writes.
//
// +kubebuilder:validation:Enum=ArgoCD;Git
type WriteBackMethod string

const (
	// WriteBackArgoCD writes into the Application.
	WriteBackArgoCD WriteBackMethod = "ArgoCD"
	// WriteBackGit commits to the repository of the source.
	WriteBackGit WriteBackMethod = "Git"
)

// Registry is a registry that images may come from.
type Registry struct {
	// host of the registry, with its port unless it is the default, for example ghcr.io.
	// +required
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?$`
	Host string `json:"host"`

	// pullSecrets are the pull Secrets that apps may name; the first one is the default. Each has to exist in Argo CD's
	// namespace for image-updater, and in the namespace of the app for its pods. Default: none, images are public.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=20
	PullSecrets []LocalSecretReference `json:"pullSecrets,omitempty"`

	// plainHTTP asks the registry without TLS. Credentials then travel in the clear. Default: false, also for addresses of
	// private networks.
	// +optional
	PlainHTTP bool `json:"plainHTTP,omitempty"`

	// caBundle in PEM is trusted for this registry beside the authorities of the operator's image. image-updater and the nodes
	// have their own trust. Default: none.
	// +optional
	// +kubebuilder:validation:MaxLength=65536
	// +kubebuilder:validation:XValidation:rule="self.contains('-----BEGIN CERTIFICATE-----')",message="no PEM certificate in it; write the certificate of the authority, from BEGIN to END CERTIFICATE"
	CABundle string `json:"caBundle,omitempty"`

	// probeInterval is how often the registry is asked which digest it serves for the tag of an app. Default: 5m.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && duration(self) >= duration('30s') && duration(self) <= duration('24h')",message="not an interval; write 30s to 24h, for example 5m"
	ProbeInterval string `json:"probeInterval,omitempty"`

	// requestsPerSecond that all probes of this registry together may send. Default: 5.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	RequestsPerSecond *int32 `json:"requestsPerSecond,omitempty"`
}

// Tenant grants a set of namespaces what their AfroApps may have.
//
// +kubebuilder:validation:XValidation:rule="has(self.namespaces) != has(self.namespaceSelector)",message="exactly one of namespaces and namespaceSelector is needed; set one of them"
type Tenant struct {
	// name of the grant, for messages.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name"`

	// namespaces that it is for, by name; "*" is every namespace but kube-system, kube-public, kube-node-lease, afroapp-system,
	// Argo CD's and the shared database's, which match by name only.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=500
	// +kubebuilder:validation:items:MaxLength=63
	// +kubebuilder:validation:items:Pattern=`^([*]|[a-z0-9]([a-z0-9-]*[a-z0-9])?)$`
	Namespaces []string `json:"namespaces,omitempty"`

	// namespaceSelector that it is for, by labels of the namespace; never one of those that match by name only.
	// +optional
	NamespaceSelector *metav1.LabelSelector `json:"namespaceSelector,omitempty"`

	// project is the AppProject of the Applications. Default: one that the controller makes for each namespace. The project
	// named default is refused: it permits everything.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?$') && self != 'default'",message="not a project that can be granted; name an AppProject other than default"
	Project string `json:"project,omitempty"`

	// hostSuffixes are the domains under which hosts may be claimed: example.com grants shop.example.com, not example.com itself.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`
	HostSuffixes []string `json:"hostSuffixes,omitempty"`

	// hosts may be claimed exactly as they stand, for example a custom domain; or a machine name of the tailnet, alone or with its
	// domain, which is not the name of the app (`<name>` and `<name>-<namespace>` need no grant).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=200
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$`
	Hosts []string `json:"hosts,omitempty"`

	// repositories are the image repositories that may be run, by prefix of whole path elements: ghcr.io/acme grants
	// ghcr.io/acme/shop, not ghcr.io/acme-evil/shop. Each has to begin with a host of `registries`.
	// +required
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=100
	// +kubebuilder:validation:items:MaxLength=512
	// +kubebuilder:validation:items:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*$`
	Repositories []string `json:"repositories"`

	// sources are the Git repositories that `source.repoURL` may name, beside the infra repository. Host and path count, in any
	// case: https://host/path.git grants git@host:path.git, and is deployed from as it stands here. Without wildcards, user, password
	// or '..'.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=512
	// +kubebuilder:validation:items:Pattern=`^(https?://|ssh://git@|git@)[A-Za-z0-9_:/-]+([.][A-Za-z0-9_:/-]+)*$`
	Sources []string `json:"sources,omitempty"`

	// sourcePaths are the folders of the infra repository that `source.path` may name, by prefix of whole path elements;
	// {namespace} stands for the namespace of the app. Default: ["apps/{namespace}"].
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=256
	SourcePaths []string `json:"sourcePaths,omitempty"`

	// sourceRevisions are the revisions of the infra repository that `source.targetRevision` may name beside the repository's
	// own, exactly as they stand; "*" is any, also one that nobody reviewed. Default: none.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=128
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^([*]|[A-Za-z0-9][A-Za-z0-9._/-]*)$') && !self.startsWith('refs/')",message="not a revision that can be granted; write a branch or tag by its name, without refs/, or '*' for any"
	SourceRevisions []string `json:"sourceRevisions,omitempty"`

	// kinds of namespaced objects that own manifests may hold, beside those of a plain workload (ConfigMap, Secret, Service,
	// ServiceAccount, PersistentVolumeClaim, Pod, Deployment, ReplicaSet, StatefulSet, DaemonSet, Job, CronJob,
	// HorizontalPodAutoscaler, PodDisruptionBudget). Whatever a controller of the cluster does for such an object, the tenant
	// can then have done: an ExternalSecret reads what its store may read. Counts in the AppProject that the controller makes;
	// one of `project` is yours. Default: none.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=50
	Kinds []ResourceKind `json:"kinds,omitempty"`

	// databaseModes that may be used. Default: Shared and Dedicated, as far as the platform has them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	DatabaseModes []DatabaseMode `json:"databaseModes,omitempty"`

	// visibilities that may be used. Default: Public and Tailnet, as far as the platform has them.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=2
	Visibilities []Visibility `json:"visibilities,omitempty"`
}

// ResourceKind is a kind of namespaced objects.
//
// +kubebuilder:validation:XValidation:rule="has(self.group) ? !(self.group in ['argoproj.io', 'argocd-image-updater.argoproj.io', 'platform.afrotomation.com', 'postgresql.cnpg.io', 'barmancloud.cnpg.io', 'helm.cattle.io', 'gateway.networking.k8s.io', 'traefik.io', 'traefik.containo.us', 'cert-manager.io', 'acme.cert-manager.io']) && !(self.group + '/' + self.kind in ['networking.k8s.io/NetworkPolicy', 'networking.k8s.io/Ingress', 'rbac.authorization.k8s.io/Role', 'rbac.authorization.k8s.io/RoleBinding']) : !(self.kind in ['ResourceQuota', 'LimitRange'])",message="a kind that no tenant may have: with it a workload could grant itself more than the AfroPlatform does; remove it"
type ResourceKind struct {
	// group of the API. Default: the core group.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$')",message="not an API group; write it out, without version or wildcard, for example keda.sh"
	Group string `json:"group,omitempty"`
	// kind as it stands in a manifest.
	// +required
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Z][A-Za-z0-9]*$')",message="not a kind; write it as it stands in a manifest, without a wildcard, for example ScaledObject"
	Kind string `json:"kind"`
}

// Edge says how hosts are served.
//
// +kubebuilder:validation:XValidation:rule="self.dialect != 'Gateway' || has(self.gateway)",message="gateway: missing, and dialect Gateway needs the one that routes attach to; set its namespace and name"
type Edge struct {
	// dialect is IngressNginx (ingress-nginx and what speaks its annotations), Traefik, or Gateway (HTTPRoute of the Gateway API).
	// +required
	Dialect EdgeDialect `json:"dialect"`

	// ingressClassName of the Ingresses. Default: nginx for IngressNginx, traefik for Traefik.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	IngressClassName string `json:"ingressClassName,omitempty"`

	// gateway that HTTPRoutes attach to.
	// +optional
	Gateway *GatewayReference `json:"gateway,omitempty"`

	// tls says where certificates come from.
	// +optional
	TLS *EdgeTLS `json:"tls,omitempty"`

	// tailnet serves apps with visibility Tailnet. Default: none; such apps are refused.
	// +optional
	Tailnet *Tailnet `json:"tailnet,omitempty"`
}

// EdgeDialect is how the edge wants its routes.
//
// +kubebuilder:validation:Enum=IngressNginx;Traefik;Gateway
type EdgeDialect string

const (
	// DialectIngressNginx renders an Ingress with the annotations of ingress-nginx.
	DialectIngressNginx EdgeDialect = "IngressNginx"
	// DialectTraefik renders an Ingress with the annotations of Traefik.
	DialectTraefik EdgeDialect = "Traefik"
	// DialectGateway renders an HTTPRoute.
	DialectGateway EdgeDialect = "Gateway"
)

// GatewayReference names a Gateway and its listeners.
type GatewayReference struct {
	// namespace of the Gateway.
	// +required
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
	Namespace string `json:"namespace"`
	// name of the Gateway.
	// +required
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	Name string `json:"name"`
	// httpsListener is the listener with the wildcard certificate. Default: https.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	HTTPSListener string `json:"httpsListener,omitempty"`
	// httpListener is the listener for plain HTTP. Default: http.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	HTTPListener string `json:"httpListener,omitempty"`
}

// EdgeTLS says where certificates come from.
type EdgeTLS struct {
	// mode is the default of `tls.mode`. Default: Wildcard.
	// +optional
	Mode TLSMode `json:"mode,omitempty"`

	// wildcards are the domains whose wildcard certificate the edge serves by itself (default certificate of the controller, or
	// listener of the Gateway): example.com covers shop.example.com, not example.com and not a.b.example.com.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$')",message="not a domain; write it without '*.', for example example.com"
	Wildcards []string `json:"wildcards,omitempty"`

	// clusterIssuer is the cert-manager ClusterIssuer of certificates per host. Default: none; mode PerHost is refused.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	ClusterIssuer string `json:"clusterIssuer,omitempty"`
}

// Tailnet serves apps with visibility Tailnet through the Tailscale operator.
type Tailnet struct {
	// domain of the tailnet, for example tail1a2b.ts.net.
	// +required
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`
	Domain string `json:"domain"`
	// ingressClassName of the Tailscale operator. Default: tailscale.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	IngressClassName string `json:"ingressClassName,omitempty"`
	// proxyGroup that serves the apps. Default: one proxy pod for each app.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
	ProxyGroup string `json:"proxyGroup,omitempty"`
}

// PlatformDatabase says which databases apps may have.
type PlatformDatabase struct {
	// shared is the CloudNativePG Cluster that apps share. Default: none; mode Shared is refused.
	// +optional
	Shared *SharedCluster `json:"shared,omitempty"`

	// dedicated allows a Cluster of its own to apps that ask for it. Default: none; mode Dedicated is refused.
	// +optional
	Dedicated *DedicatedClusters `json:"dedicated,omitempty"`

	// extensions that apps may create, beside those that are safe for a shared cluster (btree_gin, btree_gist, citext, cube,
	// fuzzystrmatch, hstore, intarray, isn, ltree, pg_trgm, pgcrypto, seg, tablefunc, tcn, tsm_system_rows, tsm_system_time,
	// unaccent, uuid-ossp, vector).
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=50
	// +kubebuilder:validation:items:MaxLength=63
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[a-z][a-z0-9_-]*$')",message="not an extension name; write it as CREATE EXTENSION takes it"
	Extensions []string `json:"extensions,omitempty"`
}

// SharedCluster is the CloudNativePG Cluster that apps share.
type SharedCluster struct {
	// namespace of the Cluster, and of the roles and databases. Should hold nothing else: who may write there owns all databases.
	// +required
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9-]*[a-z0-9])?$`
	Namespace string `json:"namespace"`
	// name of the Cluster, at most 50 characters.
	// +required
	// +kubebuilder:validation:MaxLength=50
	// +kubebuilder:validation:Pattern=`^[a-z]([a-z0-9-]*[a-z0-9])?$`
	Name string `json:"name"`
	// managed makes the controller create and keep the Cluster, its ObjectStore and its ScheduledBackup. Never deleted by it.
	// Default: absent; the Cluster is yours.
	// +optional
	Managed *ManagedCluster `json:"managed,omitempty"`
}

// ManagedCluster is the shape of a Cluster that the controller makes.
type ManagedCluster struct {
	// instances, 1 to 9. Default: 3, with one synchronous standby.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=9
	Instances *int32 `json:"instances,omitempty"`
	// storage of each instance. It can grow, never shrink. Default: 20Gi.
	// +optional
	// +kubebuilder:validation:XValidation:rule="quantity(string(self)).compareTo(quantity(string(oldSelf))) >= 0",message="a volume cannot shrink; set it back"
	Storage *resource.Quantity `json:"storage,omitempty"`
	// storageClassName of the volumes. Default: the cluster's default class.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	StorageClassName string `json:"storageClassName,omitempty"`
	// imageName of PostgreSQL. Default: the one of the installed CloudNativePG.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[a-z0-9][A-Za-z0-9._:/@-]*$`
	ImageName string `json:"imageName,omitempty"`
	// memory of each instance, request and limit. Default: request 256Mi, no limit.
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`
}

// DedicatedClusters bounds Clusters of single apps, and gives their defaults.
type DedicatedClusters struct {
	// maxInstances that an app may ask for. Default: 3.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=9
	MaxInstances *int32 `json:"maxInstances,omitempty"`
	// maxStorage that an app may ask for, per instance. Default: 100Gi.
	// +optional
	MaxStorage *resource.Quantity `json:"maxStorage,omitempty"`
	// storage of an app that does not say. Default: 5Gi.
	// +optional
	Storage *resource.Quantity `json:"storage,omitempty"`
	// storageClassName of the volumes. Default: the cluster's default class.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	StorageClassName string `json:"storageClassName,omitempty"`
	// imageName of PostgreSQL. Default: the one of the installed CloudNativePG.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:Pattern=`^[a-z0-9][A-Za-z0-9._:/@-]*$`
	ImageName string `json:"imageName,omitempty"`
}

// PlatformBackup says where backups go, and how often.
type PlatformBackup struct {
	// b2 is the bucket at Backblaze B2.
	// +required
	B2 B2 `json:"b2"`
	// schedule is the default of apps, and the one of a managed shared cluster. Default: Daily.
	// +optional
	Schedule BackupSchedule `json:"schedule,omitempty"`
	// retention is the default of apps, and the one of a managed shared cluster. Default: 14d.
	// +optional
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:Pattern=`^[1-9][0-9]{0,3}[dwm]$`
	Retention string `json:"retention,omitempty"`
}

// B2 is a bucket at Backblaze B2.
type B2 struct {
	// bucket by name.
	// +required
	// +kubebuilder:validation:MinLength=6
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9-]+$`
	Bucket string `json:"bucket"`
	// region of the bucket, for example eu-central-003.
	// +required
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z0-9-]+$`
	Region string `json:"region"`
	// endpoint of the S3 API. Default: https://s3.<region>.backblazeb2.com.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^https?://[A-Za-z0-9.:-]+$`
	Endpoint string `json:"endpoint,omitempty"`
	// prefix of all archives in the bucket. Default: cnpg.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9]([A-Za-z0-9._/-]*[A-Za-z0-9])?$`
	Prefix string `json:"prefix,omitempty"`
	// secretName is the Secret with the application key, in the namespace of each Cluster: the shared one's, and that of every
	// app with a dedicated one. Keys: ACCESS_KEY_ID, ACCESS_SECRET_KEY.
	// +required
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	SecretName string `json:"secretName"`
	// pricePerGBMonth in US dollars, for the estimate. Default: 0.006.
	// +optional
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:Pattern=`^[0-9]+([.][0-9]+)?$`
	PricePerGBMonth string `json:"pricePerGBMonth,omitempty"`
	// freeGB of the account, for the estimate. Default: 10.
	// +optional
	// +kubebuilder:validation:Minimum=0
	FreeGB *int32 `json:"freeGB,omitempty"`
}

// Limits bound what one app may ask for.
type Limits struct {
	// maxReplicas of an app. Default: 10.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=100
	MaxReplicas *int32 `json:"maxReplicas,omitempty"`
	// maxHosts of an app. Default: 10.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10
	MaxHosts *int32 `json:"maxHosts,omitempty"`
}

// AfroPlatformStatus is the preflight.
type AfroPlatformStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`
	// conditions: Ready is the summary; Reconciling and Stalled only while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=8
	Conditions []metav1.Condition `json:"conditions,omitempty"`
	// peers are the systems that apps rest on, as they were found.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=16
	Peers []Peer `json:"peers,omitempty"`
	// findings are what would make a silent no-op, worst first.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=32
	Findings []Finding `json:"findings,omitempty"`
	// children is the ledger of what was applied for the platform itself. A hint that saves requests.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=1024
	Children []Child `json:"children,omitempty"`
}

// Peer is a system that apps rest on.
type Peer struct {
	// name of the peer: ArgoCD, ImageUpdater, CertManager, GatewayAPI, CloudNativePG, BarmanCloud.
	// +required
	// +kubebuilder:validation:MaxLength=32
	Name string `json:"name"`
	// installed is whether the cluster serves its kinds.
	// +required
	Installed bool `json:"installed"`
	// version as far as it could be told.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Version string `json:"version,omitempty"`
	// flavour that is used, where there is more than one.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Flavour string `json:"flavour,omitempty"`
}

// Finding is one thing that would make a silent no-op.
type Finding struct {
	// severity is Error (an app that needs it cannot work), Warning (it may not) or Unknown (it could not be read).
	// +required
	// +kubebuilder:validation:Enum=Error;Warning;Unknown
	Severity string `json:"severity"`
	// reason, one word, documented in docs/api.md.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// message is what was found.
	// +required
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
	// fix is what to do.
	// +required
	// +kubebuilder:validation:MaxLength=1024
	Fix string `json:"fix"`
}
