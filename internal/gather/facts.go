package gather

import (
	"k8s.io/apimachinery/pkg/api/equality"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
)

type schemaGVK = schema.GroupVersionKind

// settled leaves out image-updater's condition Reconciling: it turns over twice in every cycle.
func settled(in []metav1.Condition) []metav1.Condition {
	out := in[:0]
	for _, c := range in {
		if c.Type != "Reconciling" {
			out = append(out, c)
		}
	}
	return out
}

// sameFacts tells whether an update changed nothing that anybody here reads: a heartbeat of a peer. The first one after a
// silence that counted as stuck is news.
func sameFacts(old, new client.Object) bool {
	if was, ok := old.(*foreign.UpdaterCR); ok && returned(was.Status.LastCheckedAt, new.(*foreign.UpdaterCR).Status.LastCheckedAt) {
		return false
	}
	a, b := old.DeepCopyObject().(client.Object), new.DeepCopyObject().(client.Object)
	for _, o := range []client.Object{a, b} {
		o.SetResourceVersion("")
		o.SetGeneration(0)
		if u, ok := o.(*foreign.UpdaterCR); ok {
			u.Status.LastCheckedAt = nil
		}
	}
	return equality.Semantic.DeepEqual(a, b)
}

func returned(was, is *metav1.Time) bool {
	return is != nil && (was == nil || is.Sub(was.Time) >= observe.UpdaterStalled)
}
