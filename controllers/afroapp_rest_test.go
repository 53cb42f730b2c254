package controllers

import (
	"fmt"
	"testing"
	"time"

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
