package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
)

// AfroHostClaim is the lock that makes a host belong to one app in the whole cluster: its name is the host,
// and the API server lets a name exist once. Made and released by the controller; nobody else should write it.
//
// +kubebuilder:object:root=true
// +kubebuilder:resource:scope=Cluster,categories=afro
// +kubebuilder:printcolumn:name="Namespace",type=string,JSONPath=`.spec.holder.namespace`
// +kubebuilder:printcolumn:name="App",type=string,JSONPath=`.spec.holder.name`
// +kubebuilder:printcolumn:name="Age",type=date,JSONPath=`.metadata.creationTimestamp`
// +kubebuilder:validation:XValidation:rule="self.spec.host == self.metadata.name",message="spec.host: not the name of the claim, which is the lock; use the same host for both"
type AfroHostClaim struct {
	metav1.TypeMeta `json:",inline"`
	// metadata of the claim. The name is the host.
	// +optional
	metav1.ObjectMeta `json:"metadata,omitempty"`

	// spec says who holds the host.
	// +required
	Spec AfroHostClaimSpec `json:"spec"`
}

// AfroHostClaimList is a list of AfroHostClaims.
//
// +kubebuilder:object:root=true
type AfroHostClaimList struct {
	metav1.TypeMeta `json:",inline"`
	// +optional
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []AfroHostClaim `json:"items"`
}

// AfroHostClaimSpec says who holds the host.
type AfroHostClaimSpec struct {
	// host that is claimed, equal to the name of the claim.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Host string `json:"host"`

	// holder is the AfroApp that holds it.
	// +required
	Holder HostHolder `json:"holder"`
}

// HostHolder is the AfroApp that holds a host.
type HostHolder struct {
	// namespace of the AfroApp.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=63
	Namespace string `json:"namespace"`
	// name of the AfroApp.
	// +required
	// +kubebuilder:validation:MinLength=1
	// +kubebuilder:validation:MaxLength=253
	Name string `json:"name"`
	// uid of the AfroApp: another one of the same name does not hold the host.
	// +required
	UID types.UID `json:"uid"`
}
