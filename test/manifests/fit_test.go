package manifests

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	admissionv1 "k8s.io/api/admissionregistration/v1"
	corev1 "k8s.io/api/core/v1"
	networkingv1 "k8s.io/api/networking/v1"
	policyv1 "k8s.io/api/policy/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/tools/render"
)

func TestBindingsNameWhatExists(t *testing.T) {
	for _, dir := range []string{"default", "data-deletion"} {
		objects := append(build(t, dir), find(build(t, "rbac"), "ServiceAccount", managerAccount))
		for _, object := range objects {
			if !strings.HasSuffix(object.GetKind(), "RoleBinding") {
				continue
			}
			var binding rbacv1.ClusterRoleBinding // a RoleBinding has the same fields
			if err := render.Decode(object, &binding); err != nil {
				t.Fatal(err)
			}
			if find(objects, binding.RoleRef.Kind, binding.RoleRef.Name) == nil {
				t.Errorf("%s: no %s %s", binding.Name, binding.RoleRef.Kind, binding.RoleRef.Name)
			}
			for _, subject := range binding.Subjects {
				account := find(objects, subject.Kind, subject.Name)
				if account == nil || account.GetNamespace() != subject.Namespace {
					t.Errorf("%s: no %s %s/%s", binding.Name, subject.Kind, subject.Namespace, subject.Name)
				}
			}
		}
	}
}

// A selector that matches nothing is silent: a Service without endpoints, a budget that protects nobody.
func TestSelectorsMatchTheManager(t *testing.T) {
	template := manager(t).Spec.Template
	all := append(build(t, "default"), build(t, "network-policy")...)
	selectors := map[string]*metav1.LabelSelector{}
	for _, pdb := range ofKind[policyv1.PodDisruptionBudget](t, all, "PodDisruptionBudget") {
		selectors["PodDisruptionBudget "+pdb.Name] = pdb.Spec.Selector
	}
	for _, service := range ofKind[corev1.Service](t, all, "Service") {
		selectors["Service "+service.Name] = &metav1.LabelSelector{MatchLabels: service.Spec.Selector}
	}
	for _, np := range ofKind[networkingv1.NetworkPolicy](t, all, "NetworkPolicy") {
		selectors["NetworkPolicy "+np.Name] = &np.Spec.PodSelector
	}
	for _, constraint := range template.Spec.TopologySpreadConstraints {
		selectors["topology spread"] = constraint.LabelSelector
	}
	for name, selector := range selectors {
		parsed, err := metav1.LabelSelectorAsSelector(selector)
		if err != nil || !parsed.Matches(labels.Set(template.Labels)) {
			t.Errorf("%s does not select the manager (%v)", name, err)
		}
	}
}

func TestPortsAreThoseOfTheManager(t *testing.T) {
	container := manager(t).Spec.Template.Spec.Containers[0]
	numbers := map[string]int32{}
	for _, port := range container.Ports {
		numbers[port.Name] = port.ContainerPort
	}
	for _, want := range []string{"--leader-elect", "--metrics-bind-address=:8443", "--health-probe-bind-address=:8081"} {
		if !slices.Contains(container.Args, want) {
			t.Errorf("the argument %s is missing", want)
		}
	}
	if numbers["https"] != 8443 || numbers["probes"] != 8081 {
		t.Errorf("ports %v do not fit the arguments", numbers)
	}
	for _, service := range ofKind[corev1.Service](t, build(t, "default"), "Service") {
		for _, port := range service.Spec.Ports {
			if numbers[port.TargetPort.StrVal] != port.Port {
				t.Errorf("%s: port %s leads nowhere", service.Name, port.TargetPort.StrVal)
			}
		}
	}
}

// A policy that names another account holds nobody back, and says nothing.
func TestPoliciesAreAboutTheManager(t *testing.T) {
	objects := build(t, "vap")
	account := `"system:serviceaccount:` + systemNamespace + ":" + managerAccount + `"`
	for _, policy := range ofKind[admissionv1.ValidatingAdmissionPolicy](t, objects, "ValidatingAdmissionPolicy") {
		conditions := policy.Spec.MatchConditions
		if len(conditions) != 1 || conditions[0].Expression != "request.userInfo.username == "+account {
			t.Errorf("%s: match conditions %v", policy.Name, conditions)
		}
		if *policy.Spec.FailurePolicy != admissionv1.Fail {
			t.Errorf("%s fails open", policy.Name)
		}
		bound := find(objects, "ValidatingAdmissionPolicyBinding", policy.Name)
		if bound == nil {
			t.Errorf("%s is not bound", policy.Name)
		}
	}
	for _, binding := range ofKind[admissionv1.ValidatingAdmissionPolicyBinding](t, objects, "ValidatingAdmissionPolicyBinding") {
		if find(objects, "ValidatingAdmissionPolicy", binding.Spec.PolicyName) == nil ||
			!slices.Equal(binding.Spec.ValidationActions, []admissionv1.ValidationAction{admissionv1.Deny}) {
			t.Errorf("%s binds %s with %v", binding.Name, binding.Spec.PolicyName, binding.Spec.ValidationActions)
		}
	}
}

// RBAC by name and the name in the source: where they differ, the manager does not start, or never leads.
func TestNamesInRolesAreThoseInTheSource(t *testing.T) {
	named := map[string]bool{}
	for _, g := range allGrants(t, build(t, "rbac")) {
		for _, name := range g.ResourceNames {
			named[name] = true
		}
	}
	source, err := os.ReadFile("../../cmd/manager/main.go")
	if err != nil {
		t.Fatal(err)
	}
	lease := regexp.MustCompile(`LeaderElectionID:\s*"([^"]+)"`).FindSubmatch(source)
	if lease == nil || !named[string(lease[1])] {
		t.Errorf("no role names the Lease %q", lease)
	}
	if !named[apply.PasswordKeySecret] {
		t.Errorf("no role names the Secret %s", apply.PasswordKeySecret)
	}
}
