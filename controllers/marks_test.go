package controllers

import (
	"fmt"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// strips are ways in which tools and people take our marks off a child.
var strips = map[string]string{
	"annotations": fmt.Sprintf(`{"metadata":{"annotations":{%q:null,%q:null,%q:null}}}`, expand.AnnotationOwner, expand.AnnotationNamespaceUID, expand.AnnotationRevision),
	"label":       fmt.Sprintf(`{"metadata":{"labels":{%q:null}}}`, expand.LabelManagedBy),
}

// A child whose marks were taken off is still known by what is left, marked again, and neither made twice nor given away.
func TestStrippedMarks(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(driftingApp)
	for _, app := range []string{"shared", "own"} {
		w.settled(app)
		op.quiet(t)
		for _, i := range w.plan(app).Intents {
			for what, patch := range strips {
				t.Run(what+"/"+i.Key().String(), func(t *testing.T) {
					before, err := w.get(i.Key())
					must(t, err)
					must(t, admin.Patch(w.ctx, before.DeepCopy(), client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("somebody")))
					eventually(t, func() error {
						now, err := w.get(i.Key())
						if err == nil && !held(i, now) {
							err = fmt.Errorf("its marks are still off: %v %v", now.GetLabels(), now.GetAnnotations())
						}
						if err == nil && now.GetUID() != before.GetUID() {
							t.Fatal("it was made anew")
						}
						return err
					})
				})
			}
		}
		w.appliedIs(app, "True", v1alpha1.ReasonApplied)
	}
}

// A claim says who holds the host beside its marks: without any of them the host is still ours, and the site stays up.
func TestStrippedClaim(t *testing.T) {
	w, _ := onboarded(t)
	claim := expand.Key{Kind: "AfroHostClaim", Name: w.ns + ".afrotomation.com"}
	live, err := w.get(claim)
	must(t, err)
	must(t, admin.Patch(w.ctx, live, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"labels":null,"annotations":null}}`))))
	eventually(t, func() error {
		now, err := w.get(claim)
		if err == nil && now.GetAnnotations()[expand.AnnotationOwner] == "" {
			err = fmt.Errorf("its marks are still off; the app says %+v", w.app("clickrise").Status.StuckAt)
		}
		return err
	})
	if _, err := w.get(expand.Key{Kind: "Ingress", Namespace: w.ns, Name: "clickrise"}); err != nil {
		t.Errorf("the site is down: %v", err)
	}
}

// What lost its marks while nobody looked is still taken away with its app.
func TestStrippedMarksAreNoWayOut(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	plan := w.plan("clickrise")
	op.quiet(t)
	op.stop()
	for _, i := range plan.Intents {
		live, err := w.get(i.Key())
		must(t, err)
		must(t, admin.Patch(w.ctx, live, client.RawPatch(types.MergePatchType, []byte(strips["annotations"]))))
	}
	must(t, admin.Delete(w.ctx, w.app("clickrise")))
	startOperator(t)
	w.gone("clickrise")
	for _, i := range plan.Intents {
		eventually(t, func() error {
			if _, err := w.get(i.Key()); i.Data() != (err == nil) {
				return fmt.Errorf("%s: data is %v, and reading it gives %v", i.Key(), i.Data(), err)
			}
			return nil
		})
	}
}

// The finalizer is taken off whoever put it there: an AfroApp that was restored from a file has it from there.
func TestFinalizerOfOthers(t *testing.T) {
	w := newWorld(t)
	w.apply(minimalApp)
	must(t, w.merge("clickrise", `{"metadata":{"finalizers":["`+v1alpha1.Finalizer+`","example.com/theirs"]}}`))
	startOperator(t)
	w.cleanAtEnd()
	w.settled("clickrise")
	must(t, admin.Delete(w.ctx, w.app("clickrise")))
	eventually(t, func() error {
		w.releaseFinalizers()
		if f := w.app("clickrise").Finalizers; len(f) != 1 || f[0] != "example.com/theirs" {
			return fmt.Errorf("finalizers are %v", f)
		}
		return nil
	})
	must(t, w.merge("clickrise", `{"metadata":{"finalizers":null}}`))
	w.gone("clickrise")
}

// What stood in the way goes, and nobody tells: it is no object of ours. The child is tried again.
func TestConflictHeals(t *testing.T) {
	w := newWorld(t)
	w.apply(`{apiVersion: v1, kind: Secret, metadata: {name: clickrise-db, namespace: "{{ns}}"}, stringData: {password: theirs}}`)
	startOperatorWith(t, Options{RetryPause: 2 * time.Second})
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.appliedIs("clickrise", "False", v1alpha1.ReasonConflict)
	live, err := w.get(expand.Key{Kind: "Secret", Namespace: w.ns, Name: "clickrise-db"})
	must(t, err)
	must(t, admin.Delete(w.ctx, live))
	w.appliedIs("clickrise", "True", v1alpha1.ReasonApplied)
}
