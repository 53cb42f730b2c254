package main

import (
	"fmt"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/internal/tools/render"
)

// permissions are the rules of all roles of a kind that are bound to the account. The rules of roles in the
// manager's namespace become OLM's permissions, which it grants where it installs the operator.
func permissions(objects []*unstructured.Unstructured, kind, account string) ([]Permissions, error) {
	roles, err := render.OfKind[rbacv1.ClusterRole](objects, kind) // a Role has the same rules
	if err != nil {
		return nil, err
	}
	granted := Permissions{ServiceAccountName: account}
	for _, role := range roles {
		if boundRoles(objects)[kind+"/"+role.Name] {
			granted.Rules = append(granted.Rules, role.Rules...)
		}
	}
	if len(granted.Rules) == 0 {
		return nil, fmt.Errorf("no %s is bound to the service account %s", kind, account)
	}
	return []Permissions{granted}, nil
}

// boundRoles are the roles that a binding names, as kind/name.
func boundRoles(objects []*unstructured.Unstructured) map[string]bool {
	bound := map[string]bool{}
	for _, object := range objects {
		kind, _, _ := unstructured.NestedString(object.Object, "roleRef", "kind")
		name, isBinding, _ := unstructured.NestedString(object.Object, "roleRef", "name")
		if isBinding {
			bound[kind+"/"+name] = true
		}
	}
	return bound
}

func roleID(role *unstructured.Unstructured) string {
	return role.GetKind() + "/" + role.GetName()
}
