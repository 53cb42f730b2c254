package controllers

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// delete deletes an app and waits until it is gone. Argo CD and image-updater are played.
func (w *world) delete(name string) {
	w.t.Helper()
	must(w.t, admin.Delete(w.ctx, w.app(name)))
	w.gone(name)
}

func (w *world) gone(name string) {
	w.t.Helper()
	eventually(w.t, func() error {
		w.releaseFinalizers()
		app := &v1alpha1.AfroApp{}
		err := admin.Get(w.ctx, types.NamespacedName{Namespace: w.ns, Name: name}, app)
		if err == nil {
			return fmt.Errorf("%s is still there: %+v", name, app.Status.StuckAt)
		}
		return client.IgnoreNotFound(err)
	})
}

// Deleting an app stops its traffic and its workload, and keeps its data with a tombstone (S1, S4).
func TestDeleteKeepsData(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(driftingApp)
	plans := map[string]*expand.Plan{}
	for _, app := range []string{"shared", "own"} {
		w.settled(app)
		plans[app] = w.plan(app)
	}
	op.quiet(t)
	for _, app := range []string{"shared", "own"} {
		w.delete(app)
		w.onlyLeft(plans[app], expand.Intent.Data)
		for _, i := range plans[app].Intents {
			if !i.Data() {
				continue
			}
			live, err := w.get(i.Key())
			must(t, err)
			if live.GetAnnotations()[expand.AnnotationReleasedAt] == "" {
				t.Errorf("%s has no tombstone", i.Key())
			}
		}
	}
}

// An app of the same name in the same namespace takes its data up again by itself: the same objects, the same password.
func TestRecreationTakesDataUpAgain(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(driftingApp)
	before := map[expand.Key]types.UID{}
	var passwords []string
	for _, app := range []string{"shared", "own"} {
		w.settled(app)
		for _, i := range w.plan(app).Intents {
			if i.Data() {
				live, err := w.get(i.Key())
				must(t, err)
				before[i.Key()] = live.GetUID()
			}
		}
		passwords = append(passwords, w.password(app))
		op.quiet(t)
		w.delete(app)
	}
	w.apply(driftingApp)
	for n, app := range []string{"shared", "own"} {
		w.settled(app)
		eventually(t, func() error {
			if status, reason := condition(w.app(app), v1alpha1.ConditionApplied); status != "True" {
				return fmt.Errorf("Applied is %s %s", status, reason)
			}
			return nil
		})
		if w.password(app) != passwords[n] {
			t.Errorf("%s: the password changed", app)
		}
	}
	for key, uid := range before {
		eventually(t, func() error {
			live, err := w.get(key)
			switch {
			case err != nil:
				return err
			case live.GetUID() != uid:
				t.Fatalf("%s was made anew", key)
			case live.GetAnnotations()[expand.AnnotationReleasedAt] != "":
				return fmt.Errorf("%s still carries its tombstone", key)
			}
			return nil
		})
	}
	if op.quiet(t); t.Failed() {
		t.Log(op.since(0))
	}
}

func (w *world) password(app string) string {
	w.t.Helper()
	live, err := w.get(expand.Key{Kind: "Secret", Namespace: w.ns, Name: expand.ConnectionSecret(app)})
	must(w.t, err)
	return live.Object["data"].(map[string]any)["password"].(string)
}

// One key deletes nothing: onDelete: Delete without the confirmation keeps the data. With both keys, and without the right
// to delete data, the app says so and waits; nothing is lost either way (S2, S3).
func TestDeletingDataTakesTwoKeys(t *testing.T) {
	w := newWorld(t)
	startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	setDelete := []byte(`{"spec":{"database":{"onDelete":"Delete"}}}`)
	must(t, admin.Patch(w.ctx, w.app("clickrise"), client.RawPatch(types.MergePatchType, setDelete)))
	w.settled("clickrise")
	data := func() (out []expand.Key) {
		for _, i := range w.plan("clickrise").Intents {
			if i.Data() {
				out = append(out, i.Key())
			}
		}
		return out
	}
	keys := data()
	w.delete("clickrise")
	for _, k := range keys {
		if _, err := w.get(k); err != nil {
			t.Errorf("%s is gone with one key: %v", k, err)
		}
	}

	w.apply(minimalApp)
	w.settled("clickrise")
	asApplied := w.all(keys...)
	app := w.app("clickrise")
	both := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}},"spec":{"database":{"onDelete":"Delete"}}}`, v1alpha1.AnnotationConfirmDeleteData, app.UID)
	must(t, admin.Patch(w.ctx, app, client.RawPatch(types.MergePatchType, []byte(both))))
	must(t, admin.Delete(w.ctx, app))
	eventually(t, func() error {
		w.releaseFinalizers()
		at := w.app("clickrise").Status.StuckAt
		if at == nil || at.Reason != v1alpha1.ReasonForbidden {
			return fmt.Errorf("not stuck at what is forbidden: %+v", at)
		}
		return nil
	})
	// What stays is left as it was: a reclaim policy that is turned already would drop the data with the next hand that deletes it.
	for k, live := range w.all(keys...) {
		if d := cmp.Diff(asApplied[k].Object["spec"], live.Object["spec"]); d != "" {
			t.Errorf("%s was changed although the operator may not delete data:\n%s", k, d)
		}
	}
	w.grantDataDeletion()
	w.gone("clickrise")
	for _, k := range keys {
		if _, err := w.get(k); client.IgnoreNotFound(err) != nil || err == nil {
			t.Errorf("%s is still there, although both keys were turned: %v", k, err)
		}
	}

	// The second key is for one app: that of an earlier one, which a file in Git may still hold, opens nothing.
	w.apply(minimalApp)
	w.settled("clickrise")
	must(t, admin.Patch(w.ctx, w.app("clickrise"), client.RawPatch(types.MergePatchType, []byte(both))))
	w.settled("clickrise")
	keys = data()
	w.delete("clickrise")
	for _, k := range keys {
		if _, err := w.get(k); err != nil {
			t.Errorf("%s is gone with the key of an earlier app: %v", k, err)
		}
	}
}
