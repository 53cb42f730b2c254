package v1alpha1

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// AfroApp is one web app and everything it needs: the Argo CD Application with image-updater, the
// route and its certificate, the database and its backups. It becomes the whole set, keeps it so,
// and says where it is stuck. What is not written here has a default from the AfroPlatform, resolved
// in memory and visible with `afroctl render`.
//
// +kubebuilder:object:root=true
// +kubebuilder:subresource:status
// +kubebuilder:resource:shortName=afro,categories=afro
// +kubebuilder:printcolumn:name="Ready",type=string,JSONPath=`.status.conditions[?(@.type=="Ready")].status`
// +kubebuilder:printcolumn:name="Image",type=string,JSONPath=`.spec.image`
// +kubebuilder:printcolumn:name="URL",type=string,JSONPath=`.status.url`
// +kubebuilder:printcolumn:name="Database",type=string,JSONPath=`.status.conditions[?(@.type=="DatabaseReady")].status`
// +kubebuilder:printcolumn:name="Recoverable",type=string,JSONPath=`.status.conditions[?(@.type=="Recoverable")].status`
// +kubebuilder:printcolumn:name="Stuck At",type=string,JSONPath=`.status.stuckAt.summary`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="size(self.metadata.name) <= 40",message="metadata.name: longer than 40 characters, and child names are derived from it; choose a shorter name"
// +kubebuilder:validation:XValidation:rule="self.metadata.name != 'kubernetes'",message="metadata.name: kubernetes is the Service of the API server, which the app's would take over in namespace default; choose another name"
// +kubebuilder:validation:XValidation:rule="!self.metadata.name.endsWith('-db-rw') && !self.metadata.name.endsWith('-db-ro') && !self.metadata.name.endsWith('-db-r')",message="metadata.name: ends as the Services of a dedicated database do (-db-rw, -db-ro, -db-r), and would take over the one of another app; choose another name"
type AfroApp struct {
	metav1.TypeMeta `json:",inline"`
	// metadata of the AfroApp. The name is at most 40 characters, not kubernetes, and does not end in -db-rw, -db-ro or -db-r,
	// as Services of databases do. No label or annotation is copied to a child.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec is what you want. `image` alone is a whole app; add `port` and `hosts` to serve it, `database: {}` to give it a database.
	// +required
	Spec AfroAppSpec `json:"spec"`

	// status is what the cluster says, lane by lane. Written by the controller only.
	// +optional
	Status AfroAppStatus `json:"status,omitempty"`
}

// AfroAppList is a list of AfroApps.
//
// +kubebuilder:object:root=true
type AfroAppList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []AfroApp `json:"items"`
}

// AfroAppSpec is what you want of one app.
//
// +kubebuilder:validation:XValidation:rule="!has(self.hosts) || size(self.hosts) == 0 || has(self.port)",message="port: missing, but hosts are given; set spec.port to the port the app listens on"
// +kubebuilder:validation:XValidation:rule="!has(self.health) || has(self.port)",message="health: needs a port to ask; set spec.port, or remove spec.health"
// +kubebuilder:validation:XValidation:rule="!has(self.backup) || has(self.database)",message="backup: there is no database to back up; add spec.database, or remove spec.backup"
// +kubebuilder:validation:XValidation:rule="!has(self.paths) || (has(self.hosts) && size(self.hosts) > 0)",message="paths: without hosts nothing is routed; add spec.hosts, or remove spec.paths"
// +kubebuilder:validation:XValidation:rule="!has(self.exposure) || (has(self.hosts) && size(self.hosts) > 0)",message="exposure: without hosts nothing is exposed; add spec.hosts, or remove spec.exposure"
// +kubebuilder:validation:XValidation:rule="!has(self.tls) || (has(self.hosts) && size(self.hosts) > 0)",message="tls: without hosts there is nothing to certify; add spec.hosts, or remove spec.tls"
// +kubebuilder:validation:XValidation:rule="!has(self.source) || !has(self.source.helm) || !(has(self.replicas) || has(self.env) || has(self.resources) || has(self.health) || has(self.runAsUser))",message="source.helm: replicas, env, resources, health and runAsUser of your own chart belong into source.helm.values; move them there"
// +kubebuilder:validation:XValidation:rule="!has(self.imageUpdate) || !has(self.imageUpdate.policy) || self.imageUpdate.policy != 'Rolling' || !self.image.contains('@')",message="imageUpdate.policy: Rolling follows a tag, but the image is fixed by a digest; remove the digest from spec.image, or use policy Pinned"
// +kubebuilder:validation:XValidation:rule="!has(self.imageUpdate) || !has(self.imageUpdate.range) || !self.image.contains('@')",message="imageUpdate.range: a range follows tags, but the image is fixed by a digest; remove the digest from spec.image, or remove the range"
type AfroAppSpec struct {
	// image is the container image to run: registry, repository and a tag or a digest, for example
	// `ghcr.io/acme/shop:latest`. The registry must be written out, and be one that the AfroPlatform
	// allows to this namespace. A tag is mandatory unless a digest is given: an image without either
	// cannot be followed. Source: OCI distribution specification, reference grammar.
	// +required
	// +kubebuilder:validation:MinLength=3
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[a-f0-9]{64})?$')",message="not an image reference; write registry/repository:tag, for example ghcr.io/acme/shop:latest"
	// +kubebuilder:validation:XValidation:rule="self.matches('(:[A-Za-z0-9_][A-Za-z0-9_.-]*|@sha256:[a-f0-9]{64})$')",message="no tag and no digest, so nothing can be followed; write for example ghcr.io/acme/shop:latest"
	// +kubebuilder:validation:XValidation:rule="size(self.find('^[^/]*/[^:@]*')) <= 255",message="registry and repository have more than 255 characters; choose a shorter repository"
	Image string `json:"image"`

	// imageUpdate says how new images arrive. Default: inferred from the tag, see `policy`.
	// +optional
	ImageUpdate *ImageUpdate `json:"imageUpdate,omitempty"`

	// source names your own manifests. Default: the platform's workload chart, a Deployment and a Service.
	// +optional
	Source *Source `json:"source,omitempty"`

	// port is the TCP port on which the app serves HTTP, 1 to 65535. Default: none, the app is a worker.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=65535
	Port *int32 `json:"port,omitempty"`

	// replicas is the number of pods, 0 to 100. Default: 1. With `source.kustomize` it is patched into the
	// Deployment named like the app; not allowed with `source.helm`.
	// +optional
	// +kubebuilder:validation:Minimum=0
	// +kubebuilder:validation:Maximum=100
	Replicas *int32 `json:"replicas,omitempty"`

	// env is the environment of the container: literal values, or keys of Secrets of this namespace.
	// With a database, PGHOST, PGPORT, PGUSER, PGPASSWORD, PGDATABASE and DATABASE_URL are set for you
	// unless you set them here. With `source.kustomize` only what stands here is patched into the container
	// named like the app; not allowed with `source.helm`.
	// +optional
	// +listType=map
	// +listMapKey=name
	// +kubebuilder:validation:MaxItems=100
	Env []EnvVar `json:"env,omitempty"`

	// resources of the container. Default: requests of 10m CPU and 64Mi memory, no limits.
	// With `source.kustomize` patched into the container named like the app; not allowed with `source.helm`.
	// +optional
	Resources *Resources `json:"resources,omitempty"`

	// runAsUser is the numeric user that the container runs as, 1 to 2147483647. Default: the image's own, which has to be
	// a number other than 0: the kubelet refuses an image that names its user by a word, because it cannot tell whether that
	// is root. With `source.kustomize` patched into the container named like the app; not allowed with `source.helm`.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=2147483647
	RunAsUser *int64 `json:"runAsUser,omitempty"`

	// health is the HTTP endpoint of the probes. Default: a TCP probe on `port`. With `source.kustomize`
	// patched into the container named like the app; not allowed with `source.helm`.
	// +optional
	Health *Health `json:"health,omitempty"`

	// hosts are the DNS names under which the app is served, at most 10; each belongs to one app in the
	// whole cluster. With visibility Tailnet: one machine name, which is `<name>`, `<name>-<namespace>`, or granted to
	// this namespace by the AfroPlatform. Default: none, nothing is exposed.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MinLength=1
	// +kubebuilder:validation:items:MaxLength=253
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?([.][a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)*$')",message="not a host name; use lower-case letters, digits, '-' and '.', no wildcard, no port, no trailing dot, for example shop.example.com"
	Hosts []string `json:"hosts,omitempty"`

	// paths are the URL path prefixes that are routed to the app, at most 10. A '/' at the end makes no other prefix.
	// Default: ["/"].
	// +optional
	// +listType=set
	// +kubebuilder:validation:MinItems=1
	// +kubebuilder:validation:MaxItems=10
	// +kubebuilder:validation:items:MaxLength=256
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^/[A-Za-z0-9._/-]*$')",message="not a path prefix; start with '/' and use letters, digits, '.', '_', '-' and '/', for example /api"
	// +kubebuilder:validation:items:XValidation:rule="!self.startsWith('/.well-known/acme-challenge')",message="this path is reserved for certificate challenges; choose another"
	// +kubebuilder:validation:XValidation:rule="self.all(p, p == '/' || !p.endsWith('/') || !(p.substring(0, size(p) - 1) in self))",message="two paths differ in the '/' at their end only, and are the same prefix; remove one of them"
	Paths []string `json:"paths,omitempty"`

	// exposure says to whom and how the hosts are served; not allowed without hosts. Default: public, no streaming, the edge's own limits.
	// +optional
	Exposure *Exposure `json:"exposure,omitempty"`

	// tls says which certificate the hosts are served with; not allowed without hosts. Default: the platform's mode, which is
	// Wildcard unless it says otherwise.
	// +optional
	TLS *TLS `json:"tls,omitempty"`

	// database gives the app a PostgreSQL database; `{}` is enough. Its connection is in the Secret
	// `<name>-db`, with the keys of CloudNativePG's `<cluster>-app`. Default: no database.
	// +optional
	Database *Database `json:"database,omitempty"`

	// backup says what must be recoverable. Default with a database: the platform's schedule and retention.
	// +optional
	Backup *Backup `json:"backup,omitempty"`

	// onDelete says what happens to the workload (Deployment, Service and what else the manifests hold)
	// when this AfroApp is deleted: Remove (default) or Orphan, which leaves it running. Never concerns data.
	// +optional
	OnDelete WorkloadOnDelete `json:"onDelete,omitempty"`
}

// WorkloadOnDelete is the fate of the workload when its AfroApp is deleted.
//
// +kubebuilder:validation:Enum=Remove;Orphan
type WorkloadOnDelete string

const (
	// WorkloadRemove deletes what Argo CD made for the app.
	WorkloadRemove WorkloadOnDelete = "Remove"
	// WorkloadOrphan leaves it running, managed by nobody.
	WorkloadOrphan WorkloadOnDelete = "Orphan"
)

// ImageUpdate says how new images arrive at the app.
//
// +kubebuilder:validation:XValidation:rule="!has(self.policy) || self.policy != 'Semver' || has(self.range)",message="range: missing; policy Semver needs the range of versions to follow, for example range: 1.x"
// +kubebuilder:validation:XValidation:rule="!has(self.range) || !has(self.policy) || self.policy == 'Semver'",message="range: only policy Semver follows a range; remove it, or set policy: Semver"
type ImageUpdate struct {
	// policy is Rolling (follow the digest of the tag), Semver (follow the versions of `range`) or Pinned
	// (never update). Default: Semver when `range` is given; Pinned when the image has a digest or a full
	// version as its tag (1.2.3, v1.2.3); else Rolling.
	// +optional
	Policy ImagePolicy `json:"policy,omitempty"`

	// range is a semantic version constraint, for example `1.x`, `~1.4` or `>=1.2, <2`. Only with policy Semver.
	// Source: github.com/Masterminds/semver, the grammar of image-updater.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	// +kubebuilder:validation:Pattern=`^[0-9A-Za-z.*^~<>=!|, -]+$`
	Range string `json:"range,omitempty"`

	// paused keeps the image where it is until it is false again. Default: false.
	// +optional
	Paused bool `json:"paused,omitempty"`

	// forceUpdate lets image-updater write new images also while no pod runs the app, which it skips otherwise: for CronJobs,
	// and for workloads that scale to zero. With git write-back image-updater then tries to commit in every cycle. Default: false.
	// +optional
	ForceUpdate bool `json:"forceUpdate,omitempty"`

	// platforms are those that an image must offer to be taken, as os/arch or os/arch/variant. Default: the AfroPlatform's.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=4
	// +kubebuilder:validation:items:MaxLength=32
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?$')",message="not a platform; write os/arch, for example linux/amd64"
	Platforms []string `json:"platforms,omitempty"`

	// pullSecret names one of the pull Secrets that the AfroPlatform offers for this registry. image-updater reads
	// the Secret of that name in Argo CD's namespace, the pods read the one of the same name in this namespace.
	// Default: the first one offered, or none for a public image.
	// +optional
	PullSecret *LocalSecretReference `json:"pullSecret,omitempty"`
}

// ImagePolicy is how new images are chosen.
//
// +kubebuilder:validation:Enum=Rolling;Semver;Pinned
type ImagePolicy string

const (
	// ImagePolicyRolling follows the digest behind one tag.
	ImagePolicyRolling ImagePolicy = "Rolling"
	// ImagePolicySemver follows the newest version of a range.
	ImagePolicySemver ImagePolicy = "Semver"
	// ImagePolicyPinned never updates.
	ImagePolicyPinned ImagePolicy = "Pinned"
)

// LocalSecretReference names a Secret.
type LocalSecretReference struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	Name string `json:"name"`
}

// Source names your own manifests in a Git repository.
//
// +kubebuilder:validation:XValidation:rule="has(self.kustomize) != has(self.helm)",message="exactly one of kustomize and helm is needed: image-updater cannot write into plain manifests; set one of them"
type Source struct {
	// repoURL is the Git repository. Default: the platform's infra repository. Another one must be granted to this namespace by the AfroPlatform.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^(https://|ssh://git@|git@)[A-Za-z0-9._:/-]+$') && !self.contains('..')",message="not a repository URL; use https://host/path.git or git@host:path.git, without user, password or '..'"
	RepoURL string `json:"repoURL,omitempty"`

	// targetRevision is the branch or tag to deploy from. Default: the branch of the AfroPlatform's infra repository, or HEAD of another
	// one. Another revision of the infra repository must be granted to this namespace by the AfroPlatform.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9][A-Za-z0-9._/-]*$`
	// +kubebuilder:validation:XValidation:rule="!self.startsWith('refs/')",message="a reference, and refs/ leads to pull requests of strangers too; name a branch or tag as it is called"
	TargetRevision string `json:"targetRevision,omitempty"`

	// path of the folder in the repository, relative to its root.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:XValidation:rule="self.matches('^[A-Za-z0-9][A-Za-z0-9._/-]*$') && !self.contains('..')",message="not a folder in the repository; write a relative path without '..', for example apps/shop"
	Path string `json:"path"`

	// kustomize: the folder holds a kustomization.
	// +optional
	Kustomize *KustomizeSource `json:"kustomize,omitempty"`

	// helm: the folder holds a Helm chart.
	// +optional
	Helm *HelmSource `json:"helm,omitempty"`

	// serviceName is the Service of your manifests that hosts are routed to, on `spec.port`. Default: the name of the AfroApp.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:validation:Pattern=`^[a-z]([a-z0-9-]*[a-z0-9])?$`
	ServiceName string `json:"serviceName,omitempty"`
}

// KustomizeSource is a folder with a kustomization.
type KustomizeSource struct {
	// imageName is the image name in your manifests that is replaced by `spec.image`. Default: the repository of `spec.image`.
	// +optional
	// +kubebuilder:validation:MaxLength=512
	// +kubebuilder:validation:XValidation:rule="self.matches('^[a-zA-Z0-9]([a-zA-Z0-9._:/-]*[a-zA-Z0-9])?$')",message="not an image name; write it as it stands in your manifests, without a tag"
	ImageName string `json:"imageName,omitempty"`
}

// HelmSource is a folder with a Helm chart.
type HelmSource struct {
	// values are given to the chart as they are. Do not put the image here: it would mask every update.
	// +optional
	// +kubebuilder:pruning:PreserveUnknownFields
	// +kubebuilder:validation:Type=object
	Values *apiextensionsv1.JSON `json:"values,omitempty"`

	// imageNameKey is the value of the chart that holds the image repository. Default: image.repository.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+)*$`
	ImageNameKey string `json:"imageNameKey,omitempty"`

	// imageTagKey is the value of the chart that holds the image tag. Default: image.tag.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9_-]+([.][A-Za-z0-9_-]+)*$`
	ImageTagKey string `json:"imageTagKey,omitempty"`
}

// EnvVar is one environment variable.
//
// +kubebuilder:validation:XValidation:rule="!(has(self.value) && has(self.valueFrom))",message="a value and a valueFrom are given; remove one of them"
type EnvVar struct {
	// name of the variable.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=128
	// +kubebuilder:validation:Pattern=`^[A-Za-z_][A-Za-z0-9_]*$`
	Name string `json:"name"`

	// value, literally. Not for passwords: they belong into a Secret.
	// +optional
	// +kubebuilder:validation:MaxLength=8192
	Value string `json:"value,omitempty"`

	// valueFrom takes the value from a Secret of this namespace.
	// +optional
	ValueFrom *EnvVarSource `json:"valueFrom,omitempty"`
}

// EnvVarSource is where the value of a variable comes from.
type EnvVarSource struct {
	// secretKeyRef names the key of a Secret of this namespace.
	// +required
	SecretKeyRef SecretKeyReference `json:"secretKeyRef"`
}

// SecretKeyReference names a key of a Secret of the same namespace.
type SecretKeyReference struct {
	// name of the Secret.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`
	Name string `json:"name"`
	// key of the Secret's data.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	// +kubebuilder:validation:Pattern=`^[A-Za-z0-9._-]+$`
	Key string `json:"key"`
}

// Resources are the requests and limits of the container.
type Resources struct {
	// requests is what the scheduler sets aside. Default: 10m CPU, 64Mi memory.
	// +optional
	Requests *ResourceList `json:"requests,omitempty"`
	// limits is what the container may use at most. Default: none.
	// +optional
	Limits *ResourceList `json:"limits,omitempty"`
}

// ResourceList is an amount of CPU and memory.
type ResourceList struct {
	// cpu in cores, for example 50m or 2.
	// +optional
	CPU *resource.Quantity `json:"cpu,omitempty"`
	// memory in bytes, for example 128Mi.
	// +optional
	Memory *resource.Quantity `json:"memory,omitempty"`
}

// Health is the HTTP endpoint that the probes ask.
type Health struct {
	// path that answers 2xx or 3xx while the app is healthy.
	// +required
	// +kubebuilder:validation:MaxLength=256
	// +kubebuilder:validation:Pattern=`^/[A-Za-z0-9._~/-]*$`
	Path string `json:"path"`
}

// Exposure says to whom and how hosts are served.
type Exposure struct {
	// visibility is Public (the internet, or wherever the edge is reachable from) or Tailnet (only the tailnet,
	// by the Tailscale operator). Default: Public.
	// +optional
	Visibility Visibility `json:"visibility,omitempty"`

	// streaming keeps long-lived connections (server-sent events, WebSockets) open.
	// +optional
	Streaming *Streaming `json:"streaming,omitempty"`

	// maxBodySize is the largest request body, for example 10Mi, in whole KiB; at most 10Gi. Default: the edge's own.
	// +optional
	MaxBodySize *resource.Quantity `json:"maxBodySize,omitempty"`

	// rateLimit bounds the requests of one client address.
	// +optional
	RateLimit *RateLimit `json:"rateLimit,omitempty"`
}

// Visibility is from where an app can be reached.
//
// +kubebuilder:validation:Enum=Public;Tailnet
type Visibility string

const (
	// VisibilityPublic is reachable from wherever the edge is.
	VisibilityPublic Visibility = "Public"
	// VisibilityTailnet is reachable from the tailnet only.
	VisibilityTailnet Visibility = "Tailnet"
)

// Streaming keeps long-lived connections open.
type Streaming struct {
	// idleTimeout is how long a connection may be silent before the edge closes it, 1s to 24h. It is idle time, not total time.
	// +required
	// +kubebuilder:validation:MaxLength=16
	// +kubebuilder:validation:XValidation:rule="self.matches('^([0-9]+h)?([0-9]+m)?([0-9]+s)?$') && size(self) > 0 && duration(self) >= duration('1s') && duration(self) <= duration('24h')",message="not between 1s and 24h; write for example 1h"
	IdleTimeout string `json:"idleTimeout"`
}

// RateLimit bounds the requests of one client address.
type RateLimit struct {
	// requestsPerSecond from one client address, on each replica of the edge, 1 to 10000.
	// +required
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=10000
	RequestsPerSecond int32 `json:"requestsPerSecond"`
}

// TLS says which certificate the hosts are served with.
type TLS struct {
	// mode is Wildcard (the platform's certificate), PerHost (a cert-manager Certificate of this app) or Off (plain HTTP).
	// Default: the AfroPlatform's. With visibility Tailnet the tailnet brings its own certificate and only the default is allowed.
	// +optional
	Mode TLSMode `json:"mode,omitempty"`
}

// TLSMode is the way hosts get their certificate.
//
// +kubebuilder:validation:Enum=Wildcard;PerHost;Off
type TLSMode string

const (
	// TLSWildcard serves the platform's wildcard certificate.
	TLSWildcard TLSMode = "Wildcard"
	// TLSPerHost requests a certificate for the hosts of this app.
	TLSPerHost TLSMode = "PerHost"
	// TLSOff serves plain HTTP.
	TLSOff TLSMode = "Off"
)

// Database gives the app a PostgreSQL database.
//
// +kubebuilder:validation:XValidation:rule="(has(self.mode) && self.mode == 'Dedicated') || !(has(self.instances) || has(self.storage))",message="instances and storage belong to mode Dedicated; set mode: Dedicated, or remove them"
type Database struct {
	// mode is Shared (a database and a role in the platform's cluster) or Dedicated (a cluster of its own). It cannot
	// be changed while the data exists. Default: Shared.
	// +optional
	Mode DatabaseMode `json:"mode,omitempty"`

	// extensions to create in the database, from the platform's allow-list, for example pgcrypto or vector.
	// +optional
	// +listType=set
	// +kubebuilder:validation:MaxItems=20
	// +kubebuilder:validation:items:MaxLength=63
	// +kubebuilder:validation:items:XValidation:rule="self.matches('^[a-z][a-z0-9_-]*$')",message="not an extension name; write it as CREATE EXTENSION takes it, for example pgcrypto"
	Extensions []string `json:"extensions,omitempty"`

	// instances of a dedicated cluster, 1 to 9. Default: 1.
	// +optional
	// +kubebuilder:validation:Minimum=1
	// +kubebuilder:validation:Maximum=9
	Instances *int32 `json:"instances,omitempty"`

	// storage of each instance of a dedicated cluster, for example 10Gi. It can grow, never shrink. Default: the platform's.
	// +optional
	// +kubebuilder:validation:XValidation:rule="quantity(string(self)).compareTo(quantity('1Gi')) >= 0",message="smaller than 1Gi, and PostgreSQL needs room for its WAL; ask for at least 1Gi"
	// +kubebuilder:validation:XValidation:rule="quantity(string(self)).compareTo(quantity(string(oldSelf))) >= 0",message="a volume cannot shrink; restore into a new app to move to a smaller one"
	Storage *resource.Quantity `json:"storage,omitempty"`

	// onDelete is Retain (default: the data stays, and an AfroApp of the same name in this namespace takes it up again)
	// or Delete. Delete takes a second key: the annotation platform.afrotomation.com/confirm-delete-data with the
	// UID of the AfroApp, and an operator that was given the right to delete data.
	// +optional
	OnDelete DataOnDelete `json:"onDelete,omitempty"`
}

// DatabaseMode is where the database of an app lives.
//
// +kubebuilder:validation:Enum=Shared;Dedicated
type DatabaseMode string

const (
	// DatabaseShared is a database and a role in the platform's cluster.
	DatabaseShared DatabaseMode = "Shared"
	// DatabaseDedicated is a cluster of its own.
	DatabaseDedicated DatabaseMode = "Dedicated"
)

// DataOnDelete is the fate of the data when its AfroApp is deleted.
//
// +kubebuilder:validation:Enum=Retain;Delete
type DataOnDelete string

const (
	// DataRetain keeps the data.
	DataRetain DataOnDelete = "Retain"
	// DataDelete deletes it, once it was confirmed.
	DataDelete DataOnDelete = "Delete"
)

// Backup says what must be recoverable.
type Backup struct {
	// schedule of base backups: Hourly, Daily or Weekly, at a time derived from the app's name. Default: the platform's.
	// With a shared database the platform's schedule must be at least as frequent.
	// +optional
	Schedule BackupSchedule `json:"schedule,omitempty"`

	// retention is how far back a restore can go, in days, weeks or months: 14d, 2w, 1m. Default: the platform's.
	// With a shared database the platform's retention must be at least as long.
	// +optional
	// +kubebuilder:validation:MaxLength=5
	// +kubebuilder:validation:Pattern=`^[1-9][0-9]{0,3}[dwm]$`
	Retention string `json:"retention,omitempty"`

	// drill is how often a restore is rehearsed: Off (default), Weekly or Monthly. This version records the wish and runs no drill.
	// +optional
	Drill BackupDrill `json:"drill,omitempty"`
}

// BackupSchedule is how often a base backup is taken.
//
// +kubebuilder:validation:Enum=Hourly;Daily;Weekly
type BackupSchedule string

const (
	// BackupHourly takes a base backup every hour.
	BackupHourly BackupSchedule = "Hourly"
	// BackupDaily takes one every day.
	BackupDaily BackupSchedule = "Daily"
	// BackupWeekly takes one every week.
	BackupWeekly BackupSchedule = "Weekly"
)

// BackupDrill is how often a restore is rehearsed.
//
// +kubebuilder:validation:Enum=Off;Weekly;Monthly
type BackupDrill string

// AfroAppStatus is what the cluster says of the app, read lane by lane.
type AfroAppStatus struct {
	// observedGeneration is the generation of the spec that this status speaks of.
	// +optional
	ObservedGeneration int64 `json:"observedGeneration,omitempty"`

	// conditions: Ready is the summary; Accepted, Applied, Delivered, Exposed, DatabaseReady and Recoverable
	// are there when they were asked for; Reconciling and Stalled only while true.
	// +optional
	// +listType=map
	// +listMapKey=type
	// +kubebuilder:validation:MaxItems=16
	Conditions []metav1.Condition `json:"conditions,omitempty"`

	// stuckAt is the first hop that does not pass: which, since when, why and what to do. Absent while all is well or honestly under way.
	// +optional
	StuckAt *StuckAt `json:"stuckAt,omitempty"`

	// hops are the steps of the lanes, in order.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=24
	Hops []Hop `json:"hops,omitempty"`

	// url is where the app is served: the first host.
	// +optional
	// +kubebuilder:validation:MaxLength=300
	URL string `json:"url,omitempty"`

	// image is what runs.
	// +optional
	Image *ImageStatus `json:"image,omitempty"`

	// database names what the app connects to.
	// +optional
	Database *DatabaseStatus `json:"database,omitempty"`

	// backup is what can be restored.
	// +optional
	Backup *BackupStatus `json:"backup,omitempty"`

	// application is the Argo CD Application of the app.
	// +optional
	Application *ObjectReference `json:"application,omitempty"`

	// children is the ledger of what was applied. A hint that saves requests, never a list of what to touch.
	// +optional
	// +listType=atomic
	// +kubebuilder:validation:MaxItems=64
	Children []Child `json:"children,omitempty"`
}

// StuckAt is the first hop that does not pass.
type StuckAt struct {
	// lane of the hop: Delivery, Edge or Data.
	// +required
	Lane Lane `json:"lane"`
	// hop that does not pass.
	// +required
	// +kubebuilder:validation:MaxLength=32
	Hop string `json:"hop"`
	// since is when it began.
	// +required
	Since metav1.Time `json:"since"`
	// reason, one word, documented in docs/api.md.
	// +required
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason"`
	// message is the cause, in the words of the system that shrugged.
	// +required
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message"`
	// fix is what to do.
	// +required
	// +kubebuilder:validation:MaxLength=1024
	Fix string `json:"fix"`
	// summary is hop and reason, for the column of kubectl.
	// +required
	// +kubebuilder:validation:MaxLength=100
	Summary string `json:"summary"`
}

// Lane is one way from wish to reality.
//
// +kubebuilder:validation:Enum=Spec;Delivery;Edge;Data
type Lane string

const (
	// LaneSpec is before all lanes: the spec itself, and what may be written.
	LaneSpec Lane = "Spec"
	// LaneDelivery is the way of an image from the registry to the pods.
	LaneDelivery Lane = "Delivery"
	// LaneEdge is the way of a request from a host to the app.
	LaneEdge Lane = "Edge"
	// LaneData is the way of a row from the database to a restore.
	LaneData Lane = "Data"
)

// HopState is what is known of a hop.
//
// +kubebuilder:validation:Enum=Passed;Waiting;Stuck;Unknown;NotProbed
type HopState string

const (
	// HopPassed was seen to be done.
	HopPassed HopState = "Passed"
	// HopWaiting is honestly under way.
	HopWaiting HopState = "Waiting"
	// HopStuck does not pass without help, or has taken too long.
	HopStuck HopState = "Stuck"
	// HopUnknown cannot be told from what the cluster says.
	HopUnknown HopState = "Unknown"
	// HopNotProbed is not looked at by this version.
	HopNotProbed HopState = "NotProbed"
)

// Hop is one step of a lane.
type Hop struct {
	// lane of the hop.
	// +required
	Lane Lane `json:"lane"`
	// name of the hop.
	// +required
	// +kubebuilder:validation:MaxLength=32
	Name string `json:"name"`
	// state of the hop.
	// +required
	State HopState `json:"state"`
	// reason, one word. Absent when passed.
	// +optional
	// +kubebuilder:validation:MaxLength=64
	Reason string `json:"reason,omitempty"`
	// message for people. Absent when passed.
	// +optional
	// +kubebuilder:validation:MaxLength=1024
	Message string `json:"message,omitempty"`
	// since is when the state or the reason last changed.
	// +required
	Since metav1.Time `json:"since"`
}

// ImageStatus is what the registry serves, and what runs.
type ImageStatus struct {
	// reference of the image as the pods name it.
	// +optional
	// +kubebuilder:validation:MaxLength=600
	Reference string `json:"reference,omitempty"`
	// registryReference is what the registry was asked for: the tag that is followed, or the newest version of the range.
	// +optional
	// +kubebuilder:validation:MaxLength=600
	RegistryReference string `json:"registryReference,omitempty"`
	// registryDigest is the digest that the registry serves for it.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	RegistryDigest string `json:"registryDigest,omitempty"`
	// registryDigestSince is when the registry was first seen to serve that digest.
	// +optional
	RegistryDigestSince *metav1.Time `json:"registryDigestSince,omitempty"`
	// runningDigest is the digest that the pods run; of pods that differ, the one that is not what the registry serves. A pod of
	// an index may run the image of its own platform.
	// +optional
	// +kubebuilder:validation:MaxLength=128
	RunningDigest string `json:"runningDigest,omitempty"`
	// inSyncSince is when every pod was first seen to run what the registry serves. Absent while one does not, or while it cannot
	// be proved.
	// +optional
	InSyncSince *metav1.Time `json:"inSyncSince,omitempty"`
}

// DatabaseStatus names what the app connects to.
type DatabaseStatus struct {
	// mode of the database.
	// +optional
	Mode DatabaseMode `json:"mode,omitempty"`
	// secretName is the connection Secret in the namespace of the app.
	// +optional
	// +kubebuilder:validation:MaxLength=253
	SecretName string `json:"secretName,omitempty"`
	// cluster is namespace/name of the CloudNativePG Cluster.
	// +optional
	// +kubebuilder:validation:MaxLength=320
	Cluster string `json:"cluster,omitempty"`
	// name of the database.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Name string `json:"name,omitempty"`
	// serverName is the folder of the archive in the object store; never used twice.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	ServerName string `json:"serverName,omitempty"`
}

// BackupStatus is what can be restored.
type BackupStatus struct {
	// recoverableFrom is the earliest moment that can be restored.
	// +optional
	RecoverableFrom *metav1.Time `json:"recoverableFrom,omitempty"`
	// recoverableTo is the latest moment that was proven restorable. Not filled by this version.
	// +optional
	RecoverableTo *metav1.Time `json:"recoverableTo,omitempty"`
	// lastBaseBackup is when the newest base backup was completed.
	// +optional
	LastBaseBackup *metav1.Time `json:"lastBaseBackup,omitempty"`
	// lastVerifiedRestore is when a restore was last rehearsed. Not filled by this version.
	// +optional
	LastVerifiedRestore *metav1.Time `json:"lastVerifiedRestore,omitempty"`
}

// ObjectReference names an object.
type ObjectReference struct {
	// namespace of the object.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace,omitempty"`
	// name of the object.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
}

// Child is one row of the ledger.
type Child struct {
	// kind of the child.
	// +required
	// +kubebuilder:validation:MaxLength=63
	Kind string `json:"kind"`
	// namespace of the child. Empty for a cluster-scoped one.
	// +optional
	// +kubebuilder:validation:MaxLength=63
	// +kubebuilder:default=""
	Namespace string `json:"namespace"`
	// name of the child.
	// +required
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// uid that the API server gave it.
	// +optional
	UID types.UID `json:"uid,omitempty"`
	// generation right after it was last applied; 0 for kinds without one.
	// +optional
	Generation int64 `json:"generation,omitempty"`
	// hash of the intent that was last applied.
	// +optional
	// +kubebuilder:validation:MaxLength=32
	Hash string `json:"hash,omitempty"`
}
