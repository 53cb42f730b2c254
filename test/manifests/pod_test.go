package manifests

import (
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

func manager(t *testing.T) appsv1.Deployment {
	t.Helper()
	return ofKind[appsv1.Deployment](t, build(t, "default"), "Deployment")[0]
}

// The namespace enforces it, so a violation would leave the Deployment without pods.
func TestPodsAreRestricted(t *testing.T) {
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	template := manager(t).Spec.Template
	restricted := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	for _, result := range evaluator.EvaluatePod(restricted, &template.ObjectMeta, &template.Spec) {
		if !result.Allowed {
			t.Errorf("%s: %s", result.ForbiddenReason, result.ForbiddenDetail)
		}
	}
}

// What the standard does not ask for.
func TestContainersCanWriteNothingAndAreBounded(t *testing.T) {
	spec := manager(t).Spec.Template.Spec
	if len(spec.Volumes) != 0 {
		t.Errorf("volumes: %v", spec.Volumes)
	}
	for _, c := range spec.Containers {
		if c.SecurityContext.ReadOnlyRootFilesystem == nil || !*c.SecurityContext.ReadOnlyRootFilesystem {
			t.Errorf("%s: the root filesystem is writable", c.Name)
		}
		if c.Resources.Requests.Cpu().IsZero() || c.Resources.Requests.Memory().IsZero() || c.Resources.Limits.Memory().IsZero() {
			t.Errorf("%s: requests or the memory limit are missing", c.Name)
		}
		if c.LivenessProbe == nil || c.ReadinessProbe == nil {
			t.Errorf("%s: a probe is missing", c.Name)
		}
	}
}

func TestNamespaceEnforcesRestricted(t *testing.T) {
	for _, namespace := range ofKind[corev1.Namespace](t, build(t, "default"), "Namespace") {
		for _, mode := range []string{"enforce", "audit", "warn"} {
			if level := namespace.Labels["pod-security.kubernetes.io/"+mode]; level != "restricted" {
				t.Errorf("%s: %s is %q", namespace.Name, mode, level)
			}
		}
	}
}

func TestOneReplicaMayGoAndOneStays(t *testing.T) {
	deployment := manager(t)
	if deployment.Spec.Replicas == nil || *deployment.Spec.Replicas < 2 {
		t.Error("fewer than 2 replicas: a lost node stops the operator")
	}
	if len(deployment.Spec.Template.Spec.TopologySpreadConstraints) == 0 {
		t.Error("replicas are not spread")
	}
}
