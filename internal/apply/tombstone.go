package apply

import (
	"context"
	"encoding/json"
	"fmt"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/expand"
)

// tombstoneOwner has its own name, so that setting and lifting a tombstone leaves the applied fields alone.
const tombstoneOwner = client.FieldOwner("afroapp-tombstone")

// Bury marks data whose AfroApp was deleted: it is kept, and says since when nobody uses it (S4).
func (a *Applier) Bury(ctx context.Context, o Owner, key expand.Key, live client.Object, at time.Time) error {
	if live.GetAnnotations()[expand.AnnotationReleasedAt] != "" || o.mayWrite(key, live) != nil {
		return nil
	}
	return a.tombstone(ctx, key, live, at.UTC().Format(time.RFC3339))
}

// Revive lifts the tombstone of data that an AfroApp has taken up again, whoever put it there.
func (a *Applier) Revive(ctx context.Context, o Owner, key expand.Key, live client.Object) error {
	if live.GetAnnotations()[expand.AnnotationReleasedAt] == "" || o.mayWrite(key, live) != nil {
		return nil
	}
	return a.tombstone(ctx, key, live, nil)
}

// tombstone sets the annotation, or takes it off when it is nil. An apply could not take off what a restore put there.
func (a *Applier) tombstone(ctx context.Context, key expand.Key, live client.Object, releasedAt any) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"uid": live.GetUID(), "annotations": map[string]any{expand.AnnotationReleasedAt: releasedAt}}})
	if err != nil {
		return err
	}
	err = a.client.Patch(ctx, live.DeepCopyObject().(client.Object), client.RawPatch(types.MergePatchType, patch), tombstoneOwner)
	if apierrors.IsConflict(err) || apierrors.IsNotFound(err) {
		return nil // it is gone, or another one now
	}
	if err != nil {
		return fmt.Errorf("mark %s: %w", key, err)
	}
	return nil
}
