package controllers

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

const (
	pause    = `{"metadata":{"annotations":{"` + v1alpha1.AnnotationPaused + `":"true"}}}`
	endPause = `{"metadata":{"annotations":{"` + v1alpha1.AnnotationPaused + `":null}}}`
)

// A paused app gets no write to any child, nor is it finalized (S12). Its status keeps telling the truth: what was edited or
// deleted meanwhile is not as planned.
func TestPause(t *testing.T) {
	w, op := onboarded(t)
	must(t, w.merge("clickrise", pause))
	w.appliedIs("clickrise", "True", v1alpha1.ReasonApplied)
	op.quiet(t)
	mark := op.mark()
	must(t, w.merge("clickrise", `{"spec":{"port":4000}}`))
	w.appliedIs("clickrise", "False", v1alpha1.ReasonPaused)
	if at := meta.FindStatusCondition(w.app("clickrise").Status.Conditions, v1alpha1.ConditionApplied); !strings.Contains(at.Message, "spec.source.helm.valuesObject.port") {
		t.Errorf("it does not say where: %s", at.Message)
	}
	must(t, w.merge("clickrise", `{"spec":{"port":3000}}`))
	w.appliedIs("clickrise", "True", v1alpha1.ReasonApplied)
	live, err := w.get(expand.Key{Kind: "Ingress", Namespace: w.ns, Name: "clickrise"})
	must(t, err)
	must(t, admin.Delete(w.ctx, live))
	w.appliedIs("clickrise", "False", v1alpha1.ReasonPaused)
	must(t, admin.Delete(w.ctx, w.app("clickrise")))
	op.quiet(t)
	for _, s := range op.writes(mark) {
		if !touchesPlatform(s) && !isAppStatus(s) {
			t.Errorf("a write while paused: %s", s)
		}
	}
	must(t, w.merge("clickrise", endPause))
	w.gone("clickrise")
}

// appliedIs waits until the condition Applied of an app is so, for its current spec.
func (w *world) appliedIs(app, status, reason string) {
	w.t.Helper()
	eventually(w.t, func() error {
		a := w.app(app)
		if s, r := condition(a, v1alpha1.ConditionApplied); s != status || r != reason || a.Status.ObservedGeneration != a.Generation {
			return fmt.Errorf("%s: Applied is %s %s for generation %d of %d, want %s %s", app, s, r, a.Status.ObservedGeneration, a.Generation, status, reason)
		}
		return nil
	})
}
