package expand

import (
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// kustomize patches what the spec says into the Deployment and the container named like the app. A patch without a
// target fails loudly where there is no such Deployment; one with a target would be a silent no-op.
func (b *builder) kustomize() map[string]any {
	w := b.eff.Delivery.Workload
	container := map[string]any{"env": envValues(w.Env), "resources": resourceValues(w.Resources, false)}
	if w.RunAsUser != nil {
		container["securityContext"] = map[string]any{"runAsUser": *w.RunAsUser}
	}
	if w.Health != "" {
		probe := map[string]any{"httpGet": map[string]any{"path": w.Health, "port": w.Port}}
		container["readinessProbe"], container["livenessProbe"] = probe, probe
	}
	spec := map[string]any{}
	if w.Replicas != nil {
		spec["replicas"] = int64(*w.Replicas)
	}
	if c, ok := prune(toJSON(container)).(map[string]any); ok {
		c["name"] = b.in.App.Name
		replaceAlternatives(c)
		spec["template"] = map[string]any{"spec": map[string]any{"containers": []any{c}}}
	}
	out := map[string]any{}
	if d := b.eff.Delivery; d.Update.Policy == v1alpha1.ImagePolicyPinned {
		// No image-updater writes here, so the list is ours.
		out["images"] = []any{d.Source.KustomizeImage + "=" + d.Image.String()}
	}
	if len(spec) == 0 {
		return out
	}
	patch, err := yaml.Marshal(map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment", "metadata": map[string]any{"name": b.in.App.Name}, "spec": spec,
	})
	if err != nil {
		panic("a patch is made of JSON values: " + err.Error())
	}
	out["patches"] = []any{map[string]any{"patch": string(patch)}}
	return out
}

// Of each of these a container has one, and a patch adds its own to what the base has.
var (
	probeHandlers = []string{"exec", "grpc", "httpGet", "tcpSocket"}
	envValueForms = []string{"value", "valueFrom"}
	valueSources  = []string{"configMapKeyRef", "fieldRef", "fileKeyRef", "resourceFieldRef", "secretKeyRef"}
)

// replaceAlternatives takes out of the base what cannot stand beside a value of ours. Without it a TCP probe of the base
// would also ask by HTTP, and the API server would refuse the Deployment. To a patch, null means remove.
func replaceAlternatives(container map[string]any) {
	for _, name := range []string{"readinessProbe", "livenessProbe"} {
		if probe, ok := container[name].(map[string]any); ok {
			nullOthers(probe, probeHandlers)
		}
	}
	env, _ := container["env"].([]any)
	for _, e := range env {
		variable := e.(map[string]any)
		nullOthers(variable, envValueForms)
		if from, ok := variable["valueFrom"].(map[string]any); ok {
			nullOthers(from, valueSources)
		}
	}
}

func nullOthers(of map[string]any, alternatives []string) {
	for _, name := range alternatives {
		if _, set := of[name]; !set {
			of[name] = nil
		}
	}
}
