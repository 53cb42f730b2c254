package suite

import (
	"context"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// App reads an AfroApp.
func (s *Story) App(namespace, name string) *v1alpha1.AfroApp {
	s.Helper()
	app := &v1alpha1.AfroApp{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	s.Get(app)
	return app
}

// Ready waits until the app is Ready for the spec that it has now.
func (s *Story) Ready(namespace, name string, within time.Duration) *v1alpha1.AfroApp {
	s.Helper()
	app := &v1alpha1.AfroApp{}
	s.Eventually(namespace+"/"+name+" is Ready", within, func(ctx context.Context) error {
		if err := s.Client.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, app); err != nil {
			return err
		}
		return readyError(app)
	})
	return app
}

func readyError(app *v1alpha1.AfroApp) error {
	ready := meta.FindStatusCondition(app.Status.Conditions, v1alpha1.ConditionReady)
	if ready != nil && ready.Status == metav1.ConditionTrue && ready.ObservedGeneration == app.Generation {
		return nil
	}
	return fmt.Errorf("%s", oneLine(app))
}

func oneLine(app *v1alpha1.AfroApp) string {
	ready := meta.FindStatusCondition(app.Status.Conditions, v1alpha1.ConditionReady)
	if ready == nil {
		return "no status yet"
	}
	return fmt.Sprintf("Ready=%s %s (generation %d of %d): %s", ready.Status, ready.Reason, ready.ObservedGeneration, app.Generation, ready.Message)
}

// Delete deletes the app and waits until it is gone.
func (s *Story) Delete(namespace, name string, within time.Duration) {
	s.Helper()
	app := &v1alpha1.AfroApp{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
	if err := s.Client.Delete(s.Context(), app); err != nil {
		s.Fatal(err)
	}
	s.Gone(app, within)
}

// Gone waits until an object is not there any more.
func (s *Story) Gone(object client.Object, within time.Duration) {
	s.Helper()
	s.Eventually(object.GetName()+" is gone", within, func(ctx context.Context) error {
		err := s.Client.Get(ctx, client.ObjectKeyFromObject(object), object)
		if err == nil {
			return fmt.Errorf("it is there, with the finalizers %s", strings.Join(object.GetFinalizers(), ", "))
		}
		return client.IgnoreNotFound(err)
	})
}
