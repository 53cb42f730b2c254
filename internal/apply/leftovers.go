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
	"github.com/afrotomation/afroapp/internal/image"
	"github.com/afrotomation/afroapp/internal/observe"
)

// leftover stands in a live object where everything is ours, and is not in the intent.
type leftover struct {
	path []string
	// rest is what stays of it. Nil: nothing.
	rest any
}

func leftovers(i expand.Intent, live client.Object) (out []leftover) {
	if len(i.Whole) == 0 && i.Parameters == nil {
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
		for _, p := range beyond(path, want, wanted, there) {
			out = append(out, leftover{path: p})
		}
	}
	if x, found := ofAnotherImage(i.Parameters, have); found && !slices.ContainsFunc(out, func(l leftover) bool { return slices.Equal(l.path, x.path) }) {
		out = append(out, x)
	}
	return out
}

// ofAnotherImage are the parameters that image-updater wrote for the image that was followed before. Those of others stay.
func ofAnotherImage(p *expand.ImageParameters, have map[string]any) (leftover, bool) {
	if p == nil {
		return leftover{}, false
	}
	list, _, _ := unstructured.NestedSlice(have, p.Path...)
	named := func(name string) int {
		return slices.IndexFunc(list, func(x any) bool { m, _ := x.(map[string]any); return m["name"] == name })
	}
	at := named(p.Name)
	if at < 0 {
		return leftover{}, false
	}
	if value, _, _ := unstructured.NestedString(list[at].(map[string]any), "value"); value == "" || image.SameRepository(value, p.Image) {
		return leftover{}, false
	}
	list = slices.Delete(list, at, at+1)
	if tag := named(p.Tag); tag >= 0 {
		list = slices.Delete(list, tag, tag+1)
	}
	out := leftover{path: p.Path}
	if len(list) > 0 {
		out.rest = list
	}
	return out, true
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
func (a *Applier) takeOut(ctx context.Context, i expand.Intent, live client.Object, left []leftover, out observe.Outcome) (observe.Outcome, error) {
	answer, err := a.without(ctx, live, left)
	if err != nil {
		return failed(out, i, err)
	}
	return a.written(i, answer, out), nil
}

// without leftovers, by a merge patch. The UID and the version that were looked at are preconditions.
func (a *Applier) without(ctx context.Context, live client.Object, left []leftover) (client.Object, error) {
	body := map[string]any{"metadata": map[string]any{"uid": string(live.GetUID()), "resourceVersion": live.GetResourceVersion()}}
	for _, l := range left {
		if err := unstructured.SetNestedField(body, l.rest, l.path...); err != nil {
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
func emptied(i expand.Intent, err error) (out []leftover) {
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
		out = append(out, leftover{path: path})
	}
	return out
}
