package chart

import (
	"path/filepath"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const corpus = "linked/plans/*/want.yaml"

// TestCorpus renders the chart with the values of every golden Application: what the operator writes is what the
// chart takes, and what the AfroApp asked for is what comes out.
func TestCorpus(t *testing.T) {
	files, err := filepath.Glob(corpus)
	if err != nil {
		t.Fatal(err)
	}
	rendered := 0
	for _, file := range files {
		if strings.HasPrefix(filepath.Base(filepath.Dir(file)), "platform-") {
			continue // what the AfroPlatform makes has no Application
		}
		app := object(t, []byte(read(t, filepath.Join(filepath.Dir(file), "app.yaml"))))
		if bringsItsOwnChart(app) {
			continue
		}
		for _, application := range applications(t, file) {
			rendered++
			t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) { checkApplication(t, app, application) })
		}
	}
	if rendered == 0 {
		t.Fatalf("no Application with the values of the workload chart in the %d files of %s", len(files), corpus)
	}
}

func checkApplication(t *testing.T, app, application map[string]any) {
	release, _, _ := unstructured.NestedString(application, "spec", "source", "helm", "releaseName")
	text, err := renderAs(release, valuesObject(application))
	if err != nil {
		t.Fatalf("render: %v", err)
	}
	name, _, _ := unstructured.NestedString(app, "metadata", "name")
	w := decode(t, text)
	checkInvariants(t, name, w)
	equal(t, "replicas", int64(*w.deployment.Spec.Replicas), asked(t, app, 1, "spec", "replicas"))
	port := asked(t, app, 0, "spec", "port")
	equal(t, "has a Service", w.service != nil, port != 0)
	if w.service != nil {
		equal(t, "Service port", int64(w.service.Spec.Ports[0].Port), port)
	}
}

// asked is a number of the AfroApp, or its default.
func asked(t *testing.T, app map[string]any, byDefault int64, fields ...string) int64 {
	t.Helper()
	n, found, err := unstructured.NestedFieldNoCopy(app, fields...)
	if err != nil {
		t.Fatal(err)
	}
	if !found {
		return byDefault
	}
	return int64(n.(float64))
}

// bringsItsOwnChart tells an app whose values are its own chart's. They hold the image too, and are not held by our schema.
func bringsItsOwnChart(app map[string]any) bool {
	_, found, _ := unstructured.NestedMap(app, "spec", "source")
	return found
}

// applications are those of a golden plan that bring an image to a chart.
func applications(t *testing.T, file string) []map[string]any {
	t.Helper()
	var found []map[string]any
	for _, doc := range documents(t, read(t, file)) {
		obj := object(t, doc)
		_, brings, _ := unstructured.NestedString(valuesObject(obj), "image", "repository")
		if obj["kind"] == "Application" && brings {
			found = append(found, obj)
		}
	}
	return found
}

func valuesObject(application map[string]any) map[string]any {
	vals, _, _ := unstructured.NestedFieldNoCopy(application, "spec", "source", "helm", "valuesObject")
	m, _ := vals.(map[string]any)
	return m
}

func object(t *testing.T, doc []byte) map[string]any {
	t.Helper()
	var obj map[string]any
	if err := yaml.Unmarshal(doc, &obj); err != nil {
		t.Fatal(err)
	}
	return obj
}
