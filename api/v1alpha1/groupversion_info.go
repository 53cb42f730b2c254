// Package v1alpha1 is the promise of AfroApp to its users: types, words and bounds, no behaviour.
//
// +kubebuilder:object:generate=true
// +groupName=platform.afrotomation.com
package v1alpha1

import (
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// GroupVersion is the API group and version of every kind in this package.
var GroupVersion = schema.GroupVersion{Group: "platform.afrotomation.com", Version: "v1alpha1"}

// AddToScheme registers the kinds of this package.
func AddToScheme(s *runtime.Scheme) error {
	s.AddKnownTypes(GroupVersion,
		&AfroApp{}, &AfroAppList{},
		&AfroPlatform{}, &AfroPlatformList{},
		&AfroHostClaim{}, &AfroHostClaimList{},
	)
	metav1.AddToGroupVersion(s, GroupVersion)
	return nil
}
