package controllers

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// A restart with everything in place writes nothing, and reads each kind a few times, however many apps there are.
func TestRestartWritesNothing(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	for n := range 5 {
		w.apply(appNamed(fmt.Sprintf("app%d", n)))
	}
	for n := range 5 {
		w.settled(fmt.Sprintf("app%d", n))
	}
	time.Sleep(firstWindow) // progress that is held back
	op.quiet(t)
	op.stop()
	again := startOperator(t)
	w.cleanAtEnd()
	again.quiet(t)
	if writes := again.writes(0); len(writes) > 0 {
		t.Errorf("writes after a restart: %v", writes)
	}
	kinds := len(foreign.Children) + 4 // and AfroApp, AfroPlatform, Namespace, CustomResourceDefinition
	if reads := again.since(0); len(reads) > 3*kinds {
		t.Errorf("%d reads after a restart, want at most %d: %v", len(reads), 3*kinds, reads)
	} else {
		t.Logf("restart with 5 apps: 0 writes, %d requests, %d kinds", len(reads), kinds)
	}
}

func appNamed(name string) string {
	return fmt.Sprintf(`
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: %[1]s, namespace: "{{ns}}"}
spec:
  image: ghcr.io/codenificient/%[1]s:latest
  port: 3000
  hosts: ["%[1]s-{{ns}}.afrotomation.com"]
  database: {}
`, name)
}

// The heartbeats of the peers cost nothing: no read, no write, for a minute.
func TestIdleUnderHeartbeats(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	name := applicationName(w)
	beat := func(n int) {
		for key, patch := range map[expand.Key]string{
			{Kind: "Application", Namespace: "argocd", Name: name}:  fmt.Sprintf(`{"status":{"reconciledAt":"2026-11-23T12:%02d:%02dZ"}}`, n/60, n%60),
			{Kind: "ImageUpdater", Namespace: "argocd", Name: name}: fmt.Sprintf(`{"status":{"lastCheckedAt":"2026-11-23T12:%02d:%02dZ"}}`, n/60, n%60),
			{Kind: "Ingress", Namespace: w.ns, Name: "clickrise"}:   fmt.Sprintf(`{"metadata":{"annotations":{"example.com/beat":"%d"}}}`, n),
		} {
			live, err := w.get(key)
			must(t, err)
			var c client.SubResourceWriter = admin.Status()
			if key.Kind == "ImageUpdater" {
				must(t, c.Patch(w.ctx, live, client.RawPatch(types.MergePatchType, []byte(patch))))
				continue
			}
			must(t, admin.Patch(w.ctx, live, client.RawPatch(types.MergePatchType, []byte(patch))))
		}
	}
	beat(0)
	time.Sleep(firstWindow + time.Second)
	op.quiet(t)
	mark := op.mark()
	for n := 1; n <= 60; n++ {
		beat(n)
		time.Sleep(time.Second)
	}
	if all := op.since(mark); len(all) > 0 {
		t.Errorf("%d requests in an idle minute: %v", len(all), all)
	}
}

func applicationName(w *world) string {
	for _, i := range w.plan("clickrise").Intents {
		if i.GVK() == foreign.Application {
			return i.Key().Name
		}
	}
	w.t.Fatal("no Application is planned")
	return ""
}
