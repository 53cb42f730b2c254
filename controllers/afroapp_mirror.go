package controllers

import (
	"context"

	certmanagerv1 "github.com/cert-manager/cert-manager/pkg/apis/certmanager/v1"
	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	networkingv1 "k8s.io/api/networking/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/gather"
)

type schemaGVK = schema.GroupVersionKind

// mirror puts the children whose status is read into the facts.
func (r *AfroAppReconciler) mirror(ctx context.Context, p *pass) {
	c := &p.facts.Children
	for _, obj := range p.children {
		switch o := obj.(type) {
		case *foreign.ArgoApplication:
			c.Application = o
		case *foreign.UpdaterCR:
			c.ImageUpdater = o
		case *networkingv1.Ingress:
			c.Ingress = o
		case *gatewayv1.HTTPRoute:
			c.HTTPRoute = o
		case *certmanagerv1.Certificate:
			c.Certificate = o
		case *cnpgv1.Cluster:
			c.Cluster = o
		case *foreign.BarmanObjectStore:
			c.ObjectStore = o
		case *cnpgv1.ScheduledBackup:
			c.ScheduledBackup = o
		case *cnpgv1.DatabaseRole:
			c.DatabaseRole = o
		case *cnpgv1.Database:
			c.Database = o
		}
	}
	if shared, ok := sharedClusterOf(p.input.Platform); ok && wantsShared(p.app) {
		r.mirrorShared(ctx, p, shared)
	}
}

// mirrorShared reads the shared Cluster and its archive, whoever made them.
func (r *AfroAppReconciler) mirrorShared(ctx context.Context, p *pass, shared types.NamespacedName) {
	c := &p.facts.Children
	// Errors of a cache that was just stopped read as absence, and absence reads as unknown.
	c.Cluster, _ = gather.Get(ctx, r.Kinds, foreign.Cluster, shared, &cnpgv1.Cluster{})
	if c.Cluster == nil {
		return
	}
	for _, plugin := range c.Cluster.Spec.Plugins {
		if plugin.Name == foreign.BarmanPlugin {
			store := types.NamespacedName{Namespace: shared.Namespace, Name: plugin.Parameters["barmanObjectName"]}
			c.ObjectStore, _ = gather.Get(ctx, r.Kinds, foreign.ObjectStore, store, &foreign.BarmanObjectStore{})
		}
	}
	c.ScheduledBackup, _ = gather.Get(ctx, r.Kinds, foreign.ScheduledBackup, shared, &cnpgv1.ScheduledBackup{})
}

func sharedClusterOf(p *v1alpha1.AfroPlatform) (types.NamespacedName, bool) {
	if p == nil || p.Spec.Database == nil || p.Spec.Database.Shared == nil {
		return types.NamespacedName{}, false
	}
	return types.NamespacedName{Namespace: p.Spec.Database.Shared.Namespace, Name: p.Spec.Database.Shared.Name}, true
}

func wantsShared(app *v1alpha1.AfroApp) bool {
	return app.Spec.Database != nil && app.Spec.Database.Mode != v1alpha1.DatabaseDedicated
}
