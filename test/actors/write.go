package actors

import (
	"encoding/json"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// change edits a copy of an object into what it is to be.
type change func(*unstructured.Unstructured)

// patch sends the difference as a merge patch of the object. No difference, no request.
func (s *scene) patch(k kind, old *unstructured.Unstructured, by change) (*unstructured.Unstructured, error) {
	return s.mergePatch(k, old, by)
}

// patchStatus sends the difference as a merge patch of the subresource.
func (s *scene) patchStatus(k kind, old *unstructured.Unstructured, by change) (*unstructured.Unstructured, error) {
	return s.mergePatch(k, old, by, "status")
}

func (s *scene) mergePatch(k kind, old *unstructured.Unstructured, by change, subresource ...string) (*unstructured.Unstructured, error) {
	difference := mergeDiff(old.Object, s.edited(old, by).Object)
	if len(difference) == 0 {
		return old, nil
	}
	body, err := json.Marshal(difference)
	if err != nil {
		return nil, err
	}
	return s.sendPatch(k, old, types.MergePatchType, body, subresource...)
}

// jsonPatch sends the operations as they are.
func (s *scene) jsonPatch(k kind, old *unstructured.Unstructured, operations ...map[string]any) (*unstructured.Unstructured, error) {
	body, err := json.Marshal(operations)
	if err != nil {
		return nil, err
	}
	return s.sendPatch(k, old, types.JSONPatchType, body)
}

func (s *scene) sendPatch(k kind, old *unstructured.Unstructured, as types.PatchType, body []byte, subresource ...string) (*unstructured.Unstructured, error) {
	client := s.client(k, old.GetNamespace())
	return s.wrote(k)(client.Patch(s.ctx, old.GetName(), as, body, metav1.PatchOptions{FieldManager: s.manager}, subresource...))
}

// put replaces the object. No difference, no request.
func (s *scene) put(k kind, old *unstructured.Unstructured, by change) (*unstructured.Unstructured, error) {
	return s.replace(k, old, by)
}

// putStatus replaces the subresource.
func (s *scene) putStatus(k kind, old *unstructured.Unstructured, by change) (*unstructured.Unstructured, error) {
	return s.replace(k, old, by, "status")
}

func (s *scene) replace(k kind, old *unstructured.Unstructured, by change, subresource ...string) (*unstructured.Unstructured, error) {
	next := s.edited(old, by)
	if equality.Semantic.DeepEqual(old.Object, next.Object) {
		return old, nil
	}
	client := s.client(k, old.GetNamespace())
	return s.wrote(k)(client.Update(s.ctx, next, metav1.UpdateOptions{FieldManager: s.manager}, subresource...))
}

func (s *scene) create(k kind, object *unstructured.Unstructured) (*unstructured.Unstructured, error) {
	object = s.edited(object, func(*unstructured.Unstructured) {})
	object.SetAPIVersion(k.apiVersion())
	object.SetKind(k.name)
	client := s.client(k, object.GetNamespace())
	return s.wrote(k)(client.Create(s.ctx, object, metav1.CreateOptions{FieldManager: s.manager}))
}

// delete is no error if the object is gone already.
func (s *scene) delete(k kind, object *unstructured.Unstructured, propagation *metav1.DeletionPropagation) error {
	uid := object.GetUID()
	err := s.client(k, object.GetNamespace()).Delete(s.ctx, object.GetName(), metav1.DeleteOptions{
		PropagationPolicy: propagation, Preconditions: &metav1.Preconditions{UID: &uid},
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}

// fetch asks the API server, for what is not watched. It returns nil if there is none.
func (s *scene) fetch(k kind, namespace, name string) (*unstructured.Unstructured, error) {
	object, err := s.client(k, namespace).Get(s.ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return object, err
}

func (s *scene) client(k kind, namespace string) dynamic.ResourceInterface {
	if namespace == "" {
		return s.dynamic.Resource(k.GroupVersionResource)
	}
	return s.dynamic.Resource(k.GroupVersionResource).Namespace(namespace)
}

// edited is a changed copy, the way the Behaviour wants it.
func (s *scene) edited(old *unstructured.Unstructured, by change) *unstructured.Unstructured {
	next := old.DeepCopy()
	by(next)
	if s.behaviour.Wrong != nil {
		s.behaviour.Wrong(next)
	}
	return next
}

func (s *scene) wrote(k kind) func(*unstructured.Unstructured, error) (*unstructured.Unstructured, error) {
	return func(object *unstructured.Unstructured, err error) (*unstructured.Unstructured, error) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
		if s.watched[k] {
			s.memory.wrote(keyOf(k, object), object.DeepCopy())
		}
		return object, nil
	}
}

// mergeDiff is the JSON merge patch that makes old into next.
func mergeDiff(old, next map[string]any) map[string]any {
	patch := map[string]any{}
	for name := range old {
		if _, ok := next[name]; !ok {
			patch[name] = nil
		}
	}
	for name, value := range next {
		before, ok := old[name]
		beforeMap, isMap := before.(map[string]any)
		valueMap, toMap := value.(map[string]any)
		switch {
		case isMap && toMap:
			if inner := mergeDiff(beforeMap, valueMap); len(inner) > 0 {
				patch[name] = inner
			}
		case !ok || !reflect.DeepEqual(before, value):
			patch[name] = value
		}
	}
	return patch
}
