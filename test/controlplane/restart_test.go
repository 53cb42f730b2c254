package controlplane

import (
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"
)

func TestAPIServerComesBackAfterACrash(t *testing.T) {
	cp, err := Start(t.Context(), Options{})
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	}()
	c := clientFor(t, cp.Config())
	object := configMap("default", "kept")
	create(t, c, object)
	if err := cp.KillAPIServer(); err != nil {
		t.Fatal(err)
	}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(object), object); err == nil {
		t.Error("the killed API server answered")
	}
	if err := cp.RestartAPIServer(); err != nil {
		t.Fatal(err)
	}
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(object), object); err != nil {
		t.Errorf("the same client after the restart: %v", err)
	}
}
