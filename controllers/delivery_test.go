package controllers

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/observe"
	"github.com/afrotomation/afroapp/internal/registry"
	"github.com/afrotomation/afroapp/test/actors"
)

// hurried is a clock of the prober's that runs faster than time: a probe every 30 s comes every other second.
type hurried struct{ begun time.Time }

const hurry = 15

func (h hurried) Now() time.Time { return h.begun.Add(time.Since(h.begun) * hurry) }

func (h hurried) After(d time.Duration) <-chan time.Time { return time.After(d / hurry) }

const deliveredApps = `
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: rolls, namespace: "{{ns}}"}
spec: {image: "ghcr.io/codenificient/rolls:latest"}
---
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: stays, namespace: "{{ns}}"}
spec: {image: "ghcr.io/codenificient/stays:1.2.3"}
---
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: own, namespace: "{{ns}}"}
spec: {image: "ghcr.io/codenificient/own:1.2.3", source: {path: apps/own, kustomize: {}}}
`

// Nobody touches the app: what the registry, a pod and another ImageUpdater say brings the operator there by itself.
func TestDeliveryIsHeardOf(t *testing.T) {
	w := newWorld(t)
	w.dropPlatformAtEnd()
	w.apply(strings.NewReplacer("[{host: ghcr.io}]", "[{host: ghcr.io, probeInterval: 30s}]", "sourceRevisions: [live]", "sourceRevisions: [live]\n    sourcePaths: [apps]").Replace(platformYAML))
	images := actors.NewImages()
	repository := actors.NewRepository(actors.Chart("charts/afroapp-workload", "placeholder:none"))
	repository.Commit(actors.Kustomization("apps/own", "own", imageOf("own"), 0))
	for _, app := range []string{"rolls", "stays", "own"} {
		images.Push(imageOf(app))
	}
	w.startActors(actors.Options{Registry: images, Repository: repository, UpdaterInterval: time.Second})
	clock := hurried{time.Now()}
	startOperatorWith(t, Options{Registry: registry.Options{Clock: clock, Transport: actors.Transport(images)}})
	w.cleanAtEnd()
	w.apply(deliveredApps)
	for _, app := range []string{"rolls", "stays", "own"} {
		w.delivers(app, "")
	}

	t.Run("a push", func(t *testing.T) {
		w := w.in(t)
		w.delivers("rolls", images.Push(imageOf("rolls")))
	})
	t.Run("a push that nobody follows", func(t *testing.T) {
		w := w.in(t)
		digest := images.Push(imageOf("stays"))
		w.until("stays", func(app *v1alpha1.AfroApp) error {
			if app.Status.Image.RegistryDigest != digest {
				return fmt.Errorf("the registry serves %s, the status says %+v", digest, app.Status.Image)
			}
			return nil
		})
		must(t, admin.DeleteAllOf(w.ctx, &corev1.Pod{}, client.InNamespace(w.ns), client.MatchingLabels{"platform.afrotomation.com/app": "stays"}, client.GracePeriodSeconds(0)))
		w.delivers("stays", digest)
	})
	t.Run("another ImageUpdater", func(t *testing.T) {
		w := w.in(t)
		rival := `{apiVersion: argocd-image-updater.argoproj.io/v1alpha1, kind: ImageUpdater, metadata: {name: rival-{{ns}}, namespace: argocd},
			spec: {applicationRefs: [{namePattern: "{{ns}}-rolls-*", images: [{alias: web, imageName: "ghcr.io/codenificient/rolls:stable"}]}]}}`
		w.apply(rival)
		w.until("rolls", func(app *v1alpha1.AfroApp) error { return stuckAt(app, v1alpha1.ReasonUpdaterConflict) })
		w.event("rolls", v1alpha1.ReasonUpdaterConflict)
		u := w.manifests(rival)[0]
		must(t, client.IgnoreNotFound(admin.Delete(w.ctx, u)))
		must(t, client.IgnoreNotFound(admin.Patch(w.ctx, u, client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)))))
		w.delivers("rolls", "")
		w.event("rolls", observe.ReasonUnstuck)
	})
	t.Run("a pod that stays behind", func(t *testing.T) {
		w := w.in(t)
		old := w.oldPod("rolls", "ghcr.io/codenificient/rolls@sha256:"+strings.Repeat("0", 64), map[string]string{"platform.afrotomation.com/app": "rolls"})
		w.until("rolls", func(app *v1alpha1.AfroApp) error {
			if status, _ := condition(app, v1alpha1.ConditionDelivered); status == "True" {
				return errors.New("an old pod is there, and the app is Delivered")
			}
			return nil
		})
		must(t, admin.Delete(w.ctx, old, client.GracePeriodSeconds(0)))
		w.delivers("rolls", "")
	})
	t.Run("a pod of own manifests that goes", func(t *testing.T) {
		w := w.in(t)
		old := w.oldPod("own", "ghcr.io/codenificient/own@sha256:"+strings.Repeat("0", 64), map[string]string{})
		eventually(t, func() error { // the look at its pods of a moment ago counts for a while
			w.poke("own")
			time.Sleep(time.Second)
			if status, _ := condition(w.app("own"), v1alpha1.ConditionDelivered); status == "True" {
				return errors.New("an old pod is there, and the app is Delivered")
			}
			return nil
		})
		must(t, admin.Delete(w.ctx, old, client.GracePeriodSeconds(0)))
		w.delivers("own", "")
	})
}

func imageOf(app string) string {
	if app == "rolls" {
		return "ghcr.io/codenificient/rolls:latest"
	}
	return "ghcr.io/codenificient/" + app + ":1.2.3"
}

// delivers waits until an app is Delivered, by this digest where one is named.
func (w *world) delivers(app, digest string) {
	w.t.Helper()
	w.until(app, func(a *v1alpha1.AfroApp) error {
		status, _ := condition(a, v1alpha1.ConditionDelivered)
		i := a.Status.Image
		if status != "True" || i == nil || i.RegistryDigest != i.RunningDigest || digest != "" && i.RunningDigest != digest {
			return fmt.Errorf("%s: Delivered %s, want %s, image %+v; hops %s", app, status, digest, i, hopLine(a))
		}
		return nil
	})
}

func stuckAt(app *v1alpha1.AfroApp, reason string) error {
	if at := app.Status.StuckAt; at == nil || at.Reason != reason {
		return fmt.Errorf("stuck at %+v, want %s; hops %s", at, reason, hopLine(app))
	}
	return nil
}

// event waits for an event of an app.
func (w *world) event(app, reason string) {
	w.t.Helper()
	eventually(w.t, func() error {
		list := &corev1.EventList{}
		if err := admin.List(w.ctx, list, client.InNamespace(w.ns)); err != nil {
			return err
		}
		for _, e := range list.Items {
			if e.InvolvedObject.Name == app && e.Reason == reason {
				return nil
			}
		}
		return fmt.Errorf("no event %s of %s", reason, app)
	})
}

// oldPod is one that a Deployment made before.
func (w *world) oldPod(deployment, image string, labels map[string]string) *corev1.Pod {
	w.t.Helper()
	labels[appsv1.DefaultDeploymentUniqueLabelKey] = "old"
	spec := corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: image}}}
	rs := &appsv1.ReplicaSet{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: deployment + "-old"}, Spec: appsv1.ReplicaSetSpec{
		Replicas: new(int32), Selector: &metav1.LabelSelector{MatchLabels: labels},
		Template: corev1.PodTemplateSpec{ObjectMeta: metav1.ObjectMeta{Labels: labels}, Spec: spec}}}
	must(w.t, admin.Create(w.ctx, rs))
	pod := &corev1.Pod{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: deployment + "-old-1", Labels: labels, OwnerReferences: []metav1.OwnerReference{
		*metav1.NewControllerRef(rs, appsv1.SchemeGroupVersion.WithKind("ReplicaSet"))}}, Spec: spec}
	must(w.t, admin.Create(w.ctx, pod))
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{
		{Name: "web", Image: image, ImageID: image, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}}
	eventually(w.t, func() error {
		live := &corev1.Pod{}
		if err := admin.Get(w.ctx, client.ObjectKeyFromObject(pod), live); err != nil {
			return err
		}
		live.Status = pod.Status
		return admin.Status().Update(w.ctx, live)
	})
	return pod
}
