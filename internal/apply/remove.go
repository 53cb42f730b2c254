package apply

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/observe"
)

// Remove deletes exactly the object that was looked at: its UID and its resourceVersion are preconditions, so that one
// that changed hands in the meantime stays (S7). Until it is confirmed gone the outcome says so.
func (a *Applier) Remove(ctx context.Context, o Owner, key expand.Key, lane v1alpha1.Lane, live client.Object) (observe.Outcome, error) {
	out := observe.Outcome{Key: key, Lane: lane, Row: v1alpha1.Child{Kind: key.Kind, Namespace: key.Namespace, Name: key.Name, UID: live.GetUID()}}
	if r := o.mayWrite(key, live); r != nil {
		return refused(out, r), nil
	}
	if live.GetDeletionTimestamp() != nil {
		out.Reason, out.Message, out.Fix = v1alpha1.ReasonDeleting, key.String()+" is being deleted", "wait; if it stays, see what holds its finalizers"
		return out, nil
	}
	uid, version := live.GetUID(), live.GetResourceVersion()
	err := a.client.Delete(ctx, live, client.Preconditions{UID: &uid, ResourceVersion: &version})
	switch {
	case err == nil || apierrors.IsNotFound(err):
		a.pending.forget(key)
		out.Reason, out.Message, out.Fix = v1alpha1.ReasonDeleting, key.String()+" is being deleted", "wait; if it stays, see what holds its finalizers"
		return out, nil
	case apierrors.IsForbidden(err):
		return forbidden(out), nil
	}
	out.Reason, out.Message, out.Fix = v1alpha1.ReasonApplyFailed, key.String()+" could not be deleted", "nothing to do: it is tried again"
	return out, fmt.Errorf("delete %s: %w", key, err)
}

// DropFinalizer takes one finalizer off an object of the owner that was looked at, and leaves the others.
func (a *Applier) DropFinalizer(ctx context.Context, o Owner, key expand.Key, live client.Object, finalizer string) error {
	if o.mayWrite(key, live) != nil {
		return nil
	}
	return a.dropFinalizer(ctx, live, finalizer)
}

// Release takes our finalizer off an AfroApp, whoever put it there: one that was restored from a file has it from there,
// and an apply without it would not take it off. The API server is asked for the AfroApp as it is, so that a finalizer
// that others just added stays.
func (a *Applier) Release(ctx context.Context, app *v1alpha1.AfroApp) error {
	now := &v1alpha1.AfroApp{}
	err := a.live.Get(ctx, client.ObjectKeyFromObject(app), now)
	if apierrors.IsNotFound(err) || err == nil && now.UID != app.UID {
		return nil
	}
	if err != nil {
		return fmt.Errorf("finalizer: %w", err)
	}
	return a.dropFinalizer(ctx, now, v1alpha1.Finalizer)
}

func (a *Applier) dropFinalizer(ctx context.Context, live client.Object, finalizer string) error {
	rest := []string{}
	for _, f := range live.GetFinalizers() {
		if f != finalizer {
			rest = append(rest, f)
		}
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{
		"uid": live.GetUID(), "resourceVersion": live.GetResourceVersion(), "finalizers": rest}})
	if err != nil {
		return err
	}
	err = a.client.Patch(ctx, live.DeepCopyObject().(client.Object), client.RawPatch(types.MergePatchType, patch), FieldOwner)
	return client.IgnoreNotFound(err)
}
