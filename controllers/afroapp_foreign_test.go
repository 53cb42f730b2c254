package controllers

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// What exists under a child's name and is not ours is never written, and is named; everything else of the app is made.
func TestForeignObjectIsLeftAlone(t *testing.T) {
	w := newWorld(t)
	w.apply(`
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: clickrise, namespace: "{{ns}}", labels: {who: somebody}}
spec:
  ingressClassName: other
  rules: [{host: other.example, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: other, port: {number: 1}}}}]}}]
---
apiVersion: v1
kind: Secret
metadata: {name: clickrise-db, namespace: "{{ns}}", labels: {app.kubernetes.io/managed-by: afroapp}}
data: {password: c29tZWJvZHkncw==}
`)
	others := func() map[string]any {
		out := map[string]any{}
		for _, k := range []expand.Key{{Kind: "Ingress", Namespace: w.ns, Name: "clickrise"}, {Kind: "Secret", Namespace: w.ns, Name: "clickrise-db"}} {
			live, err := w.get(k)
			must(t, err)
			out[k.Kind] = live.Object
		}
		return out
	}
	before := others()
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	eventually(t, func() error {
		if status, reason := condition(w.app("clickrise"), v1alpha1.ConditionApplied); status != "False" || reason != v1alpha1.ReasonConflict {
			return fmt.Errorf("Applied is %s %s", status, reason)
		}
		return nil
	})
	op.quiet(t)
	if d := cmp.Diff(before, others()); d != "" {
		t.Errorf("objects of others were changed:\n%s", d)
	}
	at := w.app("clickrise").Status.StuckAt
	if at == nil || !strings.Contains(at.Message, "clickrise") || at.Fix == "" {
		t.Errorf("the stuck line does not name it: %+v", at)
	}
	for _, i := range w.plan("clickrise").Intents {
		if _, err := w.get(i.Key()); err != nil {
			t.Errorf("%s: %v", i.Key(), err)
		}
	}
}
