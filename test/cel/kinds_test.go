package cel

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/platform"
)

// TestRefusedKinds: the CRD spells out the same kinds that the controller refuses to grant, and takes others.
func TestRefusedKinds(t *testing.T) {
	others := []v1alpha1.ResourceKind{
		{Kind: "ReplicationController"}, {Group: "keda.sh", Kind: "ScaledObject"}, {Group: "networking.k8s.io", Kind: "IPAddress"},
		{Group: "example.com", Kind: "ResourceQuota"}, {Group: "apps", Kind: "Deployment"},
	}
	check := func(k v1alpha1.ResourceKind, refused bool) {
		t.Helper()
		granted := map[string]any{"kind": k.Kind}
		if k.Kind == "*" {
			granted["kind"] = "Anything"
		}
		if k.Group != "" {
			granted["group"] = k.Group
		}
		u := object(t, wholePlatform)
		tenants, _, err := unstructured.NestedSlice(u.Object, "spec", "tenants")
		if err != nil {
			t.Fatal(err)
		}
		tenants[0].(map[string]any)["kinds"] = []any{granted}
		if err := unstructured.SetNestedSlice(u.Object, tenants, "spec", "tenants"); err != nil {
			t.Fatal(err)
		}
		verdict := ask(t, u)
		_, err = judge(t, u)
		if (verdict != nil) != refused || (err != nil) != refused {
			t.Errorf("%v: the API server says %v, the controller %v", granted, verdict, err)
		}
	}
	for _, k := range platform.RefusedKinds {
		check(k, true)
	}
	for _, k := range others {
		check(k, false)
	}
}
