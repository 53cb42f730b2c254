package gather

import (
	"context"
	"slices"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/internal/preflight"
)

// judged are the variables of image-updater that the preflight judges. Others may hold secrets and are not looked at.
var judged = []string{"ARGOCD_NAMESPACE", "GIT_COMMIT_EMAIL", "GIT_COMMIT_METHOD", "GIT_COMMIT_USER", "IMAGE_UPDATER_WATCH_NAMESPACES"}

// maxConfigMaps are read for all Deployments of image-updater together. Upstream has one.
const maxConfigMaps = 4

// withEnvironment resolves the variables as the kubelet would: ConfigMaps first, then what is written out.
func (e eyes) withEnvironment(ctx context.Context, items []workload) []preflight.Workload {
	maps := configMaps{}
	out := plain(items)
	for i, w := range items {
		env := map[string]preflight.Variable{}
		for _, from := range w.container().EnvFrom {
			if ref := from.ConfigMapRef; ref != nil {
				cm := e.configMap(ctx, maps, types.NamespacedName{Namespace: w.Namespace, Name: ref.Name})
				cm.into(env, from.Prefix)
			}
		}
		for _, v := range w.container().Env {
			if slices.Contains(judged, v.Name) {
				e.variable(ctx, maps, w.Namespace, v, env)
			}
		}
		out[i].Env = sortedVariables(env)
	}
	return out
}

// variable of a container. One that comes from elsewhere than a ConfigMap is not read.
func (e eyes) variable(ctx context.Context, maps configMaps, namespace string, v corev1.EnvVar, env map[string]preflight.Variable) {
	if v.ValueFrom == nil {
		env[v.Name] = preflight.Variable{Name: v.Name, Value: v.Value, Reading: preflight.Found}
		return
	}
	ref := v.ValueFrom.ConfigMapKeyRef
	switch {
	case v.ValueFrom.FieldRef != nil && v.ValueFrom.FieldRef.FieldPath == "metadata.namespace":
		env[v.Name] = preflight.Variable{Name: v.Name, Value: namespace, Reading: preflight.Found}
	case ref == nil:
		env[v.Name] = preflight.Variable{Name: v.Name, Reading: preflight.Elsewhere}
	default:
		cm := e.configMap(ctx, maps, types.NamespacedName{Namespace: namespace, Name: ref.Name})
		cm.key(env, v.Name, ref.Key)
	}
}

// configMaps that were read, each once.
type configMaps map[types.NamespacedName]configMap

type configMap struct {
	reading preflight.Reading
	data    map[string]string
}

func (e eyes) configMap(ctx context.Context, maps configMaps, key types.NamespacedName) configMap {
	if cm, ok := maps[key]; ok {
		return cm
	}
	if len(maps) >= maxConfigMaps {
		return configMap{reading: preflight.Elsewhere}
	}
	obj := &corev1.ConfigMap{}
	reading := readingOf(e.live.Get(ctx, key, obj))
	maps[key] = configMap{reading: reading, data: obj.Data}
	return maps[key]
}

// key sets a variable from one key, if it is there.
func (cm configMap) key(env map[string]preflight.Variable, name, key string) {
	value, ok := cm.data[key]
	switch {
	case ok:
		env[name] = preflight.Variable{Name: name, Value: value, Reading: preflight.Found}
	case cm.reading != preflight.Found && cm.reading != preflight.NotFound:
		env[name] = preflight.Variable{Name: name, Reading: cm.reading}
	}
}

// into sets every variable that is judged from the keys of a whole ConfigMap.
func (cm configMap) into(env map[string]preflight.Variable, prefix string) {
	for _, name := range judged {
		if len(name) > len(prefix) && name[:len(prefix)] == prefix {
			cm.key(env, name, name[len(prefix):])
		}
	}
}

func sortedVariables(env map[string]preflight.Variable) (out []preflight.Variable) {
	for _, name := range judged {
		if v, ok := env[name]; ok {
			out = append(out, v)
		}
	}
	return out
}
