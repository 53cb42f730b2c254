package actors

import (
	"encoding/json"
	"fmt"
	"reflect"

	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/dynamic"
)

// change edits a copy of an object into what it is to be.
type change func(*object)

// patchStatus sends the difference as a merge patch of the status.
func (s *scene) patchStatus(k kind, old *object, by change) (*object, error) {
	return s.patch(k, old, by, "status")
}

// patch sends the difference as a merge patch of the object, or of a subresource. No difference, no request.
func (s *scene) patch(k kind, old *object, by change, subresource ...string) (*object, error) {
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
func (s *scene) jsonPatch(k kind, old *object, operations ...map[string]any) (*object, error) {
	body, err := json.Marshal(operations)
	if err != nil {
		return nil, err
	}
	return s.sendPatch(k, old, types.JSONPatchType, body)
}

func (s *scene) sendPatch(k kind, old *object, as types.PatchType, body []byte, subresource ...string) (*object, error) {
	client := s.client(k, old.GetNamespace())
	return s.wrote(k)(client.Patch(s.ctx, old.GetName(), as, body, metav1.PatchOptions{FieldManager: s.manager}, subresource...))
}

// putStatus replaces the status.
func (s *scene) putStatus(k kind, old *object, by change) (*object, error) {
	return s.put(k, old, by, "status")
}

// put replaces the object, or a subresource. No difference, no request.
func (s *scene) put(k kind, old *object, by change, subresource ...string) (*object, error) {
	next := s.edited(old, by)
	if equality.Semantic.DeepEqual(old.Object, next.Object) {
		return old, nil
	}
	client := s.client(k, old.GetNamespace())
	return s.wrote(k)(client.Update(s.ctx, next, metav1.UpdateOptions{FieldManager: s.manager}, subresource...))
}

func (s *scene) create(k kind, o *object) (*object, error) {
	o = s.edited(o, func(*object) {})
	o.SetAPIVersion(k.apiVersion())
	o.SetKind(k.name)
	client := s.client(k, o.GetNamespace())
	return s.wrote(k)(client.Create(s.ctx, o, metav1.CreateOptions{FieldManager: s.manager}))
}

// delete is no error if the object is gone already.
func (s *scene) delete(k kind, o *object, propagation *metav1.DeletionPropagation) error {
	uid := o.GetUID()
	err := s.client(k, o.GetNamespace()).Delete(s.ctx, o.GetName(), metav1.DeleteOptions{
		PropagationPolicy: propagation, Preconditions: &metav1.Preconditions{UID: &uid},
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return nil
	}
	return err
}

// fetch asks the API server, for what is not watched. It returns nil if there is none.
func (s *scene) fetch(k kind, namespace, name string) (*object, error) {
	o, err := s.client(k, namespace).Get(s.ctx, name, metav1.GetOptions{})
	if apierrors.IsNotFound(err) {
		return nil, nil
	}
	return o, err
}

func (s *scene) client(k kind, namespace string) dynamic.ResourceInterface {
	if namespace == "" {
		return s.dynamic.Resource(k.GroupVersionResource)
	}
	return s.dynamic.Resource(k.GroupVersionResource).Namespace(namespace)
}

// edited is a changed copy, the way the Behaviour wants it.
func (s *scene) edited(old *object, by change) *object {
	next := old.DeepCopy()
	by(next)
	if s.behaviour.Wrong != nil {
		s.behaviour.Wrong(next)
	}
	return next
}

func (s *scene) wrote(k kind) func(*object, error) (*object, error) {
	return func(o *object, err error) (*object, error) {
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s, err)
		}
		if s.watched[k] {
			s.memory.wrote(keyOf(k, o), o.DeepCopy())
		}
		return o, nil
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
