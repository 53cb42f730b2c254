package suite

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// Stuck waits until the app says that it is stuck at a hop for a reason, and returns all that it says of it.
func (s *Story) Stuck(namespace, name, hop, reason string, within time.Duration) string {
	s.Helper()
	var says string
	s.Eventually(fmt.Sprintf("%s/%s is stuck at %s: %s", namespace, name, hop, reason), within, func(ctx context.Context) error {
		app := &v1alpha1.AfroApp{}
		if err := s.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, app); err != nil {
			return err
		}
		at := app.Status.StuckAt
		if at == nil {
			return errors.New("it is not stuck: " + oneLine(app))
		}
		says = mustYAML(at)
		if at.Hop != hop || at.Reason != reason {
			return errors.New("it says " + says)
		}
		return nil
	})
	s.Logf("it says:\n%s", says)
	return says
}

// Pause keeps the operator's hands off the app.
func (s *Story) Pause(namespace, name string) {
	s.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{%q:"true"}}}`, v1alpha1.AnnotationPaused)
	if err := s.Client.Patch(s.Context(), s.App(namespace, name), client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner(author)); err != nil {
		s.Fatal(err)
	}
}

// PatchChild changes a child of a paused app by hand: a merge patch, or a JSON patch, which begins with a bracket. The
// operator may not have seen the pause yet and put it back, so it is done until it stays.
func (s *Story) PatchChild(namespace, name, kind, patch string) {
	s.Helper()
	for _, child := range s.App(namespace, name).Status.Children {
		if child.Kind == kind {
			s.Eventually(kind+" of "+namespace+"/"+name+" stays as somebody has it", Soon, func(context.Context) error {
				object := s.Child(child)
				if err := s.ByHand(object, patch); err != nil {
					return err
				}
				time.Sleep(2 * time.Second)
				if now := s.Child(child); !reflect.DeepEqual(now.Object["spec"], object.Object["spec"]) {
					return fmt.Errorf("it is %v", now.Object["spec"])
				}
				return nil
			})
			return
		}
	}
	s.Fatalf("%s/%s has no %s", namespace, name, kind)
}

// Child reads a child of an app.
func (s *Story) Child(child v1alpha1.Child) *unstructured.Unstructured {
	s.Helper()
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(s.Kind(child.Kind))
	object.SetNamespace(child.Namespace)
	object.SetName(child.Name)
	s.Get(object)
	return object
}

// ByHand patches an object as somebody who owns none of its fields.
func (s *Story) ByHand(object client.Object, patch string) error {
	kind := types.MergePatchType
	if strings.HasPrefix(patch, "[") {
		kind = types.JSONPatchType
	}
	return s.Client.Patch(s.Context(), object, client.RawPatch(kind, []byte(patch)), client.FieldOwner("somebody"))
}
