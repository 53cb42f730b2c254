// Package apply is the only room that writes to the cluster, beside the finalizer and the status of our own kinds.
//
// Every write carries a precondition, so that nothing of others is touched, raced or not. The first write of a child
// names resourceVersion 1, which no object ever has: server-side apply then creates, or answers 409, in one request.
// Every later write names the UID that was seen to be ours. See docs/decisions.md, "First contact".
package apply

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"slices"
	"strings"

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
	_, apart := firstApart(i, live)
	return !apart
}

// firstApart is the first field of an intent that is not there with its value, as people write it: spec.rules[0].host.
func firstApart(i expand.Intent, live client.Object) (path string, apart bool) {
	have, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return "", true
	}
	kind, _ := foreign.Of(i.GVK())
	for field, want := range i.Object.Object {
		c := comparison{merged: kind.Merged}
		switch {
		case field == "apiVersion" || field == "kind":
			continue
		case field == "metadata":
			c = comparison{merged: []string{"ownerReferences", "finalizers"}}
		case field == "data" && i.GVK() == foreign.Secret:
			want = hashedData(want)
		}
		if rest, differs := c.apart(want, have[field]); differs {
			path, apart = earlier(path, field+rest, apart), true
		}
	}
	for _, whole := range i.Whole {
		want, wanted, _ := unstructured.NestedFieldNoCopy(i.Object.Object, whole...)
		there, _, _ := unstructured.NestedFieldNoCopy(have, whole...)
		if wanted && !complete(want, there) {
			path, apart = earlier(path, strings.Join(whole, "."), apart), true
		}
	}
	return path, apart
}

// earlier of two paths. The order of a map is another one each time; what is told of it must not be.
func earlier(path, other string, apart bool) string {
	if !apart {
		return other
	}
	return min(path, other)
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

// within tells whether a wanted value is there: maps by their keys, everything else as a whole.
func (c comparison) within(want, have any) bool {
	_, apart := c.apart(want, have)
	return !apart
}

// apart tells whether a wanted value is not there, and where the first difference is, below it.
func (c comparison) apart(want, have any) (path string, apart bool) {
	switch w := want.(type) {
	case map[string]any:
		h, ok := have.(map[string]any)
		if !ok {
			return "", len(w) > 0 || have != nil
		}
		for k, v := range w {
			x, there := h[k]
			rest, differs := "", false
			if slices.Contains(c.merged, k) {
				rest, differs = c.missing(v, x)
			} else {
				rest, differs = c.apart(v, x)
				differs = differs || !there && !isZero(v)
			}
			if differs {
				path, apart = earlier(path, "."+k+rest, apart), true
			}
		}
		return path, apart
	case []any:
		h, _ := have.([]any)
		if len(w) != len(h) {
			return "", true
		}
		for i := range w {
			if rest, apart := c.apart(w[i], h[i]); apart {
				return fmt.Sprintf("[%d]%s", i, rest), true
			}
		}
		return "", false
	}
	return "", !same(want, have)
}

// missing tells whether a wanted item is not among those that are there. The one in its place is taken for it, to say where they
// differ.
func (c comparison) missing(want, have any) (path string, apart bool) {
	items, _ := have.([]any)
	for n, w := range want.([]any) {
		if slices.ContainsFunc(items, func(h any) bool { return c.within(w, h) }) {
			continue
		}
		rest := ""
		if n < len(items) {
			rest, _ = c.apart(w, items[n])
		}
		return fmt.Sprintf("[%d]%s", n, rest), true
	}
	return "", false
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
