package suite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
)

// Undisturbed remembers the pods of all apps.
func (f *Fleet) Undisturbed() func(context.Context) error {
	f.Story.Helper()
	return f.Story.undisturbed(f.pods)
}

// pods of the fleet's apps. Other stories may be told meanwhile, in namespaces of their own.
func (f *Fleet) pods(ctx context.Context) ([]string, error) {
	lives, err := f.Story.Pods(ctx, client.HasLabels{expand.LabelApp})
	namespaces := f.Namespaces()
	return slices.DeleteFunc(lives, func(life string) bool {
		namespace, _, _ := strings.Cut(life, "/")
		return !slices.Contains(namespaces, namespace)
	}), err
}

// Unwritten remembers when the operator has written to each child last.
func (f *Fleet) Unwritten() func(context.Context) error {
	f.Story.Helper()
	before, err := f.written(f.Story.Context())
	if err != nil || len(before) == 0 {
		f.Story.Fatalf("the children of the fleet: %d, %v", len(before), err)
	}
	return func(ctx context.Context) error {
		now, err := f.written(ctx)
		if err != nil {
			return err
		}
		var changed []string
		for child, at := range now {
			if before[child] != at {
				changed = append(changed, fmt.Sprintf("%s was written at %s, before at %s", child, at, before[child]))
			}
		}
		if len(changed) > 0 || len(now) != len(before) {
			slices.Sort(changed)
			return fmt.Errorf("of %d children, then %d, were written:\n%s", len(before), len(now), strings.Join(changed, "\n"))
		}
		return nil
	}
}

// written says of every child when the operator changed a field of it last. Generations do not tell: an Application's moves
// with its status.
func (f *Fleet) written(ctx context.Context) (map[string]string, error) {
	apps := &v1alpha1.AfroAppList{}
	if err := f.Story.Client.List(ctx, apps); err != nil {
		return nil, err
	}
	kinds := map[string]bool{}
	for _, app := range apps.Items {
		for _, child := range app.Status.Children {
			kinds[child.Kind] = true
		}
	}
	written := map[string]string{}
	for kind := range kinds {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(f.Story.Kind(kind))
		if err := f.Story.Client.List(ctx, list, client.HasLabels{expand.LabelOwnerUID}); err != nil {
			return nil, err
		}
		for _, object := range list.Items {
			if !f.owns(object.GetAnnotations()[expand.AnnotationOwner]) {
				continue
			}
			name := kind + " " + object.GetNamespace() + "/" + object.GetName()
			written[name] = "never"
			for _, entry := range object.GetManagedFields() {
				if entry.Manager == string(apply.FieldOwner) && entry.Subresource == "" && entry.Time != nil {
					written[name] = entry.Time.UTC().Format(time.RFC3339)
				}
			}
		}
	}
	return written, nil
}

// owns tells whether the owner of a child is the AfroPlatform or an app of the fleet.
func (f *Fleet) owns(owner string) bool {
	return strings.HasPrefix(owner, "AfroPlatform/") ||
		slices.ContainsFunc(f.Apps, func(app types.NamespacedName) bool { return owner == expand.Owner(app.Namespace, app.Name) })
}

// Settled waits until no pod of the fleet is replaced any more.
func (f *Fleet) Settled() {
	f.Story.Helper()
	f.Story.settled(f.pods)
}
