package actors

import (
	"fmt"
	"path"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
)

// Annotations of Chart.yaml by which a folder says that its chart keeps the image elsewhere than in
// image.repository and image.tag.
const (
	imageNameKey = "actors/image-name-key"
	imageTagKey  = "actors/image-tag-key"
)

// chart renders what config/workload-chart renders, as far as an observer looks: name, image, replicas, port.
func (t tree) chart(app *object, source map[string]any, folder string) ([]*object, error) {
	values, err := t.values(app, source, folder)
	if err != nil {
		return nil, err
	}
	image, err := t.image(values, folder)
	if err != nil {
		return nil, err
	}
	name := app.GetName()
	for _, override := range []any{field(source, "helm", "releaseName"), values["nameOverride"]} {
		if s, ok := override.(string); ok && s != "" {
			name = s
		}
	}
	deployment := workload(name, image, values)
	if port := integer(values["port"]); port != 0 {
		return []*object{service(name, port), deployment}, nil
	}
	return []*object{deployment}, nil
}

// values in Helm's order: of the chart, of files, of the Application, parameters last.
func (t tree) values(app *object, source map[string]any, folder string) (map[string]any, error) {
	helm, _ := source["helm"].(map[string]any)
	values, err := t.yaml(path.Join(folder, "values.yaml"))
	if err != nil {
		return nil, err
	}
	for _, name := range texts(helm["valueFiles"]) {
		file, err := t.valueFile(folder, name)
		if err != nil {
			return nil, err
		}
		merge(values, file)
	}
	inline, _ := helm["values"].(string)
	more, err := parseYAML(inline)
	if err != nil {
		return nil, err
	}
	merge(values, more)
	if given, ok := helm["valuesObject"].(map[string]any); ok {
		merge(values, given)
	}
	parameters := entries(helm["parameters"])
	committed, err := t.sourceFile(app, folder)
	if err != nil {
		return nil, err
	}
	if replaced := entries(field(committed, "helm", "parameters")); replaced != nil {
		parameters = replaced
	}
	for _, p := range parameters {
		name, _ := p["name"].(string)
		setIn(values, p["value"], strings.Split(name, ".")...)
	}
	return values, nil
}

func (t tree) valueFile(folder, name string) (map[string]any, error) {
	full, isAbsolute := strings.CutPrefix(name, "/")
	if !isAbsolute {
		full = path.Join(folder, name)
	}
	if _, ok := t.files[full]; !ok {
		return nil, fmt.Errorf("failed to execute helm template command: failed running helm: open %s: no such file or directory", full)
	}
	return t.yaml(full)
}

// merge writes over into base, map by map.
func merge(base, over map[string]any) {
	for name, value := range over {
		inner, isMap := value.(map[string]any)
		before, wasMap := base[name].(map[string]any)
		if isMap && wasMap {
			merge(before, inner)
			continue
		}
		base[name] = runtime.DeepCopyJSONValue(value)
	}
}

// image of the values: repository:tag, or repository@digest when the tag is one.
func (t tree) image(values map[string]any, folder string) (string, error) {
	about, err := t.yaml(path.Join(folder, "Chart.yaml"))
	if err != nil {
		return "", err
	}
	if whole, ok := values["image"].(string); ok {
		return whole, nil
	}
	repository := keyedValue(values, about, imageNameKey, "image.repository")
	tag := keyedValue(values, about, imageTagKey, "image.tag")
	switch {
	case repository == "":
		return placeholder, nil
	case strings.HasPrefix(tag, "sha256:"):
		return repository + "@" + tag, nil
	case tag == "":
		return repository, nil
	}
	return repository + ":" + tag, nil
}

func keyedValue(values, about map[string]any, annotation, key string) string {
	if other, ok := field(about, "annotations", annotation).(string); ok {
		key = other
	}
	value, _ := field(values, strings.Split(key, ".")...).(string)
	return value
}

// workload is the Deployment of the workload chart, without what only the kubelet cares for.
func workload(name, image string, values map[string]any) *object {
	labels := map[string]any{"app.kubernetes.io/name": name}
	podLabels := map[string]any{"app.kubernetes.io/name": name}
	if more, ok := values["podLabels"].(map[string]any); ok {
		merge(podLabels, more)
	}
	container := map[string]any{"name": name, "image": image}
	if port := integer(values["port"]); port != 0 {
		container["ports"] = []any{map[string]any{"name": "http", "containerPort": port}}
	}
	replicas := int64(1)
	if given, ok := values["replicas"]; ok {
		replicas = integer(given)
	}
	return &object{Object: runtime.DeepCopyJSON(map[string]any{
		"apiVersion": "apps/v1", "kind": "Deployment",
		"metadata": map[string]any{"name": name, "labels": labels},
		"spec": map[string]any{
			"replicas": replicas,
			"selector": map[string]any{"matchLabels": labels},
			"template": map[string]any{
				"metadata": map[string]any{"labels": podLabels},
				"spec":     map[string]any{"containers": []any{container}},
			},
		},
	})}
}

func service(name string, port int64) *object {
	labels := map[string]any{"app.kubernetes.io/name": name}
	return &object{Object: runtime.DeepCopyJSON(map[string]any{
		"apiVersion": "v1", "kind": "Service",
		"metadata": map[string]any{"name": name, "labels": labels},
		"spec": map[string]any{
			"type": "ClusterIP", "selector": labels,
			"ports": []any{map[string]any{"name": "http", "protocol": "TCP", "port": port, "targetPort": "http"}},
		},
	})}
}
