package cel

import (
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/platform"
)

// checkGrant gives one grant to a tenant, and asks both.
func checkGrant(t *testing.T, field string, granted any, refused bool) {
	t.Helper()
	u := object(t, wholePlatform)
	tenants, _, err := unstructured.NestedSlice(u.Object, "spec", "tenants")
	if err != nil {
		t.Fatal(err)
	}
	tenants[0].(map[string]any)[field] = []any{granted}
	if err := unstructured.SetNestedSlice(u.Object, tenants, "spec", "tenants"); err != nil {
		t.Fatal(err)
	}
	verdict := ask(t, u)
	_, err = judge(t, u)
	if (verdict != nil) != refused || (err != nil) != refused {
		t.Errorf("%s: %v: the API server says %v, the controller %v", field, granted, verdict, err)
	}
}

// TestRefusedKinds: the CRD spells out the same kinds that the controller refuses to grant, and takes others.
func TestRefusedKinds(t *testing.T) {
	check := func(k v1alpha1.ResourceKind, refused bool) {
		t.Helper()
		granted := map[string]any{"kind": k.Kind}
		if k.Kind == "*" {
			granted["kind"] = "Anything"
		}
		if k.Group != "" {
			granted["group"] = k.Group
		}
		checkGrant(t, "kinds", granted, refused)
	}
	for _, k := range platform.RefusedKinds {
		check(k, true)
	}
	for _, k := range []v1alpha1.ResourceKind{
		{Kind: "ReplicationController"}, {Group: "keda.sh", Kind: "ScaledObject"}, {Group: "networking.k8s.io", Kind: "IPAddress"},
		{Group: "example.com", Kind: "ResourceQuota"}, {Group: "apps", Kind: "Deployment"},
	} {
		check(k, false)
	}
}

// TestGrants: what the patterns of grants take and refuse, beside what breaks every pattern.
func TestGrants(t *testing.T) {
	for _, row := range []struct {
		field, granted string
		refused        bool
	}{
		{"sources", "https://github.com/acme/shop.git", false},
		{"sources", "http://git.lan/acme/shop.git", false},
		{"sources", "git@github.com:acme/shop.git", false},
		{"sources", "*", true},
		{"sources", "https://github.com/acme/*", true},
		{"sources", "!https://github.com/acme/shop.git", true},
		{"sources", "https://user:token@github.com/acme/shop.git", true},
		{"sources", "https://github.com/acme/../shop.git", true},
		{"sourceRevisions", "live", false},
		{"sourceRevisions", "release/1.x", false},
		{"sourceRevisions", "*", false},
		{"sourceRevisions", "refs/pull/7/head", true},
		{"sourceRevisions", "refs/heads/main", true},
		{"sourceRevisions", "live-*", true},
	} {
		checkGrant(t, row.field, row.granted, row.refused)
	}
}
