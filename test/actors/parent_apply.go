package actors

import (
	"context"
	"encoding/json"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/apimachinery/pkg/util/jsonmergepatch"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/kubernetes/scheme"
)

// tracks says whether the object carries this parent's mark and has no owner: an owned one is never pruned.
func (w *watchdog) tracks(gvk schema.GroupVersionKind, o *metav1.PartialObjectMetadata) bool {
	if len(o.OwnerReferences) > 0 {
		return false
	}
	if w.options.ByLabel {
		return o.Labels[instanceLabel] == w.options.Name
	}
	return o.Annotations[trackingAnnotation] == w.trackingID(gvk, o.Namespace, o.Name)
}

func (w *watchdog) trackingID(gvk schema.GroupVersionKind, namespace, name string) string {
	return fmt.Sprintf("%s:%s/%s:%s/%s", w.options.Name, gvk.Group, gvk.Kind, namespace, name)
}

// prune deletes in the foreground, as Argo CD does.
func (w *watchdog) prune(ctx context.Context, k parentKey, served watchedKind, live *metav1.PartialObjectMetadata) error {
	if w.options.NoPrune || live.DeletionTimestamp != nil || live.Annotations["argocd.argoproj.io/sync-options"] == "Prune=false" {
		return nil
	}
	err := w.client(k, served).Delete(ctx, k.name, metav1.DeleteOptions{
		PropagationPolicy: &foreground, Preconditions: &metav1.Preconditions{UID: &live.UID},
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	if err == nil {
		w.Parent.mu.Lock()
		w.pruned = append(w.pruned, k.gvk.Kind+" "+(key{namespace: k.namespace, name: k.name}).id())
		w.Parent.mu.Unlock()
	}
	return err
}

// apply creates or patches, client-side. What changes by itself, the status above all, is not looked at.
func (w *watchdog) apply(ctx context.Context, k parentKey, served watchedKind, manifest *object, live *metav1.PartialObjectMetadata) error {
	desired := manifest.DeepCopy()
	desired.SetNamespace(k.namespace)
	w.mark(k, desired)
	body, err := json.Marshal(desired.Object)
	if err != nil {
		return err
	}
	if w.healed[k] != "" && (live != nil && w.options.NoSelfHeal || w.healed[k] == appliedMark(live, body)) {
		return nil
	}
	if live != nil && live.DeletionTimestamp != nil {
		return nil
	}
	if desired, err = annotated(desired); err != nil {
		return err
	}
	applied, err := w.send(ctx, k, served, desired)
	if err != nil {
		return err
	}
	w.healed[k] = appliedMark(&metav1.PartialObjectMetadata{ObjectMeta: metav1.ObjectMeta{
		UID: applied.GetUID(), Generation: applied.GetGeneration(), ResourceVersion: applied.GetResourceVersion(),
		Labels: applied.GetLabels(), Annotations: applied.GetAnnotations(),
	}}, body)
	return nil
}

func (w *watchdog) mark(k parentKey, desired *object) {
	if w.options.ByLabel {
		labels := desired.GetLabels()
		if labels == nil {
			labels = map[string]string{}
		}
		labels[instanceLabel] = w.options.Name
		desired.SetLabels(labels)
		return
	}
	annotations := desired.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[trackingAnnotation] = w.trackingID(k.gvk, k.namespace, k.name)
	desired.SetAnnotations(annotations)
}

// appliedMark changes with everything that a heal is about. Kinds without a generation change with every write.
func appliedMark(live *metav1.PartialObjectMetadata, body []byte) string {
	if live == nil {
		return "none"
	}
	revision := fmt.Sprint(live.Generation)
	if live.Generation == 0 {
		revision = live.ResourceVersion
	}
	metadata, _ := json.Marshal([]any{live.UID, revision, live.Labels, live.Annotations})
	return string(metadata) + string(body)
}

func (w *watchdog) send(ctx context.Context, k parentKey, served watchedKind, desired *object) (*object, error) {
	client := w.client(k, served)
	live, err := client.Get(ctx, k.name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return client.Create(ctx, desired, metav1.CreateOptions{FieldManager: workloadManager})
	}
	if err != nil {
		return nil, err
	}
	as, patch, err := threeWayOf(k.gvk, live, desired)
	if err != nil || string(patch) == "{}" {
		return live, err
	}
	return client.Patch(ctx, k.name, as, patch, metav1.PatchOptions{FieldManager: workloadManager})
}

// threeWayOf a built-in kind is a strategic merge patch, of any other a JSON merge patch.
func threeWayOf(gvk schema.GroupVersionKind, live, desired *object) (types.PatchType, []byte, error) {
	original := []byte(live.GetAnnotations()[lastAppliedAnnotation])
	current, err := json.Marshal(live.Object)
	if err != nil {
		return "", nil, err
	}
	next, err := json.Marshal(desired.Object)
	if err != nil {
		return "", nil, err
	}
	typed, err := scheme.Scheme.New(gvk)
	if err != nil {
		patch, err := jsonmergepatch.CreateThreeWayJSONMergePatch(original, next, current)
		return types.MergePatchType, patch, err
	}
	lookup, err := strategicpatch.NewPatchMetaFromStruct(typed)
	if err != nil {
		return "", nil, err
	}
	patch, err := strategicpatch.CreateThreeWayMergePatch(original, next, current, lookup, true)
	return types.StrategicMergePatchType, patch, err
}

func (w *watchdog) client(k parentKey, served watchedKind) dynamic.ResourceInterface {
	if !served.namespaced {
		return w.dynamic.Resource(served.resource)
	}
	return w.dynamic.Resource(served.resource).Namespace(k.namespace)
}
