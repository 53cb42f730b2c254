package preflight

import (
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/observe"
	"github.com/afrotomation/afroapp/internal/platform"
)

// Facts are everything that a preflight knows.
type Facts struct {
	// Platform as it was read, with the status that was last written.
	Platform *v1alpha1.AfroPlatform
	// Now is the time of the pass.
	Now time.Time
	// Flavours say which kinds the cluster serves.
	Flavours platform.Flavours
	// Outcomes of what the platform itself makes, in the order of its plan. Nil: nothing is planned, or it could not be told;
	// the ledger then stays as it was.
	Outcomes []observe.Outcome

	Read
}

// Reading is how one read went.
type Reading string

const (
	// NotAsked: nothing in the spec needs it.
	NotAsked Reading = ""
	// Found: it is there.
	Found Reading = "Found"
	// NotFound: the API server says that it is not there.
	NotFound Reading = "NotFound"
	// Forbidden: the operator may not read it.
	Forbidden Reading = "Forbidden"
	// Failed: the API server gave no answer. What was known before is kept.
	Failed Reading = "Failed"
	// Elsewhere: it stands where the operator does not look, in a Secret for example.
	Elsewhere Reading = "Elsewhere"
)

// Read is what was read of the peers.
type Read struct {
	// ArgoCD is the application-controller in Argo CD's namespace.
	ArgoCD Workloads
	// Projects are the AppProjects that tenants name.
	Projects map[string]Reading

	// Updater is image-updater, in any namespace.
	Updater Workloads
	// UpdaterCRD is the shape of the CRD of ImageUpdaters.
	UpdaterCRD UpdaterCRD
	// Annotated is an ImageUpdater in Argo CD's namespace that reads annotations.
	Annotated Reading
	// GitSecret is the Secret that the platform names for pushes.
	GitSecret Reading
	// RepositorySecrets are Argo CD's own credentials of repositories: Found when there is at least one.
	RepositorySecrets Reading
	// PullSecrets are those of the registries, in Argo CD's namespace.
	PullSecrets map[string]Reading

	// CertManager and GatewayAPI are the versions that their CRDs carry.
	CertManager, GatewayAPI Release
	ClusterIssuer           Issuer
	// IngressClasses are those that the edge and the tailnet name.
	IngressClasses map[string]Reading
	Gateway        Gateway

	// CNPG is the operator of CloudNativePG, Barman its backup plugin, in any namespace.
	CNPG, Barman Workloads
	// SharedCluster is the Cluster that apps share.
	SharedCluster Cluster
	// B2Secret is the key of the bucket, in the namespace of the shared Cluster.
	B2Secret Reading
}

// Workloads are the Deployments or StatefulSets of one peer. NotFound: every place was looked at, and there is none under the
// labels and names that the peer's projects use. Forbidden or Failed: some place could not be looked at.
type Workloads struct {
	Reading Reading
	Items   []Workload
}

// Workload is a Deployment or StatefulSet, by the container that counts.
type Workload struct {
	Kind, Namespace, Name string
	Image                 string
	// Stopped: it is scaled to zero.
	Stopped bool
	// Args are the container's command and arguments.
	Args []string
	// Env are the variables that are judged here, resolved; nothing else of the environment.
	Env []Variable
}

// Variable of an environment that is set, or could not be resolved (Forbidden, Failed, Elsewhere).
type Variable struct {
	Name, Value string
	Reading     Reading
}

// UpdaterCRD is what the schema of ImageUpdater tells of its version.
type UpdaterCRD struct {
	Reading Reading
	// Namespace is the field spec.namespace: Required (1.0.0 to 1.0.2, 1.1.0), Optional (1.0.3 to 1.1.3) or, since 1.2.0, empty.
	Namespace string
	// Reports: the status has lastCheckedAt (1.2.0 and later).
	Reports bool
}

// Values of UpdaterCRD.Namespace.
const (
	FieldRequired = "Required"
	FieldOptional = "Optional"
)

// Release is a version that was read somewhere.
type Release struct {
	Reading Reading
	Version string
	// Channel of the Gateway API: standard or experimental.
	Channel string
}

// Issuer is a ClusterIssuer.
type Issuer struct {
	Reading Reading
	// Ready is the status of its condition Ready; empty while cert-manager has not answered for this generation.
	Ready string
	// Reason of that condition.
	Reason string
}

// Gateway is the Gateway that HTTPRoutes attach to.
type Gateway struct {
	Reading   Reading
	Listeners []Listener
	// ListenerSets is spec.allowedListeners.namespaces.from; empty is None.
	ListenerSets string
}

// Listener of a Gateway, and from which namespaces it takes routes: All, Selector, None, or Same, which is the default.
type Listener struct{ Name, From string }

// Cluster is the shared Cluster of CloudNativePG.
type Cluster struct {
	Reading Reading
	// Created is when the Cluster was made.
	Created time.Time
	// Archiver: an enabled plugin archives WAL.
	Archiver bool
	// Instances are those that are wanted, ReadyInstances those that are ready.
	Instances, ReadyInstances int64
	Phase                     string
}
