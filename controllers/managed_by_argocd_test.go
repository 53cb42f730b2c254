package controllers

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/test/actors"
)

// Argo CD applies AfroApps from Git, heals edits of them and prunes what left the folder. It never takes a child for its own,
// whichever way it tracks; and the app that is pruned keeps its data.
func TestManagedByArgoCD(t *testing.T) {
	for name, byLabel := range map[string]bool{"annotation": false, "label": true} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			startOperator(t)
			w.cleanAtEnd()
			parent := actors.NewParent(plane.Config(), actors.ParentOptions{Name: "fleet", Namespace: w.ns, ByLabel: byLabel})
			ctx, cancel := context.WithCancel(w.ctx)
			done := make(chan error, 1)
			go func() { done <- parent.Run(ctx) }()
			t.Cleanup(func() { cancel(); must(t, <-done) })

			folder := w.manifests(minimalApp, driftingApp)
			parent.Sync(folder...)
			var children []expand.Key
			for _, app := range []string{"clickrise", "shared", "own"} {
				w.appears(app)
				w.settled(app)
				for _, i := range w.plan(app).Intents {
					children = append(children, i.Key())
				}
			}
			w.untracked(children)

			must(t, admin.Patch(w.ctx, w.app("clickrise"), client.RawPatch(types.MergePatchType, []byte(`{"spec":{"port":9999}}`))))
			eventually(t, func() error {
				if port := *w.app("clickrise").Spec.Port; port != 3000 {
					return fmt.Errorf("the edit is not healed: port %d", port)
				}
				return nil
			})
			w.settled("clickrise")

			data := []expand.Key{}
			for _, i := range w.plan("clickrise").Intents {
				if i.Data() {
					data = append(data, i.Key())
				}
			}
			parent.Sync(w.manifests(driftingApp)...)
			w.gone("clickrise")
			for _, k := range data {
				if _, err := w.get(k); err != nil {
					t.Errorf("%s was lost: %v", k, err)
				}
			}
			for _, pruned := range parent.Pruned() {
				if !strings.Contains(pruned, "AfroApp") && !strings.Contains(pruned, "afroapps") {
					t.Errorf("Argo CD pruned what is not in Git: %s", pruned)
				}
			}
			for _, app := range []string{"shared", "own"} {
				w.settled(app)
			}
		})
	}
}

func (w *world) manifests(docs ...string) (out []*unstructured.Unstructured) {
	w.t.Helper()
	for _, d := range docs {
		objs, err := fixtures.Decode([]byte(strings.ReplaceAll(d, "{{ns}}", w.ns)))
		must(w.t, err)
		out = append(out, objs...)
	}
	return out
}

func (w *world) appears(app string) {
	w.t.Helper()
	eventually(w.t, func() error {
		u := &unstructured.Unstructured{}
		u.SetAPIVersion("platform.afrotomation.com/v1alpha1")
		u.SetKind("AfroApp")
		return admin.Get(w.ctx, types.NamespacedName{Namespace: w.ns, Name: app}, u)
	})
}

// untracked demands that no child carries a mark by which Argo CD would take it for its own.
func (w *world) untracked(children []expand.Key) {
	w.t.Helper()
	for _, k := range children {
		live, err := w.get(k)
		must(w.t, err)
		for key := range live.GetAnnotations() {
			if strings.HasPrefix(key, "argocd.argoproj.io/") {
				w.t.Errorf("%s carries %s", k, key)
			}
		}
		if _, there := live.GetLabels()["app.kubernetes.io/instance"]; there {
			w.t.Errorf("%s carries app.kubernetes.io/instance", k)
		}
	}
}
