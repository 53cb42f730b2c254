package apply

import (
	"context"
	"encoding/json"
	"maps"
	"slices"
	"strings"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/observe"
)

// leftovers are the paths of what stands in a live object where an intent is whole, and is not in the intent.
func leftovers(i expand.Intent, live client.Object) (out [][]string) {
	if len(i.Whole) == 0 {
		return nil
	}
	have, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return nil
	}
	for _, path := range i.Whole {
		there, found, _ := unstructured.NestedFieldNoCopy(have, path...)
		if !found {
			continue
		}
		want, wanted, _ := unstructured.NestedFieldNoCopy(i.Object.Object, path...)
		out = append(out, beyond(path, want, wanted, there)...)
	}
	return out
}

// beyond what is wanted, outermost first.
func beyond(path []string, want any, wanted bool, have any) (out [][]string) {
	if !wanted {
		return [][]string{path}
	}
	w, isMap := want.(map[string]any)
	h, wasMap := have.(map[string]any)
	if !isMap || !wasMap {
		return nil
	}
	for _, key := range slices.Sorted(maps.Keys(h)) {
		x, wanted := w[key]
		out = append(out, beyond(append(slices.Clone(path), key), x, wanted, h[key])...)
	}
	return out
}

// takeOut leftovers. An apply cannot: it takes away only what it put there.
func (a *Applier) takeOut(ctx context.Context, i expand.Intent, live client.Object, left [][]string, out observe.Outcome) (observe.Outcome, error) {
	answer, err := a.without(ctx, live, left)
	if err != nil {
		return failed(out, i, err)
	}
	return a.written(i, answer, out), nil
}

// without paths, by a merge patch. The UID and the version that were looked at are preconditions.
func (a *Applier) without(ctx context.Context, live client.Object, paths [][]string) (client.Object, error) {
	body := map[string]any{"metadata": map[string]any{"uid": string(live.GetUID()), "resourceVersion": live.GetResourceVersion()}}
	for _, path := range paths {
		if err := unstructured.SetNestedField(body, nil, path...); err != nil {
			return nil, err
		}
	}
	patch, err := json.Marshal(body)
	if err != nil {
		return nil, err
	}
	answer := live.DeepCopyObject().(client.Object)
	return answer, a.client.Patch(ctx, answer, client.RawPatch(types.MergePatchType, patch), FieldOwner)
}

// emptied are the blocks that an apply was refused for, because it would have left null of them: others made the block, and
// nothing of theirs is in it any more. So it is when a pin ends that had taken the images of image-updater.
func emptied(i expand.Intent, err error) (out [][]string) {
	if !apierrors.IsInvalid(err) {
		return nil
	}
	status, ok := err.(apierrors.APIStatus)
	if !ok || status.Status().Details == nil {
		return nil
	}
	for _, c := range status.Status().Details.Causes {
		path := strings.Split(c.Field, ".")
		_, wanted, nested := unstructured.NestedFieldNoCopy(i.Object.Object, path...)
		if c.Type != metav1.CauseType(field.ErrorTypeTypeInvalid) || path[0] != "spec" || wanted || nested != nil {
			return nil
		}
		out = append(out, path)
	}
	return out
}
