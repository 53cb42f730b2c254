package suite

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// takeAway removes what the story made. Apps go first: a namespace that ends before them would take their pods before
// Argo CD can. Data goes last, and by hand, because AfroApp keeps it: another namespace of the same name may not have it.
func (s *Story) takeAway() {
	if s.Failed() && os.Getenv("AFROAPP_E2E_KEEP") != "" {
		return
	}
	ctx := context.WithoutCancel(s.Context())
	for _, name := range s.namespaces {
		s.takeAwayNamespace(ctx, name)
	}
}

func (s *Story) takeAwayNamespace(ctx context.Context, name string) {
	s.Helper()
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}}
	owners, err := s.deleteApps(ctx, name)
	if err = errors.Join(err, s.deleteData(ctx, owners), client.IgnoreNotFound(s.Client.Delete(ctx, namespace))); err != nil {
		s.Errorf("taking namespace %s away: %v", name, err)
	}
	s.Gone(namespace, AWhile)
}

// deleteApps deletes the apps of a namespace, waits until they are gone, and returns their UIDs.
func (s *Story) deleteApps(ctx context.Context, namespace string) (map[string]bool, error) {
	owners := map[string]bool{}
	for end := time.Now().Add(2 * time.Minute); ; time.Sleep(500 * time.Millisecond) {
		apps := &v1alpha1.AfroAppList{}
		if err := s.Client.List(ctx, apps, client.InNamespace(namespace)); err != nil {
			return nil, err
		}
		if len(apps.Items) == 0 {
			return owners, nil
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("%d apps are still there: %s", len(apps.Items), oneLine(&apps.Items[0]))
		}
		for _, app := range apps.Items {
			// A paused app is not finalized.
			unpause := client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"`+v1alpha1.AnnotationPaused+`":null}}}`))
			if err := client.IgnoreNotFound(s.Client.Patch(ctx, app.DeepCopy(), unpause, client.FieldOwner(author))); err != nil {
				return nil, err
			}
			owners[string(app.UID)] = true
			if err := client.IgnoreNotFound(s.Client.Delete(ctx, &app)); err != nil {
				return nil, err
			}
		}
	}
}

// kept are the kinds of which objects outlive their app.
var kept = []string{"Database", "DatabaseRole", "Cluster", "ObjectStore", "ScheduledBackup", "Secret"}

func (s *Story) deleteData(ctx context.Context, owners map[string]bool) error {
	var errs []error
	for _, kind := range kept {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(s.Kind(kind))
		err := s.Client.List(ctx, list, client.HasLabels{expand.LabelOwnerUID})
		if meta.IsNoMatchError(err) {
			continue // the cluster has no such data
		}
		errs = append(errs, err)
		for _, object := range list.Items {
			if !owners[object.GetLabels()[expand.LabelOwnerUID]] {
				continue
			}
			if kind == "Database" { // the one in PostgreSQL goes with it
				patch := client.RawPatch(types.MergePatchType, []byte(`{"spec":{"databaseReclaimPolicy":"delete"}}`))
				errs = append(errs, s.Client.Patch(ctx, &object, patch, client.FieldOwner(author)))
			}
			errs = append(errs, client.IgnoreNotFound(s.Client.Delete(ctx, &object)))
		}
	}
	return errors.Join(errs...)
}
