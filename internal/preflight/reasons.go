package preflight

import "github.com/afrotomation/afroapp/api/v1alpha1"

// Reasons of findings. The severity is that of the worst case; where the thing could not be read it is Unknown.
const (
	// ArgoCDMissing, Error: Application or AppProject is not served, or the application-controller is scaled to zero. Warning: no
	// application-controller was found in the namespace that the platform names.
	ArgoCDMissing = v1alpha1.ReasonArgoCDMissing
	// ProjectMissing, Error: a tenant names an AppProject that does not exist; Argo CD refuses its Applications.
	ProjectMissing = v1alpha1.ReasonProjectMissing

	// UpdaterMissing, Error: neither the kind ImageUpdater nor a Deployment of image-updater is there, the kind is missing where it
	// is needed, or the Deployment is scaled to zero. Warning: the kind is served and no Deployment was found.
	UpdaterMissing = v1alpha1.ReasonUpdaterMissing
	// UpdaterUnsupported, Error: the version cannot be told what to do in the flavour that is used: 1.0.0 to 1.0.2 and 1.1.0 need
	// spec.namespace, which 1.2.0 refuses; 0.x reads no ImageUpdater; 1.0.x reads no annotations.
	UpdaterUnsupported = v1alpha1.ReasonUpdaterUnsupported
	// UpdaterOutdated, Warning: before 1.2.0 an ImageUpdater has no status, so a stuck one cannot be told from one that works.
	UpdaterOutdated = "UpdaterOutdated"
	// UpdaterNotWatching, Error: image-updater does not watch Argo CD's namespace, or takes another namespace for Argo CD's and
	// commits to a file that Argo CD does not read. Warning: so it seems, but its version could not be told.
	UpdaterNotWatching = v1alpha1.ReasonUpdaterNotWatching
	// UpdaterIgnoresAnnotations, Error: the flavour is Annotations, and image-updater 1.x reads them only where an ImageUpdater
	// with useAnnotations asks for it. Warning: so it seems, but its version could not be told.
	UpdaterIgnoresAnnotations = "UpdaterIgnoresAnnotations"
	// UpdaterDryRun, Error: image-updater runs with --dry-run and writes nothing, ever.
	UpdaterDryRun = "UpdaterDryRun"

	// GitIdentityMissing, Error: write-back is Git and the flags of image-updater blank its identity, so git refuses each commit.
	// Without those flags there is a default identity; an empty variable falls back to it.
	GitIdentityMissing = v1alpha1.ReasonGitIdentityMissing
	// GitCredentialsMissing, Error: the Secret for pushes does not exist. Warning: none is named, and Argo CD has no credentials of
	// any repository.
	GitCredentialsMissing = v1alpha1.ReasonGitCredentialsMissing
	// GitNotWritable, Error: image-updater cannot commit to the repository of the workload chart: plain http with a Secret, or a
	// revision that is no branch. Warning: the same of the infra repository, for apps with their own manifests. HEAD is no
	// finding: image-updater resolves it to the default branch.
	GitNotWritable = "GitNotWritable"
	// PullSecretMissing, Error: a pull Secret that apps may name is not in Argo CD's namespace, where image-updater looks.
	PullSecretMissing = "PullSecretMissing"

	// CertManagerMissing, Error: a ClusterIssuer is named and the kind Certificate is not served.
	CertManagerMissing = v1alpha1.ReasonCertManagerMissing
	// IssuerNotReady, Error: the ClusterIssuer does not exist, or cert-manager says that it is not ready. Warning: cert-manager has
	// not answered yet.
	IssuerNotReady = v1alpha1.ReasonIssuerNotReady
	// IngressClassMissing, Error: an IngressClass that the edge or the tailnet names does not exist; no controller takes the routes.
	IngressClassMissing = v1alpha1.ReasonIngressClassMissing
	// GatewayAPIMissing, Error: the dialect is Gateway and HTTPRoute is not served, or, where certificates are per host by
	// default, ListenerSet. Warning: ListenerSet is not served, and apps may ask for certificates per host.
	GatewayAPIMissing = v1alpha1.ReasonGatewayAPIMissing
	// GatewayMissing, Error: the Gateway does not exist, or has not the listener that routes attach to.
	GatewayMissing = "GatewayMissing"
	// GatewayClosed, Error: the listener takes no routes from other namespaces, or the Gateway no ListenerSets where certificates are
	// per host by default. Warning: no ListenerSets, and apps may ask for certificates per host.
	GatewayClosed = "GatewayClosed"

	// CNPGMissing, Error: the kind Cluster is not served. Warning: it is, and no operator was found.
	CNPGMissing = v1alpha1.ReasonCNPGMissing
	// CNPGTooOld, Error: Cluster is served and a kind that is needed is not: DatabaseRole came with 1.30.
	CNPGTooOld = v1alpha1.ReasonCNPGTooOld
	// BarmanCloudMissing, Error: backups are asked for and the kind ObjectStore is not served. Warning: it is, and no plugin was found.
	BarmanCloudMissing = v1alpha1.ReasonBarmanCloudMissing
	// SharedClusterMissing, Error: the shared Cluster does not exist.
	SharedClusterMissing = v1alpha1.ReasonSharedClusterMissing
	// SharedClusterNotReady, Error: no instance of the shared Cluster is ready. Warning: not all are.
	SharedClusterNotReady = "SharedClusterNotReady"
	// SharedClusterNoArchive, Error: backups are asked for and no plugin of the shared Cluster archives WAL; its condition
	// ContinuousArchiving says True all the same.
	SharedClusterNoArchive = v1alpha1.ReasonSharedClusterNoArchive
	// B2SecretMissing, Error: the key of the bucket is not in the namespace of the managed shared Cluster. Warning: not in that of
	// a Cluster of your own, which may use another Secret.
	B2SecretMissing = v1alpha1.ReasonB2SecretMissing
)

// Severities, the worst first.
const (
	severityError   = "Error"
	severityWarning = "Warning"
	severityUnknown = "Unknown"
)
