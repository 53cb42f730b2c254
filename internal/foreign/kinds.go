// Package foreign names the kinds of our peers, and holds the few fields of Argo CD, image-updater and the
// Barman plugin that we write or read. Their own modules are too heavy or do not build with ours (docs/decisions.md).
//
// +kubebuilder:object:generate=true
package foreign

import (
	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// The kinds that a plan is made of.
var (
	Application     = schema.GroupVersionKind{Group: "argoproj.io", Version: "v1alpha1", Kind: "Application"}
	AppProject      = schema.GroupVersionKind{Group: "argoproj.io", Version: "v1alpha1", Kind: "AppProject"}
	ImageUpdater    = schema.GroupVersionKind{Group: "argocd-image-updater.argoproj.io", Version: "v1alpha1", Kind: "ImageUpdater"}
	HostClaim       = v1alpha1.GroupVersion.WithKind("AfroHostClaim")
	Ingress         = networkingv1.SchemeGroupVersion.WithKind("Ingress")
	HTTPRoute       = schema.GroupVersionKind{Group: gatewayv1.GroupName, Version: "v1", Kind: "HTTPRoute"}
	ListenerSet     = schema.GroupVersionKind{Group: gatewayv1.GroupName, Version: "v1", Kind: "ListenerSet"}
	Certificate     = certmanagerv1.SchemeGroupVersion.WithKind("Certificate")
	Secret          = corev1.SchemeGroupVersion.WithKind("Secret")
	Cluster         = cnpgv1.SchemeGroupVersion.WithKind("Cluster")
	Database        = cnpgv1.SchemeGroupVersion.WithKind("Database")
	DatabaseRole    = cnpgv1.SchemeGroupVersion.WithKind("DatabaseRole")
	ScheduledBackup = cnpgv1.SchemeGroupVersion.WithKind("ScheduledBackup")
	ObjectStore     = schema.GroupVersionKind{Group: "barmancloud.cnpg.io", Version: "v1", Kind: "ObjectStore"}
)

// The kinds that are only read.
var (
	ClusterIssuer = certmanagerv1.SchemeGroupVersion.WithKind("ClusterIssuer")
	IngressClass  = networkingv1.SchemeGroupVersion.WithKind("IngressClass")
)

// Kind is what has to be known of a kind of child.
type Kind struct {
	schema.GroupVersionKind
	// Resource is the plural name, and the first part of the CRD's name.
	Resource string
	// Data holds what people cannot get back: never pruned, never owned, never deleted without two keys.
	Data bool
	// Core is served by every cluster; the others come and go with their CRD.
	Core bool
	// Cluster is cluster-scoped.
	Cluster bool
	// Merged are the lists that the API server merges by key: items of others may stand beside ours.
	Merged []string
}

// Children are the kinds that an AfroApp or an AfroPlatform becomes, in the order in which they are applied:
// what others rest on first.
var Children = []Kind{
	{GroupVersionKind: AppProject, Resource: "appprojects"},
	{GroupVersionKind: HostClaim, Resource: "afrohostclaims", Core: true, Cluster: true},
	{GroupVersionKind: Secret, Resource: "secrets", Core: true},
	{GroupVersionKind: ObjectStore, Resource: "objectstores", Data: true},
	{GroupVersionKind: Cluster, Resource: "clusters", Data: true},
	{GroupVersionKind: DatabaseRole, Resource: "databaseroles", Data: true},
	{GroupVersionKind: Database, Resource: "databases", Data: true},
	{GroupVersionKind: ScheduledBackup, Resource: "scheduledbackups", Data: true},
	{GroupVersionKind: Certificate, Resource: "certificates"},
	{GroupVersionKind: ListenerSet, Resource: "listenersets", Merged: []string{"listeners"}},
	{GroupVersionKind: HTTPRoute, Resource: "httproutes"},
	{GroupVersionKind: Ingress, Resource: "ingresses", Core: true},
	{GroupVersionKind: Application, Resource: "applications"},
	{GroupVersionKind: ImageUpdater, Resource: "imageupdaters", Merged: []string{"applicationRefs", "images"}},
}

// Of finds what has to be known of a kind.
func Of(gvk schema.GroupVersionKind) (Kind, bool) {
	for _, k := range Children {
		if k.GroupVersionKind == gvk {
			return k, true
		}
	}
	return Kind{}, false
}

// Order is the place of a kind in the order of application.
func Order(gvk schema.GroupVersionKind) int {
	for i, k := range Children {
		if k.GroupVersionKind == gvk {
			return i
		}
	}
	return len(Children)
}

// CRD is the name of the CustomResourceDefinition that serves the kind.
func (k Kind) CRD() string { return k.Resource + "." + k.Group }

// AddToScheme registers every kind that is read or written with types.
func AddToScheme(s *runtime.Scheme) error {
	for _, add := range []func(*runtime.Scheme) error{
		corev1.AddToScheme, appsv1.AddToScheme, batchv1.AddToScheme, networkingv1.AddToScheme, gatewayv1.Install, certmanagerv1.AddToScheme, cnpgv1.AddToScheme, v1alpha1.AddToScheme,
	} {
		if err := add(s); err != nil {
			return err
		}
	}
	addKnownTypes(s)
	return nil
}
