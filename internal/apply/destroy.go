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

// reclaimPolicies say what CloudNativePG does with what an object stands for, when the object goes.
var reclaimPolicies = map[string]string{"Database": "databaseReclaimPolicy", "DatabaseRole": "databaseRoleReclaimPolicy"}

// Destroy deletes data: both keys were turned. Whether the operator may is asked first, with a dry run, so that an object
// that stays is not left with a policy that would drop its data the next time somebody deletes it.
func (a *Applier) Destroy(ctx context.Context, o Owner, key expand.Key, live client.Object) (observe.Outcome, error) {
	if r := o.mayWrite(key, live); r != nil {
		return refused(observe.Outcome{Key: key, Lane: v1alpha1.LaneData}, r), nil
	}
	if live.GetDeletionTimestamp() == nil {
		uid := live.GetUID()
		err := a.client.Delete(ctx, live, client.Preconditions{UID: &uid}, client.DryRunAll)
		if apierrors.IsForbidden(err) {
			return forbidden(observe.Outcome{Key: key, Lane: v1alpha1.LaneData}), nil
		}
		if client.IgnoreNotFound(err) != nil {
			return observe.Outcome{}, fmt.Errorf("delete %s: %w", key, err)
		}
		if live, err = a.reclaim(ctx, key, live); err != nil {
			if apierrors.IsForbidden(err) {
				return forbidden(observe.Outcome{Key: key, Lane: v1alpha1.LaneData}), nil
			}
			return observe.Outcome{}, err
		}
	}
	return a.Remove(ctx, o, key, v1alpha1.LaneData, live)
}

// reclaim lets CloudNativePG drop what the object stands for, and returns the object as it is now.
func (a *Applier) reclaim(ctx context.Context, key expand.Key, live client.Object) (client.Object, error) {
	field := reclaimPolicies[key.Kind]
	if field == "" {
		return live, nil
	}
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"uid": live.GetUID()}, "spec": map[string]any{field: "delete"}})
	if err != nil {
		return nil, err
	}
	fresh := live.DeepCopyObject().(client.Object)
	err = a.client.Patch(ctx, fresh, client.RawPatch(types.MergePatchType, patch), FieldOwner)
	return fresh, client.IgnoreNotFound(err)
}

func forbidden(out observe.Outcome) observe.Outcome {
	out.Reason, out.Message = v1alpha1.ReasonForbidden, "the operator may not delete "+out.Key.String()
	out.Fix = "delete it yourself, or give the operator the right; for data that is config/data-deletion"
	return out
}
