package controllers

import (
	"context"

	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/gather"
)

type schemaGVK = schema.GroupVersionKind

// mirror puts the children whose status is read into the facts. Of what was just written, what the caches have is older:
// nobody has answered to it yet, and what is said of the old one must not pass for an answer.
func (r *AfroAppReconciler) mirror(ctx context.Context, p *pass) {
	p.facts.Unseen = map[string]bool{}
	for _, key := range p.mirrored() {
		live := p.children[key]
		if r.Applier.Unseen(key, live) {
			p.facts.Unseen[key.Kind] = true
			continue
		}
		p.facts.Children.Adopt(live)
	}
	if shared, ok := sharedClusterOf(p.input.Platform); ok && wantsShared(p.app) {
		r.mirrorShared(ctx, p, shared)
	}
}

// mirrored are the children that are planned; without a plan, those of before. Data that is kept from another mode or place
// is ours too, and says nothing of the app.
func (p *pass) mirrored() (keys []expand.Key) {
	for _, key := range sortedKeys(p.children) {
		_, known := p.rows[key]
		if p.facts.Plan != nil && p.facts.Plan.Has(key) || p.facts.Plan == nil && known {
			keys = append(keys, key)
		}
	}
	return keys
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
