// Package apply is the only room that writes to the cluster, beside the finalizer and the status of our own kinds.
//
// Every write carries a precondition, so that nothing of others is touched, raced or not. The first write of a child
// names resourceVersion 1, which no object ever has: server-side apply then creates, or answers 409, in one request.
// Every later write names the UID that was seen to be ours. See docs/decisions.md, "First contact".
package apply

import (
	"crypto/sha256"
	"encoding/base64"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// Held tells whether a live object is as an intent wants it: every field of the intent is there with its value, and nothing
// else where the intent is whole. What others added elsewhere is not looked at.
func Held(i expand.Intent, live client.Object) bool {
	return holds(i, live) && len(leftovers(i, live)) == 0
}

// holds tells whether every field of an intent is there with its value. Lists count as a whole, except those that the API
// server merges by key.
func holds(i expand.Intent, live client.Object) bool {
	have, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return false
	}
	kind, _ := foreign.Of(i.GVK())
	within := comparison{merged: kind.Merged}.within
	for field, want := range i.Object.Object {
		switch field {
		case "apiVersion", "kind":
		case "metadata":
			if !(comparison{merged: []string{"ownerReferences", "finalizers"}}).within(want, have["metadata"]) {
				return false
			}
		case "data":
			if i.GVK() == foreign.Secret {
				want = hashedData(want)
			}
			if !within(want, have["data"]) {
				return false
			}
		default:
			if !within(want, have[field]) {
				return false
			}
		}
	}
	for _, path := range i.Whole {
		want, wanted, _ := unstructured.NestedFieldNoCopy(i.Object.Object, path...)
		there, _, _ := unstructured.NestedFieldNoCopy(have, path...)
		if wanted && !complete(want, there) {
			return false
		}
	}
	return true
}

// complete tells whether every key that is wanted is there. In values of a chart 0 and nothing are not the same: without its
// replicas: 0 an app that was stopped runs again.
func complete(want, have any) bool {
	w, ok := want.(map[string]any)
	if !ok {
		return true
	}
	h, _ := have.(map[string]any)
	for k, v := range w {
		x, there := h[k]
		if v != nil && !there || !complete(v, x) {
			return false
		}
	}
	return true
}

// comparison knows the names of the lists that are merged by key, and may hold items of others.
type comparison struct{ merged []string }

// members tells whether each wanted item is among those that are there.
func (c comparison) members(want, have any) bool {
	items, _ := have.([]any)
	for _, w := range want.([]any) {
		if !slices.ContainsFunc(items, func(h any) bool { return c.within(w, h) }) {
			return false
		}
	}
	return true
}

// within tells whether a wanted value is there: maps by their keys, everything else as a whole.
func (c comparison) within(want, have any) bool {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			return len(w) == 0 && have == nil
		}
		for k, v := range w {
			x, there := h[k]
			if slices.Contains(c.merged, k) {
				if !c.members(v, x) {
					return false
				}
				continue
			}
			if !there && !isZero(v) || !c.within(v, x) {
				return false
			}
		}
		return true
	case []any:
		h, _ := have.([]any)
		if len(w) != len(h) {
			return false
		}
		for i := range w {
			if !c.within(w[i], h[i]) {
				return false
			}
		}
		return true
	}
	return same(want, have)
}

// same compares scalars. A typed object leaves false, 0 and "" out, and numbers of a user's values are floats.
func same(a, b any) bool {
	if b == nil {
		return isZero(a)
	}
	x, okA := number(a)
	y, okB := number(b)
	if okA && okB {
		return x == y
	}
	return a == b
}

func isZero(v any) bool { return v == nil || v == false || v == "" || v == int64(0) || v == float64(0) }

func number(v any) (float64, bool) {
	switch n := v.(type) {
	case int64:
		return float64(n), true
	case float64:
		return n, true
	}
	return 0, false
}

// annotationHashed marks a Secret in the cache. It is never sent.
const annotationHashed = "platform.afrotomation.com/hashed"

// HashSecret replaces the data of a Secret by hashes: the cache holds no passwords, and still sees a change. It may be
// called again on the same Secret: an informer transforms some objects twice.
func HashSecret(s *corev1.Secret) {
	if s.Annotations[annotationHashed] != "" {
		return
	}
	for k, v := range s.Data {
		sum := sha256.Sum256(v)
		s.Data[k] = sum[:]
	}
	if s.Annotations == nil {
		s.Annotations = map[string]string{}
	}
	s.Annotations[annotationHashed] = "true"
}

func hashedData(data any) any {
	out := map[string]any{}
	for k, v := range data.(map[string]any) {
		raw, _ := base64.StdEncoding.DecodeString(v.(string))
		sum := sha256.Sum256(raw)
		out[k] = base64.StdEncoding.EncodeToString(sum[:])
	}
	return out
}
