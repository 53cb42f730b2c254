package apply

import (
	"context"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/expand"
)

// tombstoneOwner has its own name, so that setting and lifting a tombstone leaves the applied fields alone.
const tombstoneOwner = client.FieldOwner("afroapp-tombstone")

// Bury marks data whose AfroApp was deleted: it is kept, and says since when nobody uses it (S4).
func (a *Applier) Bury(ctx context.Context, gvk schema.GroupVersionKind, live client.Object, at time.Time) error {
	if live.GetAnnotations()[expand.AnnotationReleasedAt] != "" {
		return nil
	}
	return a.tombstone(ctx, gvk, live, map[string]string{expand.AnnotationReleasedAt: at.UTC().Format(time.RFC3339)})
}

// Revive lifts the tombstone of data that an AfroApp has taken up again.
func (a *Applier) Revive(ctx context.Context, gvk schema.GroupVersionKind, live client.Object) error {
	if live.GetAnnotations()[expand.AnnotationReleasedAt] == "" {
		return nil
	}
	return a.tombstone(ctx, gvk, live, nil)
}

func (a *Applier) tombstone(ctx context.Context, gvk schema.GroupVersionKind, live client.Object, annotations map[string]string) error {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	u.SetGroupVersionKind(gvk)
	u.SetNamespace(live.GetNamespace())
	u.SetName(live.GetName())
	u.SetUID(live.GetUID())
	u.SetAnnotations(annotations)
	err := a.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), tombstoneOwner)
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return nil // it is gone, or another one now
	}
	if err != nil {
		return fmt.Errorf("mark %s %s/%s: %w", gvk.Kind, live.GetNamespace(), live.GetName(), err)
	}
	return nil
}
