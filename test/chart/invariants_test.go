package chart

import (
	"maps"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/pod-security-admission/api"
	"k8s.io/pod-security-admission/policy"
)

// checkInvariants holds what is true of every rendering, whatever the values.
func checkInvariants(t *testing.T, name string, w workload) {
	t.Helper()
	checkRestricted(t, w.pod())
	checkNames(t, name, w)
	checkSelectors(t, name, w)
	if w.service != nil {
		checkService(t, w)
	}
	if mount := w.pod().Spec.AutomountServiceAccountToken; mount == nil || *mount {
		t.Error("the pod gets a service account token")
	}
	if w.deployment.Spec.Replicas == nil {
		t.Error("replicas is absent, and the API server would make it 1")
	}
}

// checkRestricted evaluates the pod as the admission of Kubernetes does, against the restricted standard.
func checkRestricted(t *testing.T, pod corev1.PodTemplateSpec) {
	t.Helper()
	evaluator, err := policy.NewEvaluator(policy.DefaultChecks(), nil)
	if err != nil {
		t.Fatal(err)
	}
	level := api.LevelVersion{Level: api.LevelRestricted, Version: api.LatestVersion()}
	results := evaluator.EvaluatePod(level, &pod.ObjectMeta, &pod.Spec)
	if verdict := policy.AggregateCheckResults(results); !verdict.Allowed {
		t.Errorf("refused by the restricted standard: %s", verdict.ForbiddenDetail())
	}
}

func checkNames(t *testing.T, name string, w workload) {
	t.Helper()
	got := []string{w.deployment.Name, w.container().Name}
	if w.service != nil {
		got = append(got, w.service.Name)
	}
	for _, n := range got {
		if n != name {
			t.Errorf("an object is named %q, want %q", n, name)
		}
	}
}

// checkSelectors wants exactly the one stable label: Argo CD may own app.kubernetes.io/instance, and a selector is immutable.
func checkSelectors(t *testing.T, name string, w workload) {
	t.Helper()
	want := labels.Set{"app.kubernetes.io/name": name}
	pod := labels.Set(maps.Clone(w.pod().Labels))
	delete(pod, "platform.afrotomation.com/app") // by which the operator finds the pods; never part of a selector
	sets := []labels.Set{w.deployment.Labels, w.deployment.Spec.Selector.MatchLabels, pod}
	if w.service != nil {
		sets = append(sets, w.service.Labels, w.service.Spec.Selector)
	}
	for _, set := range sets {
		if set.String() != want.String() {
			t.Errorf("labels or selector %q, want %q", set, want)
		}
	}
}

// checkService resolves the target port of the Service in the container, by name.
func checkService(t *testing.T, w workload) {
	t.Helper()
	ports := w.service.Spec.Ports
	if len(ports) != 1 || w.service.Spec.Type != corev1.ServiceTypeClusterIP {
		t.Fatalf("Service is %s with ports %v, want a ClusterIP with one port", w.service.Spec.Type, ports)
	}
	for _, p := range w.container().Ports {
		if p.Name == ports[0].TargetPort.StrVal && p.ContainerPort == ports[0].Port {
			return
		}
	}
	t.Errorf("Service port %v leads to none of %v", ports[0], w.container().Ports)
}
