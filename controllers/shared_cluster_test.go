package controllers

import (
	"fmt"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// The managed shared Cluster holds the data of every app. One that somebody deleted stays gone until the admin says that a new
// one is wanted, and the AfroPlatform tells; the new one archives elsewhere.
func TestDeletedSharedClusterIsNotReplaced(t *testing.T) {
	w := newWorld(t)
	w.apply(managedPlatform)
	op := startOperator(t)
	w.cleanAtEnd()
	key := expand.Key{Kind: "Cluster", Namespace: "databases", Name: "pg"}
	eventually(t, func() error { _, err := w.get(key); return err })
	live, err := w.get(key)
	must(t, err)
	eventually(t, func() error {
		if !slices.ContainsFunc(w.platform().Status.Children, func(c v1alpha1.Child) bool { return c.UID == live.GetUID() }) {
			return fmt.Errorf("not in the ledger")
		}
		return nil
	})
	must(t, admin.Delete(w.ctx, live))
	w.eventuallyFinds("Error "+v1alpha1.ReasonDataMissing, true)
	op.quiet(t)
	if _, err := w.get(key); err == nil {
		t.Fatal("an empty Cluster was made in the place of the one that was deleted")
	}
	consent := fmt.Sprintf(`{"metadata":{"annotations":{%q:%q}}}`, v1alpha1.AnnotationNewDatabase, live.GetUID())
	must(t, admin.Patch(w.ctx, w.platform(), client.RawPatch(types.MergePatchType, []byte(consent))))
	eventually(t, func() error { _, err := w.get(key); return err })
	again, err := w.get(key)
	must(t, err)
	if serverName(t, again) == serverName(t, live) {
		t.Errorf("the new Cluster archives into %s, which is used", serverName(t, live))
	}
}

func (w *world) platform() *v1alpha1.AfroPlatform {
	w.t.Helper()
	p := &v1alpha1.AfroPlatform{}
	must(w.t, admin.Get(w.ctx, types.NamespacedName{Name: v1alpha1.PlatformName}, p))
	return p
}
