package manifests

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	rbacv1 "k8s.io/api/rbac/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// grant is one rule of one role.
type grant struct {
	role      string
	namespace string // empty: in the whole cluster
	rbacv1.PolicyRule
}

var destroy = []string{"delete", "deletecollection"}

func TestNoRoleOfTheDefaultIsTooWide(t *testing.T) {
	grants := allGrants(t, build(t, "default"))
	for _, g := range grants {
		for _, problem := range tooWide(g.PolicyRule) {
			t.Errorf("%s: %s", g.role, problem)
		}
	}
}

// tooWide says what no role may hold, whoever it is for.
func tooWide(rule rbacv1.PolicyRule) []string {
	var problems []string
	for _, list := range [][]string{rule.Verbs, rule.APIGroups, rule.Resources} {
		if slices.Contains(list, "*") {
			problems = append(problems, "a wildcard")
		}
	}
	for _, verb := range []string{"escalate", "bind", "impersonate"} {
		if slices.Contains(rule.Verbs, verb) {
			problems = append(problems, "the verb "+verb)
		}
	}
	for _, url := range rule.NonResourceURLs {
		if url != "/metrics" {
			problems = append(problems, "the URL "+url)
		}
	}
	return problems
}

func TestManagerHasNoMoreThanItNeeds(t *testing.T) {
	objects := build(t, "default")
	if find(objects, "ClusterRole", "afroapp-manager-role") == nil {
		t.Fatal("config/rbac/role.yaml holds no ClusterRole afroapp-manager-role; run `make generate`")
	}
	for _, g := range managerGrants(t, objects) {
		for _, problem := range tooMuch(g) {
			t.Errorf("%s: %s", g.role, problem)
		}
	}
}

// tooMuch says what the manager may not hold. What it may is in the markers of controllers/.
func tooMuch(g grant) []string {
	var problems []string
	forbid := func(groups, resources, verbs []string) {
		for _, verb := range verbs {
			if slices.Contains(g.Verbs, verb) && overlap(g.APIGroups, groups) && (resources == nil || overlap(g.Resources, resources)) {
				problems = append(problems, fmt.Sprintf("%s on %v of %v", verb, g.Resources, g.APIGroups))
			}
		}
	}
	write := append([]string{"create", "update", "patch"}, destroy...)
	forbid([]string{"postgresql.cnpg.io", "barmancloud.cnpg.io"}, nil, destroy)
	forbid([]string{""}, []string{"persistentvolumeclaims", "persistentvolumes", "namespaces"}, destroy)
	forbid([]string{"apiextensions.k8s.io", "rbac.authorization.k8s.io", "admissionregistration.k8s.io"}, nil, write)
	forbid([]string{""}, []string{"pods", "pods/exec", "pods/attach", "pods/portforward", "serviceaccounts/token", "nodes"}, write)
	forbid([]string{"apps", "batch"}, nil, write) // workloads are Argo CD's
	forbid([]string{"platform.afrotomation.com"}, []string{"afroapps", "afroplatforms"}, append([]string{"create", "delete-data"}, destroy...))
	if !isPasswordKey(g) {
		// list and watch are for metadata; RBAC cannot say so.
		forbid([]string{""}, []string{"secrets"}, []string{"get", "deletecollection"})
	}
	if g.namespace != argocdNamespace {
		forbid([]string{"argoproj.io", "argocd-image-updater.argoproj.io"}, nil, write)
	}
	return problems
}

// isPasswordKey tells the one Secret that the manager reads.
func isPasswordKey(g grant) bool {
	return g.namespace == systemNamespace &&
		slices.Equal(g.ResourceNames, []string{"afroapp-password-key"}) && slices.Equal(g.Verbs, []string{"get"})
}

func overlap(a, b []string) bool {
	return slices.ContainsFunc(a, func(s string) bool { return slices.Contains(b, s) })
}

// The checks above pass on an empty list too; these are what they have to find.
func TestChecksFindWhatTheyAreFor(t *testing.T) {
	rule := func(group, resource, verb string, names ...string) rbacv1.PolicyRule {
		return rbacv1.PolicyRule{
			APIGroups: []string{group}, Resources: []string{resource}, Verbs: []string{"list", verb}, ResourceNames: names,
		}
	}
	for _, bad := range []rbacv1.PolicyRule{
		rule("*", "x", "get"), rule("", "*", "get"), rule("", "x", "*"), rule("", "x", "bind"),
		rule("", "x", "escalate"), rule("", "x", "impersonate"), {NonResourceURLs: []string{"/debug"}},
	} {
		if len(tooWide(bad)) == 0 {
			t.Errorf("passes as not too wide: %v", bad)
		}
	}
	for _, bad := range []grant{
		{PolicyRule: rule("postgresql.cnpg.io", "databases", "delete")},
		{PolicyRule: rule("barmancloud.cnpg.io", "objectstores", "deletecollection")},
		{PolicyRule: rule("", "persistentvolumeclaims", "delete")},
		{namespace: argocdNamespace, PolicyRule: rule("", "secrets", "get", "afroapp-password-key")},
		{namespace: systemNamespace, PolicyRule: rule("", "secrets", "get")},
		{PolicyRule: rule("argoproj.io", "applications", "patch")},
		{PolicyRule: rule("platform.afrotomation.com", "afroapps", "delete")},
		{PolicyRule: rule("rbac.authorization.k8s.io", "roles", "create")},
		{PolicyRule: rule("apps", "deployments", "patch")},
	} {
		if len(tooMuch(bad)) == 0 {
			t.Errorf("passes as not too much: %v", bad)
		}
	}
}

// Who may create AfroApps gets nothing else: not the status that would forge a proof, not a kind that an
// AfroApp becomes.
func TestTenantsGetAfroAppsOnly(t *testing.T) {
	objects := build(t, "default")
	for _, name := range []string{"admin", "edit", "view"} {
		role := find(objects, "ClusterRole", "afroapp-"+name)
		if role == nil || role.GetLabels()["rbac.authorization.k8s.io/aggregate-to-"+name] != "true" {
			t.Errorf("afroapp-%s does not join %s", name, name)
		}
	}
	for _, role := range ofKind[rbacv1.ClusterRole](t, objects, "ClusterRole") {
		if !isAggregated(role) {
			continue
		}
		for _, rule := range role.Rules {
			if !slices.Equal(rule.Resources, []string{"afroapps"}) || !slices.Equal(rule.APIGroups, []string{"platform.afrotomation.com"}) {
				t.Errorf("%s grants %v of %v", role.Name, rule.Resources, rule.APIGroups)
			}
			if slices.Contains(rule.Verbs, "delete-data") {
				t.Errorf("%s consents to deleting data", role.Name)
			}
		}
	}
}

func isAggregated(role rbacv1.ClusterRole) bool {
	for label := range role.Labels {
		if strings.HasPrefix(label, "rbac.authorization.k8s.io/aggregate-to-") {
			return true
		}
	}
	return false
}

func allGrants(t *testing.T, objects []*unstructured.Unstructured) []grant {
	t.Helper()
	roles := slices.Concat(
		ofKind[rbacv1.ClusterRole](t, objects, "ClusterRole"),
		ofKind[rbacv1.ClusterRole](t, objects, "Role"), // a Role has the same fields
	)
	var grants []grant
	for _, role := range roles {
		for _, rule := range role.Rules {
			grants = append(grants, grant{role: role.Name, namespace: role.Namespace, PolicyRule: rule})
		}
	}
	return grants
}

// managerGrants are the rules that bindings give to the manager's service account.
func managerGrants(t *testing.T, objects []*unstructured.Unstructured) []grant {
	t.Helper()
	bindings := slices.Concat(
		ofKind[rbacv1.ClusterRoleBinding](t, objects, "ClusterRoleBinding"),
		ofKind[rbacv1.ClusterRoleBinding](t, objects, "RoleBinding"),
	)
	bound := map[string]bool{}
	for _, binding := range bindings {
		bound[binding.RoleRef.Name] = slices.ContainsFunc(binding.Subjects, func(s rbacv1.Subject) bool {
			return s.Name == managerAccount
		})
	}
	grants := slices.DeleteFunc(allGrants(t, objects), func(g grant) bool { return !bound[g.role] })
	if len(grants) == 0 {
		t.Fatal("the manager has no rights at all")
	}
	return grants
}

// The opt-in gives what its name says for every kind that an AfroApp's data is in, and nothing else.
func TestDataDeletionGrantsThatOnly(t *testing.T) {
	got := map[string][]string{}
	for _, role := range ofKind[rbacv1.ClusterRole](t, build(t, "data-deletion"), "ClusterRole") {
		for _, rule := range role.Rules {
			for _, resource := range rule.Resources {
				got[resource+"."+rule.APIGroups[0]] = rule.Verbs
			}
		}
	}
	want := map[string][]string{"afroapps.platform.afrotomation.com": {"delete-data"}}
	for _, resource := range []string{"clusters", "databases", "databaseroles", "scheduledbackups"} {
		want[resource+".postgresql.cnpg.io"] = []string{"delete"}
	}
	want["objectstores.barmancloud.cnpg.io"] = []string{"delete"}
	if !maps.EqualFunc(got, want, slices.Equal) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
}
