package foreign

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// BarmanPlugin is the name of the Barman Cloud plugin in Clusters and ScheduledBackups.
const BarmanPlugin = "barman-cloud.cloudnative-pg.io"

// BarmanObjectStore is the part of an ObjectStore of plugin-barman-cloud that we own or read.
//
// +kubebuilder:object:root=true
type BarmanObjectStore struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              BarmanObjectStoreSpec   `json:"spec"`
	Status            BarmanObjectStoreStatus `json:"status,omitempty"`
}

// BarmanObjectStoreList is a list of ObjectStores.
//
// +kubebuilder:object:root=true
type BarmanObjectStoreList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []BarmanObjectStore `json:"items"`
}

// BarmanObjectStoreSpec is a place in a bucket.
type BarmanObjectStoreSpec struct {
	RetentionPolicy              string              `json:"retentionPolicy,omitempty"`
	Configuration                BarmanConfiguration `json:"configuration"`
	InstanceSidecarConfiguration *BarmanSidecar      `json:"instanceSidecarConfiguration,omitempty"`
}

// BarmanConfiguration says how barman reaches the place, and what it writes there.
type BarmanConfiguration struct {
	DestinationPath string             `json:"destinationPath"`
	EndpointURL     string             `json:"endpointURL,omitempty"`
	S3Credentials   *BarmanCredentials `json:"s3Credentials,omitempty"`
	WAL             *BarmanWAL         `json:"wal,omitempty"`
	Data            *BarmanData        `json:"data,omitempty"`
}

// BarmanCredentials names the keys of a Secret.
type BarmanCredentials struct {
	AccessKeyID     *BarmanSecretKey `json:"accessKeyId,omitempty"`
	SecretAccessKey *BarmanSecretKey `json:"secretAccessKey,omitempty"`
}

// BarmanSecretKey is a key of a Secret.
type BarmanSecretKey struct {
	Name string `json:"name"`
	Key  string `json:"key"`
}

// BarmanWAL says how WAL is written. Without compression an idle cluster writes 22.5 GiB a day.
type BarmanWAL struct {
	Compression string `json:"compression,omitempty"`
	MaxParallel int    `json:"maxParallel,omitempty"`
}

// BarmanData says how base backups are written.
type BarmanData struct {
	Compression         string `json:"compression,omitempty"`
	Jobs                int32  `json:"jobs,omitempty"`
	ImmediateCheckpoint bool   `json:"immediateCheckpoint,omitempty"`
}

// BarmanSidecar is the shape of the plugin's container beside PostgreSQL.
type BarmanSidecar struct {
	RetentionPolicyIntervalSeconds int                         `json:"retentionPolicyIntervalSeconds,omitempty"`
	Env                            []corev1.EnvVar             `json:"env,omitempty"`
	Resources                      corev1.ResourceRequirements `json:"resources,omitempty"`
}

// BarmanObjectStoreStatus is the best single proof of a backup.
type BarmanObjectStoreStatus struct {
	ServerRecoveryWindow map[string]BarmanRecoveryWindow `json:"serverRecoveryWindow,omitempty"`
}

// BarmanRecoveryWindow is what can be restored of one server. It appears once a base backup is stored.
type BarmanRecoveryWindow struct {
	FirstRecoverabilityPoint *metav1.Time `json:"firstRecoverabilityPoint,omitempty"`
	LastSuccessfulBackupTime *metav1.Time `json:"lastSuccessfulBackupTime,omitempty"`
	LastFailedBackupTime     *metav1.Time `json:"lastFailedBackupTime,omitempty"`
}
