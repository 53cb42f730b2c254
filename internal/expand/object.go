package expand

import (
	"fmt"
	"strconv"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// intent makes an intent of a spec: the fields of a typed value or a map that say something. Empty maps and
// lists are left out: Argo CD removes them again, and each would be a write for ever.
func intent(lane v1alpha1.Lane, gvk schema.GroupVersionKind, namespace, name string, fields map[string]any) Intent {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	for k, v := range fields {
		if plain := prune(toJSON(v)); plain != nil {
			u.Object[k] = plain
		}
	}
	u.SetGroupVersionKind(gvk)
	u.SetNamespace(namespace)
	u.SetName(name)
	return Intent{Lane: lane, Object: u}
}

// add stamps an intent with its back-reference to the app, and plans it.
func (b *builder) add(i Intent) {
	stamp(i.Object, string(uidOr(b.in.App.UID)), Owner(b.eff.Namespace.Name, b.in.App.Name), uidOr(b.eff.Namespace.UID))
	b.intents = append(b.intents, i)
}

// addOwned is add for children of the app's namespace that hold no data: they are collected with the app.
func (b *builder) addOwned(i Intent) {
	yes := true
	i.Object.SetOwnerReferences([]metav1.OwnerReference{{
		APIVersion: v1alpha1.GroupVersion.String(), Kind: "AfroApp", Name: b.in.App.Name, UID: uidOr(b.in.App.UID),
		Controller: &yes, BlockOwnerDeletion: &yes,
	}})
	b.add(i)
}

func stamp(u *unstructured.Unstructured, uid, owner string, namespaceUID types.UID) {
	labels := u.GetLabels()
	if labels == nil {
		labels = map[string]string{}
	}
	labels[LabelManagedBy], labels[LabelOwnerUID] = ManagedBy, uid
	u.SetLabels(labels)
	annotations := u.GetAnnotations()
	if annotations == nil {
		annotations = map[string]string{}
	}
	annotations[AnnotationOwner] = owner
	annotations[AnnotationRevision] = strconv.Itoa(Revision)
	if namespaceUID != "" {
		annotations[AnnotationNamespaceUID] = string(namespaceUID)
	}
	u.SetAnnotations(annotations)
}

func uidOr(uid types.UID) types.UID {
	if uid == "" {
		return UnknownUID
	}
	return uid
}

// toJSON turns typed values into the maps, lists and scalars of unstructured objects.
func toJSON(v any) any {
	switch v := v.(type) {
	case map[string]any:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = toJSON(x)
		}
		return out
	case []any:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = toJSON(x)
		}
		return out
	case map[string]string:
		out := make(map[string]any, len(v))
		for k, x := range v {
			out[k] = x
		}
		return out
	case []string:
		out := make([]any, len(v))
		for i, x := range v {
			out[i] = x
		}
		return out
	case nil, string, bool, int64, float64:
		return v
	case int32:
		return int64(v)
	case int:
		return int64(v)
	}
	out, err := runtime.DefaultUnstructuredConverter.ToUnstructured(v)
	if err != nil {
		panic(fmt.Sprintf("%T cannot be part of an intent: %v", v, err))
	}
	return toJSON(out)
}

// prune removes what says nothing. It keeps false, 0 and "": who writes those means them.
func prune(v any) any {
	switch v := v.(type) {
	case map[string]any:
		for k, x := range v {
			if v[k] = prune(x); v[k] == nil {
				delete(v, k)
			}
		}
		if len(v) == 0 {
			return nil
		}
	case []any:
		for i := range v {
			v[i] = prune(v[i])
		}
		if len(v) == 0 {
			return nil
		}
	}
	return v
}
