package main

import (
	"bytes"
	"context"
	"strings"
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/dynamic/fake"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

func liveApp(name, ready string) *unstructured.Unstructured {
	return &unstructured.Unstructured{Object: map[string]any{
		"apiVersion": "platform.afrotomation.com/v1alpha1", "kind": "AfroApp",
		"metadata": map[string]any{"namespace": "shop", "name": name, "generation": int64(1)},
		"spec":     map[string]any{"image": "ghcr.io/acme/" + name + ":latest"},
		"status": map[string]any{"observedGeneration": int64(1), "conditions": []any{map[string]any{"type": "Ready", "status": ready, "reason": "Ready",
			"message": "", "lastTransitionTime": "2026-11-23T10:00:00Z"}}},
	}}
}

func view(t *testing.T, o statusOptions, apps ...runtime.Object) (*viewer, *fake.FakeDynamicClient, *bytes.Buffer, *bytes.Buffer) {
	t.Helper()
	gvr := v1alpha1.GroupVersion.WithResource("afroapps")
	client := fake.NewSimpleDynamicClientWithCustomListKinds(runtime.NewScheme(), map[schema.GroupVersionResource]string{gvr: "AfroAppList"}, apps...)
	out, errs := &bytes.Buffer{}, &bytes.Buffer{}
	return &viewer{statusOptions: &o, streams: streams{out: out, err: errs}, now: func() time.Time { return time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC) },
		apps: client.Resource(gvr).Namespace(o.namespace)}, client, out, errs
}

func TestStatusOfAFleet(t *testing.T) {
	v, _, out, _ := view(t, statusOptions{}, liveApp("a", "True"), liveApp("b", "False"))
	if code := v.run(t.Context()); code != exitOK {
		t.Errorf("exit code %d", code)
	}
	if got := out.String(); !strings.Contains(got, "shop       b     False") || !strings.Contains(got, "2 apps: 1 ready, 0 stuck, 1 under way") {
		t.Errorf("got\n%s", got)
	}
	v.strict = true
	if code := v.run(t.Context()); code != exitRefused {
		t.Errorf("--exit-code: %d", code)
	}
}

func TestStatusOfAMissingApp(t *testing.T) {
	v, _, _, errs := view(t, statusOptions{app: "gone", namespace: "shop"})
	if code := v.run(t.Context()); code != exitRefused || !strings.Contains(errs.String(), "there is no AfroApp gone in namespace shop") {
		t.Errorf("exit code %d, said %q", code, errs)
	}
}

// --watch prints what changes, and ends with its context.
func TestStatusWatches(t *testing.T) {
	v, client, out, errs := view(t, statusOptions{watch: true}, liveApp("a", "False"))
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan int)
	go func() { ended <- v.run(ctx) }()
	apps := client.Resource(v1alpha1.GroupVersion.WithResource("afroapps")).Namespace("shop")
	deadline := time.Now().Add(10 * time.Second)
	for n := 0; time.Now().Before(deadline) && n < 20; n++ {
		time.Sleep(50 * time.Millisecond) // until the watch is there
		if _, err := apps.Update(t.Context(), liveApp("a", "True"), metav1.UpdateOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	cancel()
	if code := <-ended; code != exitOK {
		t.Errorf("exit code %d: %s", code, errs)
	}
	if !strings.Contains(out.String(), "shop  a  True") {
		t.Errorf("got\n%s", out)
	}
}
