package controllers

import (
	"context"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/predicate"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/gather"
)

// +kubebuilder:rbac:groups=platform.afrotomation.com,resources=afroapps,verbs=get;list;watch;patch
// +kubebuilder:rbac:groups=platform.afrotomation.com,resources=afroapps/status,verbs=patch
// +kubebuilder:rbac:groups=platform.afrotomation.com,resources=afroapps/finalizers,verbs=update;patch
// +kubebuilder:rbac:groups=platform.afrotomation.com,resources=afrohostclaims,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups="",resources=namespaces,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=secrets,verbs=list;watch;create;patch;delete
// +kubebuilder:rbac:groups=networking.k8s.io,resources=ingresses,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=gateway.networking.k8s.io,resources=httproutes;listenersets,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=cert-manager.io,resources=certificates,verbs=get;list;watch;create;patch;delete
// +kubebuilder:rbac:groups=postgresql.cnpg.io,resources=clusters;databases;databaseroles;scheduledbackups,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=barmancloud.cnpg.io,resources=objectstores,verbs=get;list;watch;create;patch
// +kubebuilder:rbac:groups=argoproj.io,resources=applications;appprojects,verbs=get;list;watch
// +kubebuilder:rbac:groups=argocd-image-updater.argoproj.io,resources=imageupdaters,verbs=get;list;watch
// +kubebuilder:rbac:groups="",resources=pods,verbs=list;watch
// +kubebuilder:rbac:groups=apps,resources=deployments;statefulsets;daemonsets,verbs=get
// +kubebuilder:rbac:groups=batch,resources=cronjobs,verbs=get
// +kubebuilder:rbac:groups=apiextensions.k8s.io,resources=customresourcedefinitions,verbs=get;list;watch
// +kubebuilder:rbac:groups=events.k8s.io,resources=events,verbs=create;patch

// indexHost finds AfroApps by a host that they ask for.
const indexHost = "spec.hosts"

func (r *AfroAppReconciler) setup(mgr ctrl.Manager, o Options) error {
	err := mgr.GetFieldIndexer().IndexField(context.Background(), &v1alpha1.AfroApp{}, indexHost, func(obj client.Object) []string {
		return obj.(*v1alpha1.AfroApp).Spec.Hosts
	})
	if err != nil {
		return err
	}
	return ctrl.NewControllerManagedBy(mgr).Named("afroapp").
		For(&v1alpha1.AfroApp{}, builder.WithPredicates(r.wanted())).
		Watches(&v1alpha1.AfroPlatform{}, handler.EnqueueRequestsFromMapFunc(r.everyApp), builder.WithPredicates(predicate.Or(predicate.GenerationChangedPredicate{}, madeAnew()))).
		WatchesMetadata(namespaceMeta(), handler.EnqueueRequestsFromMapFunc(r.appsOfNamespace), builder.WithPredicates(predicate.Or(predicate.LabelChangedPredicate{}, madeAnew()))).
		WatchesRawSource(childSource{kinds: r.Kinds, subscribe: r.subscribe}).
		WithOptions(o.controller(o.Workers)).
		Complete(r)
}

// madeAnew lets an object through that was deleted and made again while the watch was broken: to a cache that looks like
// an update.
func madeAnew() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool { return e.ObjectOld.GetUID() != e.ObjectNew.GetUID() }}
}

// wanted lets through what people change: the spec, an annotation, the deletion. Our own status writes stay outside; the pacer
// sees that they have come.
func (r *AfroAppReconciler) wanted() predicate.Predicate {
	return predicate.Funcs{UpdateFunc: func(e event.UpdateEvent) bool {
		r.pacer.shown(e.ObjectNew.(*v1alpha1.AfroApp))
		return e.ObjectOld.GetUID() != e.ObjectNew.GetUID() ||
			e.ObjectOld.GetGeneration() != e.ObjectNew.GetGeneration() ||
			!labels.Equals(e.ObjectOld.GetAnnotations(), e.ObjectNew.GetAnnotations()) ||
			e.ObjectNew.GetDeletionTimestamp() != nil && e.ObjectOld.GetDeletionTimestamp() == nil ||
			len(e.ObjectOld.GetFinalizers()) > len(e.ObjectNew.GetFinalizers())
	}}
}

func (r *AfroAppReconciler) subscribe(q queue) gather.Subscriber {
	ctx := context.Background()
	r.again = func(req ctrl.Request, after time.Duration) { q.AddAfter(req, after) }
	r.registries.mu.Lock()
	r.registries.tell = func(req ctrl.Request) { q.Add(req) }
	r.registries.mu.Unlock()
	return gather.Subscriber{
		Child: func(k foreign.Kind, obj client.Object, deleted bool) {
			if deleted {
				r.Applier.Forget(expand.Key{Kind: k.Kind, Namespace: obj.GetNamespace(), Name: obj.GetName()})
			}
			for _, req := range r.concerned(ctx, k, obj, deleted) {
				q.Add(req)
			}
		},
		Pod: func(namespace, app string) { q.Add(request(namespace, app)) },
		Kinds: func() {
			for _, req := range r.everyApp(ctx, nil) {
				q.Add(req)
			}
		},
	}
}

// concerned are the apps that have to look again after something happened to an object: its owner; for the platform's
// database every app that shares it; for a claim that went, who waits for the host.
func (r *AfroAppReconciler) concerned(ctx context.Context, k foreign.Kind, obj client.Object, deleted bool) []reconcile.Request {
	var out []reconcile.Request
	kind, rest, _ := strings.Cut(obj.GetAnnotations()[expand.AnnotationOwner], "/")
	if namespace, name, ok := strings.Cut(rest, "/"); ok && kind == "AfroApp" {
		out = append(out, request(namespace, name))
	}
	if kind != "AfroApp" && (k.GroupVersionKind == foreign.Cluster || k.GroupVersionKind == foreign.ObjectStore || k.GroupVersionKind == foreign.ScheduledBackup) {
		out = append(out, r.appsOfSharedCluster(ctx, obj)...)
	}
	if iu, ok := obj.(*foreign.UpdaterCR); ok && gather.Foreign(iu) {
		out = append(out, r.everyApp(ctx, nil)...)
	}
	if deleted && k.GroupVersionKind == foreign.HostClaim {
		out = append(out, r.appsOfHost(ctx, obj.GetName())...)
	}
	return out
}

func (r *AfroAppReconciler) everyApp(ctx context.Context, _ client.Object) []reconcile.Request {
	return r.appsWhere(ctx, nil)
}

func (r *AfroAppReconciler) appsOfNamespace(ctx context.Context, ns client.Object) []reconcile.Request {
	return r.appsWhere(ctx, nil, client.InNamespace(ns.GetName()))
}

// appsOfHost also finds machine names on the tailnet, whose claim carries the domain.
func (r *AfroAppReconciler) appsOfHost(ctx context.Context, host string) []reconcile.Request {
	label, _, _ := strings.Cut(host, ".")
	return append(r.appsWhere(ctx, nil, client.MatchingFields{indexHost: host}), r.appsWhere(ctx, nil, client.MatchingFields{indexHost: label})...)
}

func (r *AfroAppReconciler) appsOfSharedCluster(ctx context.Context, obj client.Object) []reconcile.Request {
	p, err := platformOf(ctx, r.Client)
	shared, ok := sharedClusterOf(p)
	if err != nil || !ok || obj.GetNamespace() != shared.Namespace {
		return nil
	}
	return r.appsWhere(ctx, wantsShared)
}

func (r *AfroAppReconciler) appsWhere(ctx context.Context, want func(*v1alpha1.AfroApp) bool, opts ...client.ListOption) []reconcile.Request {
	apps := &v1alpha1.AfroAppList{}
	if err := r.Client.List(ctx, apps, opts...); err != nil {
		return nil // the cache is not there yet: then every app is still to come
	}
	var out []reconcile.Request
	for i := range apps.Items {
		if want == nil || want(&apps.Items[i]) {
			out = append(out, request(apps.Items[i].Namespace, apps.Items[i].Name))
		}
	}
	return out
}

func metadataOf(gvk schemaGVK) *metav1.PartialObjectMetadata {
	m := &metav1.PartialObjectMetadata{}
	m.SetGroupVersionKind(gvk)
	return m
}
