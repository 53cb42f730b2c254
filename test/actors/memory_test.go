package actors

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestMemoryHoldsAWriteUntilTheWatchHasShownIt(t *testing.T) {
	at := func(version string) *object {
		o := &unstructured.Unstructured{}
		o.SetResourceVersion(version)
		return o
	}
	k := key{databases, "shop", "app"}
	t.Run("the answer comes first", func(t *testing.T) {
		var m memory
		m.wrote(k, at("10"))
		if got := m.latest(k, at("9")); resourceVersion(got) != 10 {
			t.Errorf("the actor sees %d, which was before its own write", resourceVersion(got))
		}
		m.saw(k, at("10"))
		if got := m.latest(k, nil); got != nil || len(m.of(databases)) > 0 {
			t.Errorf("what the watch has shown is still remembered: %d", resourceVersion(got))
		}
	})
	t.Run("the watch shows first that it is gone", func(t *testing.T) {
		var m memory
		m.saw(k, at("11"))
		m.wrote(k, at("10"))
		if got := m.latest(k, nil); got != nil || len(m.of(databases)) > 0 {
			t.Errorf("an object that is gone is remembered: %d", resourceVersion(got))
		}
		m.wrote(k, at("12"))
		if got := m.latest(k, nil); resourceVersion(got) != 12 {
			t.Error("an object that was made anew under its name is not remembered")
		}
	})
}
