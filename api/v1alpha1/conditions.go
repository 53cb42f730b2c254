package v1alpha1

// Condition types. Those of a facet are present only while the facet is asked for.
const (
	// ConditionReady is True when every other condition of the app is True, False when one is False, else Unknown.
	ConditionReady = "Ready"
	// ConditionAccepted is True when the spec is valid, permitted to its namespace, and its hosts are held.
	ConditionAccepted = "Accepted"
	// ConditionApplied is True when every planned child is as planned, and nothing of ours is left that is not planned.
	ConditionApplied = "Applied"
	// ConditionDelivered is True when no hop of the Delivery lane is stuck, waiting or unknown.
	ConditionDelivered = "Delivered"
	// ConditionExposed is the same of the Edge lane. Present with hosts.
	ConditionExposed = "Exposed"
	// ConditionDatabaseReady is the same of the hops Cluster and Database. Present with a database.
	ConditionDatabaseReady = "DatabaseReady"
	// ConditionRecoverable is the same of the hops WAL, BaseBackup, Recoverable and RestoreVerified. Present with a database that is backed up.
	ConditionRecoverable = "Recoverable"
	// ConditionReconciling is there, and True, while the app is honestly under way (kstatus).
	ConditionReconciling = "Reconciling"
	// ConditionStalled is there, and True, while the app needs help (kstatus).
	ConditionStalled = "Stalled"
)

// Hops, by lane, in order.
const (
	// HopSpec is before all lanes: the spec is valid and permitted.
	HopSpec = "Spec"
	// HopApply is before all lanes: what is planned could be written.
	HopApply = "Apply"

	HopRegistry  = "Registry"
	HopUpdater   = "Updater"
	HopWriteBack = "WriteBack"
	HopSync      = "Sync"
	HopRollout   = "Rollout"
	HopPods      = "Pods"

	HopHostClaim   = "HostClaim"
	HopDNS         = "DNS"
	HopCertificate = "Certificate"
	HopRoute       = "Route"
	HopAnswer      = "Answer"

	HopCluster         = "Cluster"
	HopDatabase        = "Database"
	HopWAL             = "WAL"
	HopBaseBackup      = "BaseBackup"
	HopRecoverable     = "Recoverable"
	HopRestoreVerified = "RestoreVerified"
)

// Reasons of Ready and of the summaries of lanes.
const (
	// ReasonReady: every condition is True.
	ReasonReady = "Ready"
	// ReasonPassed: every hop of the lane passed that this version looks at.
	ReasonPassed = "Passed"
	// ReasonProgressing: a hop is honestly under way.
	ReasonProgressing = "Progressing"
	// ReasonPaused: the annotation platform.afrotomation.com/paused stops every write.
	ReasonPaused = "Paused"
	// ReasonDeleting: the AfroApp is being deleted.
	ReasonDeleting = "Deleting"
	// ReasonNotYetReported: the object is there, and its controller has not answered for this generation.
	ReasonNotYetReported = "NotYetReported"
)

// Reasons of Accepted: what the spec asks for and may not have, or cannot be had here.
const (
	// ReasonAccepted: valid, permitted, hosts held.
	ReasonAccepted = "Accepted"
	// ReasonInvalid: a field breaks its own rule.
	ReasonInvalid = "Invalid"
	// ReasonPlatformMissing: there is no AfroPlatform named default.
	ReasonPlatformMissing = "PlatformMissing"
	// ReasonPlatformInvalid: the AfroPlatform breaks its own rules.
	ReasonPlatformInvalid = "PlatformInvalid"
	// ReasonNamespaceNotPermitted: no tenant of the AfroPlatform matches the namespace, or it is a system namespace that none names.
	ReasonNamespaceNotPermitted = "NamespaceNotPermitted"
	// ReasonImageNotPermitted: the repository is not granted to the namespace.
	ReasonImageNotPermitted = "ImageNotPermitted"
	// ReasonPullSecretNotPermitted: the pull Secret is not offered for the registry.
	ReasonPullSecretNotPermitted = "PullSecretNotPermitted"
	// ReasonSourceNotPermitted: the Git repository or folder is not granted to the namespace.
	ReasonSourceNotPermitted = "SourceNotPermitted"
	// ReasonHostNotPermitted: the host is not granted to the namespace.
	ReasonHostNotPermitted = "HostNotPermitted"
	// ReasonHostConflict: the host is claimed by another app.
	ReasonHostConflict = "HostConflict"
	// ReasonVisibilityNotPermitted: the visibility is not granted to the namespace.
	ReasonVisibilityNotPermitted = "VisibilityNotPermitted"
	// ReasonDatabaseNotPermitted: the database mode is not granted to the namespace.
	ReasonDatabaseNotPermitted = "DatabaseNotPermitted"
	// ReasonExtensionNotPermitted: the extension is on no allow-list.
	ReasonExtensionNotPermitted = "ExtensionNotPermitted"
	// ReasonLimitExceeded: more than the AfroPlatform's limits.
	ReasonLimitExceeded = "LimitExceeded"
	// ReasonNotOffered: the AfroPlatform does not have what is asked for.
	ReasonNotOffered = "NotOffered"
	// ReasonNotCoveredByWildcard: no wildcard certificate covers the host.
	ReasonNotCoveredByWildcard = "NotCoveredByWildcard"
	// ReasonFeatureUnsupported: the edge, git or image-updater cannot do it.
	ReasonFeatureUnsupported = "FeatureUnsupported"
	// ReasonBackupNotOffered: the shared cluster keeps less than is asked for.
	ReasonBackupNotOffered = "BackupNotOffered"
	// ReasonImmutable: the field cannot change while the data exists.
	ReasonImmutable = "Immutable"
)

// Reasons of Applied.
const (
	// ReasonApplied: every planned child is as planned.
	ReasonApplied = "Applied"
	// ReasonNotAccepted: nothing is applied because the spec is not accepted. What was applied before stays.
	ReasonNotAccepted = "NotAccepted"
	// ReasonConflict: an object of that name exists and is not ours.
	ReasonConflict = "Conflict"
	// ReasonNotInstalled: the cluster does not serve the kind.
	ReasonNotInstalled = "NotInstalled"
	// ReasonForbidden: the operator has not the right to write it.
	ReasonForbidden = "Forbidden"
	// ReasonRejected: the API server refused it as invalid.
	ReasonRejected = "Rejected"
	// ReasonNewerOperator: it was last written by a newer operator.
	ReasonNewerOperator = "NewerOperator"
	// ReasonApplyFailed: the API server did not take it; it is tried again.
	ReasonApplyFailed = "ApplyFailed"
	// ReasonDataMissing: data that was there is gone, and an empty database would hide it.
	ReasonDataMissing = "DataMissing"
	// ReasonKeptData: data of an earlier namespace of this name exists.
	ReasonKeptData = "KeptData"
)

// Reasons of the hop Registry. While one of them holds, nobody knows what should run: Delivered is Unknown.
const (
	// ReasonRegistryUnreachable: the registry does not answer, or fails.
	ReasonRegistryUnreachable = "RegistryUnreachable"
	// ReasonUnauthorized: the registry refuses the credentials of the AfroPlatform, or there are none.
	ReasonUnauthorized = "Unauthorized"
	// ReasonTagMissing: the registry has no such tag or repository, or no version in the range.
	ReasonTagMissing = "TagMissing"
	// ReasonRateLimited: the registry takes no more requests for now.
	ReasonRateLimited = "RateLimited"
	// ReasonDigestMissing: what the registry serves is no image, or has no digest.
	ReasonDigestMissing = "DigestMissing"
)

// Reasons of the Delivery lane. The first that holds counts.
const (
	// ReasonStrategyMismatch: the ImageUpdater follows the image by another strategy than was planned.
	ReasonStrategyMismatch = "StrategyMismatch"
	// ReasonTagListIncomplete: the registry serves the tag, and does not list it where image-updater looks for it.
	ReasonTagListIncomplete = "TagListIncomplete"
	// ReasonPlatformMismatch: the image has none of the platforms that image-updater is told to take.
	ReasonPlatformMismatch = "PlatformMismatch"
	// ReasonTagMoved: the tag of an image that is not followed serves another digest than the one that runs.
	ReasonTagMoved = "TagMoved"
	// ReasonRelationUnknown: what the runtime reports cannot be compared with what the registry serves.
	ReasonRelationUnknown = "RelationUnknown"
	// ReasonImagePaused: imageUpdate.paused keeps an older image than the registry serves.
	ReasonImagePaused = "ImagePaused"
	// ReasonUpdaterNotConfigured: image-updater is not installed, or was not told of this app.
	ReasonUpdaterNotConfigured = "UpdaterNotConfigured"
	// ReasonSyncBlocked: the Application is in error, its operation fails, or it is out of sync without automated sync.
	ReasonSyncBlocked = "SyncBlocked"
	// ReasonApplicationNotMatched: image-updater matches no Application, or one whose source it cannot write.
	ReasonApplicationNotMatched = "ApplicationNotMatched"
	// ReasonImageNotLive: the image is not among those that run, so image-updater skips it.
	ReasonImageNotLive = "ImageNotLive"
	// ReasonUpdaterErrors: image-updater's cycles end with errors.
	ReasonUpdaterErrors = "UpdaterErrors"
	// ReasonUpdaterStalled: image-updater has not looked for a long time.
	ReasonUpdaterStalled = "UpdaterStalled"
	// ReasonWriteBackIgnored: the new image is in the Application, and the workload does not take it.
	ReasonWriteBackIgnored = "WriteBackIgnored"
	// ReasonNoWriteBack: image-updater looked and reports no error, and has never written the image back. The silent no-op.
	ReasonNoWriteBack = "NoWriteBack"
	// ReasonUpdaterConflict: another ImageUpdater writes another tag into the Application.
	ReasonUpdaterConflict = "UpdaterConflict"
	// ReasonRolloutDegraded: the workload reports failure.
	ReasonRolloutDegraded = "RolloutDegraded"
	// ReasonRolloutStuck: the workload has been progressing for longer than the grace time.
	ReasonRolloutStuck = "RolloutStuck"
)

// Reasons of the Edge lane.
const (
	// ReasonCertificateNotReady: cert-manager says why the certificate is not ready.
	ReasonCertificateNotReady = "CertificateNotReady"
	// ReasonCertificateFailed: the last issuance failed, and is retried later.
	ReasonCertificateFailed = "CertificateFailed"
	// ReasonIssuerMissing: the ClusterIssuer does not exist.
	ReasonIssuerMissing = "IssuerMissing"
	// ReasonNoControllerAnswered: no edge controller has taken the route within the grace time.
	ReasonNoControllerAnswered = "NoControllerAnswered"
	// ReasonRouteRefused: the Gateway refused the route.
	ReasonRouteRefused = "RouteRefused"
)

// Reasons of the Data lane.
const (
	// ReasonClusterNotReady: CloudNativePG says why the Cluster is not ready.
	ReasonClusterNotReady = "ClusterNotReady"
	// ReasonClusterMissing: the Cluster does not exist.
	ReasonClusterMissing = "ClusterMissing"
	// ReasonClusterSilent: the Cluster has no phase: its ObjectStore or its plugin is missing.
	ReasonClusterSilent = "ClusterSilent"
	// ReasonRoleNotApplied: CloudNativePG could not make the role.
	ReasonRoleNotApplied = "RoleNotApplied"
	// ReasonDatabaseNotApplied: CloudNativePG could not make the database.
	ReasonDatabaseNotApplied = "DatabaseNotApplied"
	// ReasonNoArchiver: no plugin of the Cluster archives WAL, although the Cluster says that archiving works.
	ReasonNoArchiver = "NoArchiver"
	// ReasonArchivingFailing: WAL does not reach the object store.
	ReasonArchivingFailing = "ArchivingFailing"
	// ReasonNoBaseBackup: there is no base backup yet.
	ReasonNoBaseBackup = "NoBaseBackup"
	// ReasonBackupFailed: the last base backup failed.
	ReasonBackupFailed = "BackupFailed"
	// ReasonNotRecoverable: the object store holds nothing that could be restored.
	ReasonNotRecoverable = "NotRecoverable"
)

// Reasons of the AfroPlatform's findings.
const (
	ReasonArgoCDMissing          = "ArgoCDMissing"
	ReasonUpdaterMissing         = "UpdaterMissing"
	ReasonUpdaterUnsupported     = "UpdaterUnsupported"
	ReasonUpdaterNotWatching     = "UpdaterNotWatching"
	ReasonGitIdentityMissing     = "GitIdentityMissing"
	ReasonGitCredentialsMissing  = "GitCredentialsMissing"
	ReasonProjectMissing         = "ProjectMissing"
	ReasonCertManagerMissing     = "CertManagerMissing"
	ReasonIssuerNotReady         = "IssuerNotReady"
	ReasonIngressClassMissing    = "IngressClassMissing"
	ReasonGatewayAPIMissing      = "GatewayAPIMissing"
	ReasonCNPGMissing            = "CNPGMissing"
	ReasonCNPGTooOld             = "CNPGTooOld"
	ReasonBarmanCloudMissing     = "BarmanCloudMissing"
	ReasonSharedClusterMissing   = "SharedClusterMissing"
	ReasonSharedClusterNoArchive = "SharedClusterNoArchive"
	ReasonB2SecretMissing        = "B2SecretMissing"
)

// Annotations that people set on an AfroApp.
const (
	// AnnotationPaused, with the value "true", stops every write for the app, also that of its finalizer. Its status keeps telling the truth.
	AnnotationPaused = "platform.afrotomation.com/paused"
	// AnnotationConfirmDeleteData, with the UID of the AfroApp, is the second key to deleting data.
	AnnotationConfirmDeleteData = "platform.afrotomation.com/confirm-delete-data"
	// AnnotationNewDatabase, with the UID of the Cluster that is gone, consents to a new, empty database in its place.
	AnnotationNewDatabase = "platform.afrotomation.com/new-database"
	// AnnotationConsentNamespace, set by an admin on kept data, with the UID of a namespace, lets an AfroApp of that namespace take the data up.
	AnnotationConsentNamespace = "platform.afrotomation.com/consent-namespace-uid"
)

// Finalizer of an AfroApp: routes, claims, updater and Application are taken away in order, data is kept.
const Finalizer = "platform.afrotomation.com/teardown"
