// Package gather is the eyes: it keeps what the cluster says of our children in small caches, and knows which kinds
// the cluster serves right now.
package gather

import (
	"net/http"

	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// CacheOptions keep the manager's cache small: only children of ours, without managed fields, without passwords, without
// what is never looked at. A child whose label was taken off is gone from the cache; the next pass finds it by name and labels it again.
// Kinds of peers are not named here: a cache that names a kind cannot be made while its CRD is missing.
func CacheOptions() cache.Options {
	all := cache.ByObject{Label: labels.Everything()}
	yes := true
	return cache.Options{
		DefaultLabelSelector:         labels.SelectorFromSet(labels.Set{expand.LabelManagedBy: expand.ManagedBy}),
		DefaultUnsafeDisableDeepCopy: &yes,
		DefaultTransform:             diet,
		ReaderFailOnMissingInformer:  true,
		ByObject: map[client.Object]cache.ByObject{
			&v1alpha1.AfroApp{}: all, &v1alpha1.AfroPlatform{}: all, &corev1.Namespace{}: all,
			&apiextensionsv1.CustomResourceDefinition{}: all, &corev1.Pod{}: {Label: podsOfApps},
		},
	}
}

// wideOptions are for kinds that are looked at also where they are not ours.
func wideOptions(s *runtime.Scheme, mapper meta.RESTMapper, client *http.Client) cache.Options {
	yes := true
	return cache.Options{Scheme: s, Mapper: mapper, HTTPClient: client, DefaultTransform: diet,
		DefaultUnsafeDisableDeepCopy: &yes, ReaderFailOnMissingInformer: true}
}

// wide tells whether a kind is looked at also where it is not ours: the shared Cluster and its archive may be the admin's own,
// and another ImageUpdater may match an Application of ours.
func wide(k foreign.Kind) bool {
	return k.GroupVersionKind == foreign.ImageUpdater || k.GroupVersionKind == foreign.Cluster || k.GroupVersionKind == foreign.ObjectStore || k.GroupVersionKind == foreign.ScheduledBackup
}

// diet takes out what nobody here reads. What is left is never sent back.
func diet(in any) (any, error) {
	obj, err := meta.Accessor(in)
	if err != nil {
		return in, nil //nolint:nilerr // a tombstone of the informer: nothing to slim
	}
	obj.SetManagedFields(nil)
	if a := obj.GetAnnotations(); a != nil {
		delete(a, corev1.LastAppliedConfigAnnotation)
	}
	switch o := in.(type) {
	case *corev1.Secret:
		apply.HashSecret(o)
	case *cnpgv1.Cluster:
		s := o.Status
		o.Status = cnpgv1.ClusterStatus{Phase: s.Phase, PhaseReason: s.PhaseReason, Conditions: s.Conditions,
			Instances: s.Instances, ReadyInstances: s.ReadyInstances}
	case *cnpgv1.ScheduledBackup:
		o.Status.LastCheckTime = nil // it moves, and says nothing
	case *corev1.Pod:
		slimPod(o)
	case *foreign.ArgoApplication:
		o.Status.Resources = workloads(o.Status.Resources)
	case *foreign.UpdaterCR:
		o.Status.Conditions = settled(o.Status.Conditions)
		if o.Annotations[expand.AnnotationOwner] == "" {
			o.Status = foreign.UpdaterStatus{} // of others, only what they match counts
		}
	}
	return in, nil
}

func newObject(s *runtime.Scheme, gvk schemaGVK) (client.Object, error) {
	o, err := s.New(gvk)
	if err != nil {
		return nil, err
	}
	return o.(client.Object), nil
}
