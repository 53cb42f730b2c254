package platform

import (
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/image"
)

// Effective is an AfroApp with every default resolved and every grant checked: what the builders read.
type Effective struct {
	Namespace Namespace
	Name      string

	Delivery Delivery
	Edge     *Edge     // nil without hosts
	Database *Database // nil without a database
}

// Delivery is the effective way of the image.
type Delivery struct {
	ArgoCDNamespace string
	Project         string
	Orphan          bool // leave the workload when the app is deleted

	Source   Source
	Image    image.Reference
	Update   Update
	Workload Workload
}

// SourceType is what Argo CD renders.
type SourceType int

// The types of source. Plain manifests are none of them: image-updater cannot write into those.
const (
	SourceChart     SourceType = iota // the platform's workload chart
	SourceKustomize                   // own kustomization
	SourceHelm                        // own chart
)

// Source is where Argo CD renders from.
type Source struct {
	Type     SourceType
	RepoURL  string
	Revision string
	Path     string

	KustomizeImage string                // image name in the own kustomization
	ImageNameKey   string                // value of the chart that holds the repository
	ImageTagKey    string                // value of the chart that holds the tag
	Values         *apiextensionsv1.JSON // values of the own chart
}

// Update is how new images arrive.
type Update struct {
	Flavour     v1alpha1.UpdaterFlavour
	Policy      v1alpha1.ImagePolicy
	Range       string // as image-updater takes it
	Paused      bool
	ForceUpdate bool
	Platforms   []string
	PullSecret  string
	WriteBack   v1alpha1.WriteBackMethod
	GitSecret   string
}

// Workload is the shape of the pods.
type Workload struct {
	Port      int32 // 0: a worker
	Replicas  *int32
	Env       []v1alpha1.EnvVar
	Resources *v1alpha1.Resources
	Health    string // path; empty: a TCP probe
	RunAsUser *int64
	Service   string
}

// Edge is how the hosts are served.
type Edge struct {
	Dialect       v1alpha1.EdgeDialect
	Tailnet       bool
	ClassName     string
	ProxyGroup    string
	Gateway       v1alpha1.GatewayReference
	Hosts         []string // in full, also on the tailnet
	Paths         []string
	TLS           v1alpha1.TLSMode
	ClusterIssuer string
	IdleTimeout   time.Duration // 0: no streaming
	MaxBodySize   *resource.Quantity
	RateLimit     int32 // requests per second; 0: none
}

// Database is the effective database.
type Database struct {
	Mode       v1alpha1.DatabaseMode
	Extensions []string
	Delete     bool // the first key to deleting the data

	// Shared: where the Cluster is. Dedicated: Namespace is the app's.
	Namespace string
	Cluster   string

	// Dedicated only.
	Instances        int32
	Storage          resource.Quantity
	StorageClassName string
	ImageName        string

	Backup *Backup // nil: no backups
}

// Backup is where and how often.
type Backup struct {
	B2        v1alpha1.B2
	Schedule  v1alpha1.BackupSchedule
	Retention string
}
