package controllers

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// Who may write the status of an AfroApp cannot point it at the objects of others: nothing is ever deleted because a status
// names it, neither by a pass, nor by a restart, nor by the finalizer.
func TestStatusIsNoPointer(t *testing.T) {
	w := newWorld(t)
	w.apply(`
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: "theirs-{{ns}}", namespace: argocd}
spec: {project: theirs, destination: {server: "https://kubernetes.default.svc", namespace: theirs}, source: {repoURL: "https://github.com/theirs/infra.git", path: .}}
---
apiVersion: v1
kind: Secret
metadata: {name: theirs, namespace: "{{ns}}"}
data: {password: dGhlaXJz}
`)
	theirs := []expand.Key{{Kind: "Application", Namespace: "argocd", Name: "theirs-" + w.ns}, {Kind: "Secret", Namespace: w.ns, Name: "theirs"}}
	t.Cleanup(func() {
		for _, k := range theirs {
			if live, err := w.get(k); err == nil {
				_ = admin.Delete(w.ctx, live)
			}
		}
	})
	before := w.all(theirs...)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	op.quiet(t)

	forge := func() {
		t.Helper()
		app := w.app("clickrise")
		was := app.DeepCopy()
		for _, k := range theirs {
			app.Status.Children = append(app.Status.Children, v1alpha1.Child{Kind: k.Kind, Namespace: k.Namespace, Name: k.Name, UID: before[k].GetUID()})
		}
		must(t, admin.Status().Patch(w.ctx, app, client.MergeFrom(was)))
	}
	untouched := func(after string) {
		if d := cmp.Diff(before, w.all(theirs...)); d != "" {
			t.Fatalf("%s: objects of others were changed:\n%s", after, d)
		}
	}
	forge()
	must(t, w.merge("clickrise", `{"spec":{"hosts":null}}`))
	w.settled("clickrise")
	op.quiet(t)
	untouched("an edit")
	op.stop()
	forge()
	op = startOperator(t)
	op.quiet(t)
	untouched("a restart")
	forge()
	w.delete("clickrise")
	untouched("the deletion of the app")
}

// all reads objects as they are.
func (w *world) all(keys ...expand.Key) map[expand.Key]*unstructured.Unstructured {
	w.t.Helper()
	out := map[expand.Key]*unstructured.Unstructured{}
	for _, k := range keys {
		live, err := w.get(k)
		must(w.t, err)
		out[k] = live
	}
	return out
}

// A namespace that was deleted and made again may belong to somebody else: the data of the earlier one's apps, kept outside
// of it, is neither handed to an app of the same name nor written, until an admin says so on each object.
func TestNamespaceOfTheSameName(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	kept := w.keptOutside("clickrise")
	password := w.password("clickrise")
	op.quiet(t)
	w.delete("clickrise")
	before := w.all(kept...)
	ns := w.anew()

	w.apply(minimalApp)
	eventually(t, func() error {
		if status, reason := condition(w.app("clickrise"), v1alpha1.ConditionApplied); status != "False" || reason != v1alpha1.ReasonKeptData {
			return fmt.Errorf("Applied is %s %s", status, reason)
		}
		return nil
	})
	op.quiet(t)
	if d := cmp.Diff(before, w.all(kept...)); d != "" {
		t.Errorf("data of the earlier namespace was changed:\n%s", d)
	}
	if live, err := w.get(expand.Key{Kind: "Secret", Namespace: w.ns, Name: expand.ConnectionSecret("clickrise")}); err == nil && w.password("clickrise") == password {
		t.Errorf("the new namespace was handed the password of the earlier one: %v", live)
	}

	for _, k := range kept {
		consent := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.AnnotationConsentNamespace, ns.UID)
		must(t, admin.Patch(w.ctx, before[k].DeepCopy(), client.RawPatch(types.MergePatchType, []byte(consent))))
	}
	eventually(t, func() error {
		if status, reason := condition(w.app("clickrise"), v1alpha1.ConditionApplied); status != "True" {
			return fmt.Errorf("Applied is %s %s", status, reason)
		}
		return nil
	})
	for k, live := range w.all(kept...) {
		if live.GetUID() != before[k].GetUID() {
			t.Errorf("%s was made anew", k)
		}
	}
}

// keptOutside is the data of an app in other namespaces than its own.
func (w *world) keptOutside(app string) (keys []expand.Key) {
	w.t.Helper()
	for _, i := range w.plan(app).Intents {
		if i.Data() && i.Key().Namespace != w.ns {
			keys = append(keys, i.Key())
		}
	}
	if len(keys) == 0 {
		w.t.Fatalf("%s has no data outside of its namespace", app)
	}
	return keys
}

// anew deletes the namespace of the test, waits until it is gone, and makes it again.
func (w *world) anew() *corev1.Namespace {
	w.t.Helper()
	ns := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.ns}}
	must(w.t, admin.Delete(w.ctx, ns))
	eventually(w.t, func() error {
		if err := admin.Get(w.ctx, client.ObjectKeyFromObject(ns), ns); !apierrors.IsNotFound(err) {
			return fmt.Errorf("namespace %s is still there (%v): %+v", w.ns, err, ns.Status.Conditions)
		}
		return nil
	})
	ns = &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: w.ns}}
	must(w.t, admin.Create(w.ctx, ns))
	return ns
}
