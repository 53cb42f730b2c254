package chart

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	"k8s.io/apimachinery/pkg/util/yaml"
)

// workload is what the chart may render: always a Deployment, a Service or none, and nothing else.
type workload struct {
	deployment *appsv1.Deployment
	service    *corev1.Service
}

func (w workload) pod() corev1.PodTemplateSpec { return w.deployment.Spec.Template }
func (w workload) container() corev1.Container { return w.pod().Spec.Containers[0] }
func (w workload) env() map[string]corev1.EnvVar {
	env := map[string]corev1.EnvVar{}
	for _, e := range w.container().Env {
		env[e.Name] = e
	}
	return env
}

// decode reads the rendering strictly: an unknown or a doubled field fails, as does an object of another kind.
func decode(t *testing.T, text string) workload {
	t.Helper()
	var w workload
	for _, doc := range documents(t, text) {
		obj, _, err := strictDecoder(t).Decode(doc, nil, nil)
		if err != nil {
			t.Fatalf("decode strictly: %v\n%s", err, doc)
		}
		w.add(t, obj)
	}
	if w.deployment == nil {
		t.Fatalf("no Deployment rendered:\n%s", text)
	}
	if n := len(w.pod().Spec.Containers); n != 1 {
		t.Fatalf("%d containers rendered, want 1", n)
	}
	return w
}

func (w *workload) add(t *testing.T, obj runtime.Object) {
	t.Helper()
	switch o := obj.(type) {
	case *appsv1.Deployment:
		if w.deployment != nil {
			t.Fatal("two Deployments rendered")
		}
		w.deployment = o
	case *corev1.Service:
		if w.service != nil {
			t.Fatal("two Services rendered")
		}
		w.service = o
	default:
		t.Fatalf("unexpected %T rendered", obj)
	}
}

func strictDecoder(t *testing.T) runtime.Decoder {
	t.Helper()
	scheme := runtime.NewScheme()
	if err := errors.Join(appsv1.AddToScheme(scheme), corev1.AddToScheme(scheme)); err != nil {
		t.Fatal(err)
	}
	return serializer.NewCodecFactory(scheme, serializer.EnableStrict).UniversalDeserializer()
}

// documents splits a text at its YAML document marks.
func documents(t *testing.T, text string) [][]byte {
	t.Helper()
	reader := yaml.NewYAMLReader(bufio.NewReader(strings.NewReader(text)))
	var docs [][]byte
	for {
		doc, err := reader.Read()
		if errors.Is(err, io.EOF) {
			return docs
		}
		if err != nil {
			t.Fatalf("split the documents: %v", err)
		}
		docs = append(docs, doc)
	}
}
