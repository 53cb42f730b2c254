package controllers

import (
	"context"
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
)

// Somebody makes an object at the very moment at which the operator makes its own of that name. Whoever comes second leaves
// it alone: an object of others is never changed, in two hundred races; in two thousand among the long tests.
func TestFirstContactRaced(t *testing.T) {
	w := newWorld(t)
	applier := w.applier(time.Now)
	w.apply(minimalApp)
	plan := w.plan("clickrise")
	var connection expand.Intent
	for _, i := range plan.Intents {
		if i.Key() == (expand.Key{Kind: "Secret", Namespace: w.ns, Name: "clickrise-db"}) {
			connection = i
		}
	}
	app := w.app("clickrise")
	ns := &corev1.Namespace{}
	must(t, admin.Get(w.ctx, types.NamespacedName{Name: w.ns}, ns))
	owner := apply.Owner{Name: expand.Owner(w.ns, "clickrise"), UID: app.UID, NamespaceUID: ns.UID}
	ours, theirs := 0, 0
	races := inLong(2000, 200)
	for n := range races {
		i := expand.Intent{Lane: connection.Lane, Object: connection.Object.DeepCopy()}
		i.Object.SetName(fmt.Sprintf("raced-%d", n))
		foreign := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: i.Object.GetName(), Labels: map[string]string{"who": "somebody"}},
			Type: corev1.SecretTypeBasicAuth, Data: map[string][]byte{"username": []byte("u"), "password": []byte("theirs")}}
		var group sync.WaitGroup
		var created error
		group.Go(func() { created = admin.Create(context.Background(), foreign) })
		out, err := applier.Apply(w.ctx, owner, i, apply.Known{})
		group.Wait()
		must(t, err)
		live := &corev1.Secret{}
		must(t, admin.Get(w.ctx, types.NamespacedName{Namespace: w.ns, Name: foreign.Name}, live))
		switch {
		case created == nil:
			theirs++
			if d := cmp.Diff(foreign, live, ignoreTypeMeta); d != "" || out.Reason == "" {
				t.Fatalf("their object was changed (outcome %q):\n%s", out.Reason, d)
			}
		case apierrors.IsAlreadyExists(created):
			ours++
			if out.Reason != "" || string(live.Data["password"]) == "theirs" {
				t.Fatalf("ours came first, and the outcome is %q", out.Reason)
			}
		default:
			t.Fatal(created)
		}
	}
	t.Logf("%d races: ours first %d times, theirs %d times, theirs changed 0 times", races, ours, theirs)
	must(t, admin.Delete(w.ctx, app))
}

// applier writes as the operator does, without one.
func (w *world) applier(clock func() time.Time) *apply.Applier {
	w.t.Helper()
	scheme, err := Scheme()
	must(w.t, err)
	c, err := client.New(operatorConfig(w.t), client.Options{Scheme: scheme})
	must(w.t, err)
	return apply.New(c, c, clock)
}

var ignoreTypeMeta = cmp.FilterPath(func(p cmp.Path) bool { return p.String() == "TypeMeta" }, cmp.Ignore())

// An update meets the object that was seen to be ours, or none: one that others made in its place stays theirs.
func TestUpdateIsExact(t *testing.T) {
	w := newWorld(t)
	now := time.Now()
	applier := w.applier(func() time.Time { return now })
	w.apply(minimalApp)
	app := w.app("clickrise")
	ns := &corev1.Namespace{}
	must(t, admin.Get(w.ctx, types.NamespacedName{Name: w.ns}, ns))
	owner := apply.Owner{Name: expand.Owner(w.ns, "clickrise"), UID: app.UID, NamespaceUID: ns.UID}
	var secret expand.Intent
	for _, i := range w.plan("clickrise").Intents {
		if i.Key() == (expand.Key{Kind: "Secret", Namespace: w.ns, Name: "clickrise-db"}) {
			secret = i
		}
	}
	_, err := applier.Apply(w.ctx, owner, secret, apply.Known{})
	must(t, err)
	ours := &corev1.Secret{}
	must(t, admin.Get(w.ctx, types.NamespacedName{Namespace: w.ns, Name: "clickrise-db"}, ours))
	must(t, admin.Delete(w.ctx, ours))
	theirs := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: "clickrise-db"}, Type: ours.Type,
		Data: map[string][]byte{"username": []byte("u"), "password": []byte("theirs")}}
	must(t, admin.Create(w.ctx, theirs))
	now = now.Add(time.Hour) // the cache is doubted, and still has ours
	if out, err := applier.Apply(w.ctx, owner, secret, apply.Known{Live: ours}); err == nil || out.Reason != v1alpha1.ReasonApplyFailed {
		t.Errorf("it is to be tried again, and the outcome is %q: %v", out.Reason, err)
	}
	live := &corev1.Secret{}
	must(t, admin.Get(w.ctx, client.ObjectKeyFromObject(theirs), live))
	if d := cmp.Diff(theirs, live, ignoreTypeMeta); d != "" {
		t.Errorf("what others made in its place was changed:\n%s", d)
	}
	must(t, admin.Delete(w.ctx, theirs))
	must(t, admin.Delete(w.ctx, app))
}

// What is taken away is exactly what was looked at: an object that changed, or was made anew, in between stays (S7).
func TestRemoveIsExact(t *testing.T) {
	w := newWorld(t)
	applier := w.applier(time.Now)
	owner := apply.Owner{Name: expand.Owner(w.ns, "web"), UID: "1", NamespaceUID: "ns"}
	key := expand.Key{Kind: "Secret", Namespace: w.ns, Name: "web-db"}
	made := func() *corev1.Secret {
		s := &corev1.Secret{ObjectMeta: metav1.ObjectMeta{Namespace: w.ns, Name: key.Name,
			Annotations: map[string]string{expand.AnnotationOwner: owner.Name, expand.AnnotationNamespaceUID: "ns"}}}
		must(t, admin.Create(w.ctx, s))
		return s
	}
	looked := made()
	changed := looked.DeepCopy()
	changed.Annotations[expand.AnnotationOwner] = "AfroApp/others/web"
	must(t, admin.Update(w.ctx, changed))
	for what, prepare := range map[string]func(){
		"changed hands": func() {},
		"made anew":     func() { must(t, admin.Delete(w.ctx, changed)); made() },
	} {
		prepare()
		if _, err := applier.Remove(w.ctx, owner, key, "", looked); err == nil {
			t.Errorf("%s: it was taken away", what)
		}
		if _, err := w.get(key); err != nil {
			t.Errorf("%s: %v", what, err)
		}
	}
	must(t, admin.Delete(w.ctx, looked))
}
