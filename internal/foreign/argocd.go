package foreign

import (
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// ArgoApplication is the part of an Argo CD Application that we own or read. It is never sent with Update:
// fields that are not modelled here would be lost.
//
// +kubebuilder:object:root=true
type ArgoApplication struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              ArgoApplicationSpec   `json:"spec"`
	Operation         *ArgoOperation        `json:"operation,omitempty"`
	Status            ArgoApplicationStatus `json:"status,omitempty"`
}

// ArgoApplicationList is a list of Applications.
//
// +kubebuilder:object:root=true
type ArgoApplicationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ArgoApplication `json:"items"`
}

// ArgoApplicationSpec is the desired state.
type ArgoApplicationSpec struct {
	Project     string          `json:"project"`
	Destination ArgoDestination `json:"destination"`
	Source      *ArgoSource     `json:"source,omitempty"`
	SyncPolicy  *ArgoSyncPolicy `json:"syncPolicy,omitempty"`
}

// ArgoDestination is where an Application is deployed.
type ArgoDestination struct {
	Server    string `json:"server,omitempty"`
	Namespace string `json:"namespace,omitempty"`
}

// ArgoSource is what an Application is rendered from.
type ArgoSource struct {
	RepoURL        string         `json:"repoURL"`
	Path           string         `json:"path,omitempty"`
	TargetRevision string         `json:"targetRevision,omitempty"`
	Helm           *ArgoHelm      `json:"helm,omitempty"`
	Kustomize      *ArgoKustomize `json:"kustomize,omitempty"`
}

// ArgoHelm renders a chart. Parameters are image-updater's.
type ArgoHelm struct {
	ReleaseName  string                `json:"releaseName,omitempty"`
	ValuesObject *apiextensionsv1.JSON `json:"valuesObject,omitempty"`
	Parameters   []ArgoHelmParameter   `json:"parameters,omitempty"`
}

// ArgoHelmParameter is one parameter.
type ArgoHelmParameter struct {
	Name        string `json:"name,omitempty"`
	Value       string `json:"value,omitempty"`
	ForceString bool   `json:"forceString,omitempty"`
}

// ArgoKustomize renders a kustomization. Images are image-updater's.
type ArgoKustomize struct {
	Images  []string             `json:"images,omitempty"`
	Patches []ArgoKustomizePatch `json:"patches,omitempty"`
}

// ArgoKustomizePatch is one patch of a kustomization.
type ArgoKustomizePatch struct {
	Patch string `json:"patch,omitempty"`
}

// ArgoSyncPolicy says how an Application is synced.
type ArgoSyncPolicy struct {
	Automated   *ArgoAutomated `json:"automated,omitempty"`
	SyncOptions []string       `json:"syncOptions,omitempty"`
}

// ArgoAutomated is automated sync.
type ArgoAutomated struct {
	Prune    bool `json:"prune,omitempty"`
	SelfHeal bool `json:"selfHeal,omitempty"`
}

// ArgoOperation is an operation that was asked for and has not begun or ended.
type ArgoOperation struct {
	InitiatedBy *ArgoInitiator `json:"initiatedBy,omitempty"`
}

// ArgoInitiator is who asked for an operation.
type ArgoInitiator struct {
	Automated bool   `json:"automated,omitempty"`
	Username  string `json:"username,omitempty"`
}

// ArgoApplicationStatus is what the application-controller says.
type ArgoApplicationStatus struct {
	Conditions          []ArgoCondition     `json:"conditions,omitempty"`
	Health              ArgoHealth          `json:"health,omitempty"`
	Sync                ArgoSync            `json:"sync,omitempty"`
	OperationState      *ArgoOperationState `json:"operationState,omitempty"`
	SourceType          string              `json:"sourceType,omitempty"`
	Summary             ArgoSummary         `json:"summary,omitempty"`
	Resources           []ArgoResource      `json:"resources,omitempty"`
	ControllerNamespace string              `json:"controllerNamespace,omitempty"`
}

// ArgoResource is an object that belongs to an Application.
type ArgoResource struct {
	Group     string `json:"group,omitempty"`
	Kind      string `json:"kind,omitempty"`
	Namespace string `json:"namespace,omitempty"`
	Name      string `json:"name,omitempty"`
}

// ArgoCondition is an error or a warning. Its time moves when it repeats.
type ArgoCondition struct {
	Type    string `json:"type"`
	Message string `json:"message"`
}

// ArgoHealth is Healthy, Progressing, Degraded, Suspended, Missing or Unknown.
type ArgoHealth struct {
	Status string `json:"status,omitempty"`
}

// ArgoSync is Synced, OutOfSync or Unknown, at a revision.
type ArgoSync struct {
	Status     string          `json:"status,omitempty"`
	Revision   string          `json:"revision,omitempty"`
	ComparedTo *ArgoComparedTo `json:"comparedTo,omitempty"`
}

// ArgoComparedTo is the source that the sync status speaks of.
type ArgoComparedTo struct {
	Source *ArgoSource `json:"source,omitempty"`
}

// ArgoOperationState is the last or running operation.
type ArgoOperationState struct {
	Phase      string          `json:"phase,omitempty"`
	Message    string          `json:"message,omitempty"`
	RetryCount int64           `json:"retryCount,omitempty"`
	SyncResult *ArgoSyncResult `json:"syncResult,omitempty"`
}

// ArgoSyncResult is what an operation did.
type ArgoSyncResult struct {
	Resources []ArgoSyncedResource `json:"resources,omitempty"`
}

// ArgoSyncedResource is what an operation did to one resource.
type ArgoSyncedResource struct {
	Kind    string `json:"kind,omitempty"`
	Name    string `json:"name,omitempty"`
	Status  string `json:"status,omitempty"`
	Message string `json:"message,omitempty"`
}

// ArgoSummary lists the images of the pods that run, as their specs name them.
type ArgoSummary struct {
	Images []string `json:"images,omitempty"`
}

// ArgoAppProject is the part of an AppProject that we own.
//
// +kubebuilder:object:root=true
type ArgoAppProject struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              ArgoAppProjectSpec `json:"spec"`
}

// ArgoAppProjectList is a list of AppProjects.
//
// +kubebuilder:object:root=true
type ArgoAppProjectList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []ArgoAppProject `json:"items"`
}

// ArgoAppProjectSpec is what Applications of the project may do.
type ArgoAppProjectSpec struct {
	Description                string             `json:"description,omitempty"`
	SourceRepos                []string           `json:"sourceRepos,omitempty"`
	Destinations               []ArgoDestination  `json:"destinations,omitempty"`
	ClusterResourceWhitelist   []metav1.GroupKind `json:"clusterResourceWhitelist,omitempty"`
	NamespaceResourceWhitelist []metav1.GroupKind `json:"namespaceResourceWhitelist,omitempty"`
	NamespaceResourceBlacklist []metav1.GroupKind `json:"namespaceResourceBlacklist,omitempty"`
}

func addKnownTypes(s *runtime.Scheme) {
	register(s, Application, &ArgoApplication{}, &ArgoApplicationList{})
	register(s, AppProject, &ArgoAppProject{}, &ArgoAppProjectList{})
	register(s, ImageUpdater, &UpdaterCR{}, &UpdaterCRList{})
	register(s, ObjectStore, &BarmanObjectStore{}, &BarmanObjectStoreList{})
	for _, gvk := range []schema.GroupVersionKind{Application, ImageUpdater, ObjectStore} {
		metav1.AddToGroupVersion(s, gvk.GroupVersion())
	}
}

// register gives our small structs the names of the kinds they stand for.
func register(s *runtime.Scheme, gvk schema.GroupVersionKind, obj, list runtime.Object) {
	s.AddKnownTypeWithName(gvk, obj)
	s.AddKnownTypeWithName(gvk.GroupVersion().WithKind(gvk.Kind+"List"), list)
}
