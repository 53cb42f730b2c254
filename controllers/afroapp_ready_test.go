package controllers

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/watch"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/test/actors"
)

// startActors plays every peer until the test ends.
func (w *world) startActors(o actors.Options) *actors.Set {
	w.t.Helper()
	o.Deployments = true
	set := actors.All(plane.Config(), o)
	ctx, cancel := context.WithCancel(w.ctx)
	done := make(chan error, 1)
	go func() { done <- set.Run(ctx) }()
	w.t.Cleanup(func() {
		cancel()
		if err := <-done; err != nil {
			w.t.Errorf("the actors ended with %v", err)
		}
	})
	w.apply(`
apiVersion: cert-manager.io/v1
kind: ClusterIssuer
metadata: {name: letsencrypt}
spec: {selfSigned: {}}
---
apiVersion: v1
kind: Secret
metadata: {name: b2-key, namespace: databases}
stringData: {ACCESS_KEY_ID: id, ACCESS_SECRET_KEY: key}
---
apiVersion: v1
kind: Secret
metadata: {name: b2-key, namespace: "{{ns}}"}
stringData: {ACCESS_KEY_ID: id, ACCESS_SECRET_KEY: key}
---
apiVersion: v1
kind: Secret
metadata: {name: ghcr, namespace: argocd}
type: kubernetes.io/dockerconfigjson
stringData: {.dockerconfigjson: '{"auths": {}}'}
`)
	return set
}

// managedPlatform lets the operator make the shared cluster.
var managedPlatform = strings.ReplaceAll(platformYAML, "shared: {namespace: databases, name: pg}", "shared: {namespace: databases, name: pg, managed: {}}")

// ready waits until the app is Ready.
func (w *world) ready(name string) {
	w.t.Helper()
	w.until(name, func(app *v1alpha1.AfroApp) error {
		if status, reason := condition(app, v1alpha1.ConditionReady); status != "True" || app.Status.ObservedGeneration != app.Generation {
			return fmt.Errorf("Ready is %s %s; stuck at %+v; hops %s", status, reason, app.Status.StuckAt, hopLine(app))
		}
		return nil
	})
}

func (w *world) until(name string, what func(*v1alpha1.AfroApp) error) {
	w.t.Helper()
	deadline := time.Now().Add(3 * patienceOfTests)
	for {
		err := what(w.app(name))
		if err == nil {
			return
		}
		if time.Now().After(deadline) {
			w.t.Fatal(err)
		}
		time.Sleep(50 * time.Millisecond)
	}
}

func hopLine(app *v1alpha1.AfroApp) string {
	var out []string
	for _, h := range app.Status.Hops {
		if h.State != v1alpha1.HopPassed && h.State != v1alpha1.HopNotProbed {
			out = append(out, fmt.Sprintf("%s=%s(%s: %s)", h.Name, h.State, h.Reason, h.Message))
		}
	}
	return strings.Join(out, " ")
}

// lawful watches every status of the test's apps and checks the laws of kstatus at each step.
func (w *world) lawful() {
	w.t.Helper()
	ctx, cancel := context.WithCancel(w.ctx)
	scheme, err := Scheme()
	must(w.t, err)
	c, err := client.NewWithWatch(plane.Config(), client.Options{Scheme: scheme})
	must(w.t, err)
	events, err := c.Watch(ctx, &v1alpha1.AfroAppList{}, client.InNamespace(w.ns))
	must(w.t, err)
	var group sync.WaitGroup
	group.Go(func() {
		for e := range events.ResultChan() {
			if app, ok := e.Object.(*v1alpha1.AfroApp); ok && e.Type != watch.Deleted {
				for _, broken := range kstatusLaws(app) {
					w.t.Errorf("%s: %s: %+v", app.Name, broken, app.Status.Conditions)
				}
			}
		}
	})
	w.t.Cleanup(func() { cancel(); events.Stop(); group.Wait() })
}

// kstatusLaws are those that kubectl wait, Argo CD and Flux rely on.
func kstatusLaws(app *v1alpha1.AfroApp) (broken []string) {
	if len(app.Status.Conditions) == 0 {
		return nil
	}
	is := map[string]metav1.ConditionStatus{}
	for _, c := range app.Status.Conditions {
		is[c.Type] = c.Status
		if c.ObservedGeneration > app.Generation {
			broken = append(broken, c.Type+" speaks of a generation to come")
		}
		if c.Reason == "" || c.LastTransitionTime.IsZero() {
			broken = append(broken, c.Type+" has no reason or no time")
		}
	}
	current := app.Status.ObservedGeneration == app.Generation
	ready, reconciling, stalled := is[v1alpha1.ConditionReady], is[v1alpha1.ConditionReconciling], is[v1alpha1.ConditionStalled]
	switch {
	case ready == "":
		broken = append(broken, "there is no Ready")
	case reconciling != "" && reconciling != "True" || stalled != "" && stalled != "True":
		broken = append(broken, "Reconciling or Stalled is there and not True")
	case reconciling == "True" && stalled == "True":
		broken = append(broken, "Reconciling and Stalled at once")
	case ready == "True" && (reconciling == "True" || stalled == "True"):
		broken = append(broken, "Ready, and Reconciling or Stalled")
	case current && ready != "True" && reconciling == "" && stalled == "":
		broken = append(broken, "not Ready, and neither Reconciling nor Stalled")
	}
	return broken
}

// With every peer answering, an app with everything goes to Ready, lawfully at every step.
func TestReady(t *testing.T) {
	w := newWorld(t)
	w.apply(managedPlatform)
	w.startActors(actors.Options{UpdaterInterval: 2 * time.Second})
	startOperator(t)
	w.cleanAtEnd()
	w.lawful()
	w.apply(driftingApp)
	w.apply(minimalApp)
	for _, app := range []string{"clickrise", "shared", "own"} {
		w.ready(app)
	}
	if url := w.app("clickrise").Status.URL; url != "https://"+w.ns+".afrotomation.com" {
		t.Errorf("url is %q", url)
	}
}
