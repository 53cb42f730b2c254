package foreign

import metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

// UpdaterCR is the part of an ImageUpdater (argocd-image-updater 1.1.1 and later) that we own or read.
//
// +kubebuilder:object:root=true
type UpdaterCR struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              UpdaterSpec   `json:"spec"`
	Status            UpdaterStatus `json:"status,omitempty"`
}

// UpdaterCRList is a list of ImageUpdaters.
//
// +kubebuilder:object:root=true
type UpdaterCRList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []UpdaterCR `json:"items"`
}

// UpdaterSpec says which images of which Applications are followed.
type UpdaterSpec struct {
	ApplicationRefs []UpdaterApplicationRef `json:"applicationRefs"`
}

// UpdaterApplicationRef is one Application, by its exact name.
type UpdaterApplicationRef struct {
	NamePattern     string                `json:"namePattern"`
	LabelSelectors  *metav1.LabelSelector `json:"labelSelectors,omitempty"`
	UseAnnotations  *bool                 `json:"useAnnotations,omitempty"`
	WriteBackConfig *UpdaterWriteBack     `json:"writeBackConfig,omitempty"`
	Images          []UpdaterImage        `json:"images,omitempty"`
}

// UpdaterWriteBack says where new images are written.
type UpdaterWriteBack struct {
	Method    string            `json:"method,omitempty"`
	GitConfig *UpdaterGitConfig `json:"gitConfig,omitempty"`
}

// UpdaterGitConfig is the branch that is committed to.
type UpdaterGitConfig struct {
	Repository string `json:"repository,omitempty"`
	Branch     string `json:"branch,omitempty"`
}

// UpdaterImage is one image that is followed.
type UpdaterImage struct {
	Alias                string          `json:"alias"`
	ImageName            string          `json:"imageName"`
	CommonUpdateSettings UpdaterSettings `json:"commonUpdateSettings"`
	ManifestTargets      UpdaterTargets  `json:"manifestTargets"`
}

// UpdaterSettings are written out for every image: the CRDs of 1.0 to 1.3 store `semver` where they are omitted.
type UpdaterSettings struct {
	UpdateStrategy string   `json:"updateStrategy"`
	ForceUpdate    bool     `json:"forceUpdate"`
	IgnoreTags     []string `json:"ignoreTags,omitempty"`
	PullSecret     string   `json:"pullSecret,omitempty"`
	Platforms      []string `json:"platforms,omitempty"`
}

// UpdaterTargets is what is written in the Application. Exactly one is set.
type UpdaterTargets struct {
	Helm      *UpdaterHelmTarget      `json:"helm,omitempty"`
	Kustomize *UpdaterKustomizeTarget `json:"kustomize,omitempty"`
}

// UpdaterHelmTarget names the values of the chart.
type UpdaterHelmTarget struct {
	Name string `json:"name,omitempty"`
	Tag  string `json:"tag,omitempty"`
}

// UpdaterKustomizeTarget names the image in the manifests.
type UpdaterKustomizeTarget struct {
	Name string `json:"name"`
}

// UpdaterStatus is what image-updater says, since 1.2.0. It lies: Ready and "no errors" stand while nothing is ever updated.
type UpdaterStatus struct {
	ObservedGeneration  int64                 `json:"observedGeneration,omitempty"`
	LastCheckedAt       *metav1.Time          `json:"lastCheckedAt,omitempty"`
	ApplicationsMatched int32                 `json:"applicationsMatched,omitempty"`
	ImagesManaged       int32                 `json:"imagesManaged,omitempty"`
	Conditions          []metav1.Condition    `json:"conditions,omitempty"`
	RecentUpdates       []UpdaterRecentUpdate `json:"recentUpdates,omitempty"`
}

// UpdaterRecentUpdate is the last update of one image.
type UpdaterRecentUpdate struct {
	Alias      string `json:"alias,omitempty"`
	NewVersion string `json:"newVersion,omitempty"`
}
