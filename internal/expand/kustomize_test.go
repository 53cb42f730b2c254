package expand

import (
	"fmt"
	"reflect"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
	"sigs.k8s.io/yaml"
)

// bases are containers that an app may find in its own kustomization. Each has what may not stand beside what a spec says.
var bases = map[string]string{
	"nothing": "",
	"others": `
        env:
        - {name: LOG_LEVEL, valueFrom: {configMapKeyRef: {name: c, key: k}}}
        - {name: API_KEY, value: x}
        - {name: EMPTY, valueFrom: {fieldRef: {fieldPath: metadata.name}}}
        - {name: OTHER, value: x}
        readinessProbe: {tcpSocket: {port: 80}, periodSeconds: 7}
        livenessProbe: {exec: {command: [check]}, failureThreshold: 9}`,
	"other sources": `
        env:
        - {name: API_KEY, valueFrom: {configMapKeyRef: {name: c, key: k}}}
        readinessProbe: {grpc: {port: 80}}
        livenessProbe: {httpGet: {path: /old, port: http, scheme: HTTPS}}`,
}

// TestPatchesMergeIntoAnyBase lets kustomize put the patch of every story into Deployments that already say something else.
// What comes out has one handler per probe and one value per variable, keeps what the spec does not speak of, and holds no null.
func TestPatchesMergeIntoAnyBase(t *testing.T) {
	patched := map[string]bool{}
	for name, in := range accepted(t) {
		plan, err := Expand(in)
		must(t, err)
		for _, i := range plan.Intents {
			patches := at[[]any](i, "spec", "source", "kustomize", "patches")
			for base, fields := range bases {
				if len(patches) == 0 {
					continue
				}
				patch := patches[0].(map[string]any)["patch"].(string)
				rendered := kustomized(t, in.App.Name, fields, patch)
				if strings.Contains(rendered, "null") {
					t.Errorf("%s into %s: holds a null:\n%s", name, base, rendered)
				}
				for _, wrong := range ambiguities(t, rendered) {
					t.Errorf("%s into %s: %s", name, base, wrong)
				}
				patched[name] = true
				if base == "others" && (!strings.Contains(rendered, "name: OTHER") || !strings.Contains(rendered, "periodSeconds: 7")) {
					t.Errorf("%s into %s: what the base says is gone:\n%s", name, base, rendered)
				}
			}
		}
	}
	if !patched["source-kustomize-everything"] || len(patched) < 3 {
		t.Errorf("patches in %v only", patched)
	}
}

// kustomized is the Deployment of a kustomization with a patch, as Argo CD gives it to kustomize.
func kustomized(t *testing.T, name, fields, patch string) string {
	t.Helper()
	kustomization, err := yaml.Marshal(map[string]any{"resources": []string{"app.yaml"}, "patches": []map[string]string{{"patch": patch}}})
	must(t, err)
	fs := filesys.MakeFsInMemory()
	must(t, fs.WriteFile("/kustomization.yaml", kustomization))
	must(t, fs.WriteFile("/app.yaml", fmt.Appendf(nil, `apiVersion: apps/v1
kind: Deployment
metadata: {name: %s}
spec:
  template:
    spec:
      containers:
      - name: %[1]s
        image: shop%s`, name, fields)))
	objects, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(fs, "/")
	must(t, err)
	raw, err := objects.AsYaml()
	must(t, err)
	return string(raw)
}

// ambiguities are what the API server refuses a container for: two handlers of a probe, two values of a variable.
func ambiguities(t *testing.T, rendered string) (out []string) {
	t.Helper()
	var d appsv1.Deployment
	must(t, yaml.UnmarshalStrict([]byte(rendered), &d))
	c := d.Spec.Template.Spec.Containers[0]
	for _, p := range []*corev1.Probe{c.ReadinessProbe, c.LivenessProbe} {
		if p != nil && given(p.ProbeHandler) != 1 {
			out = append(out, fmt.Sprintf("a probe with %d handlers", given(p.ProbeHandler)))
		}
	}
	for _, e := range c.Env {
		if e.ValueFrom != nil && (e.Value != "" || given(*e.ValueFrom) != 1) {
			out = append(out, e.Name+" has two values")
		}
	}
	return out
}

// given counts the pointers of a struct that are set.
func given(of any) (n int) {
	v := reflect.ValueOf(of)
	for i := range v.NumField() {
		if v.Field(i).Kind() == reflect.Pointer && !v.Field(i).IsNil() {
			n++
		}
	}
	return n
}
