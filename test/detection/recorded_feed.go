package detection

import (
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/foreign"
)

// place an object that is no child of ours.
func (f *feed) place(o *unstructured.Unstructured) error {
	u := o.DeepCopy()
	status := u.Object["status"]
	u.SetUID("")
	u.SetResourceVersion("")
	u.SetManagedFields(nil)
	if err := f.Admin.Create(f.ctx, u); err != nil {
		return fmt.Errorf("%s %s: %w", u.GetKind(), u.GetName(), err)
	}
	if status == nil {
		return nil
	}
	u.Object["status"] = status
	return f.Admin.Status().Update(f.ctx, u)
}

// feed the recorded Application and ImageUpdater, spec and status. The operator takes back what is its own; Argo CD and
// image-updater would look at that again: their words of the spec that they have seen are those of the spec that is there now.
func (f *feed) feed(children []*unstructured.Unstructured) error {
	for _, c := range children {
		if c.GetKind() != foreign.Application.Kind && c.GetKind() != foreign.ImageUpdater.Kind {
			continue
		}
		for _, step := range []func(recorded, live *unstructured.Unstructured){whole, status} {
			if err := f.write(c, step); err != nil {
				return fmt.Errorf("%s %s: %w", c.GetKind(), c.GetName(), err)
			}
			time.Sleep(500 * time.Millisecond) // the operator takes back what is its own
		}
	}
	return nil
}

func whole(recorded, live *unstructured.Unstructured) {
	live.Object["spec"] = recorded.DeepCopy().Object["spec"]
	status(recorded, live)
}

func status(recorded, live *unstructured.Unstructured) {
	c := recorded.DeepCopy()
	delete(live.Object, "operation")
	if operation, ok := c.Object["operation"]; ok {
		live.Object["operation"] = operation
	}
	said, ok := c.Object["status"].(map[string]any)
	if !ok {
		delete(live.Object, "status")
		return
	}
	source, _, _ := unstructured.NestedMap(live.Object, "spec", "source")
	if compared, ok, _ := unstructured.NestedMap(said, "sync", "comparedTo"); ok && compared["source"] != nil {
		_ = unstructured.SetNestedMap(said, source, "sync", "comparedTo", "source")
	}
	if said["observedGeneration"] != nil && said["observedGeneration"] == recorded.GetGeneration() {
		said["observedGeneration"] = live.GetGeneration()
	}
	live.Object["status"] = said
}

// write what Argo CD or image-updater would write, tried again while the operator writes too.
func (f *feed) write(recorded *unstructured.Unstructured, step func(recorded, live *unstructured.Unstructured)) (err error) {
	for range 50 {
		live := object(recorded.GroupVersionKind(), recorded.GetNamespace(), recorded.GetName())
		if err = f.Admin.Get(f.ctx, client.ObjectKeyFromObject(live), live); err == nil {
			step(recorded, live)
			said := live.Object["status"]
			if err = f.Admin.Update(f.ctx, live, client.FieldOwner("recorded")); err == nil && live.GetKind() == foreign.ImageUpdater.Kind {
				live.Object["status"] = said
				err = f.Admin.Status().Update(f.ctx, live, client.FieldOwner("recorded"))
			}
		}
		if err == nil {
			return nil
		}
		time.Sleep(100 * time.Millisecond)
	}
	return err
}
