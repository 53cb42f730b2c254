package evidence

import (
	"os"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/yaml"
)

const sample = `
apiVersion: v1
kind: Sample
metadata:
  name: pg
  finalizers: [peer/finalizer, resources-finalizer.argocd.argoproj.io]
  managedFields:
  - {manager: peer, operation: Update, subresource: status}
  - {manager: somebody, operation: Apply}
spec: {size: 3}
status:
  phase: Up
  message: since 12:00
  conditions:
  - {type: Ready, status: "True", reason: Fine}
  instances: {pg-1: {ip: 192.0.2.1}}
  source: {path: apps}
  empty: {}
`

func TestShape(t *testing.T) {
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(sample), &object.Object); err != nil {
		t.Fatal(err)
	}
	want := []string{
		"finalizer peer/finalizer",
		"manager peer Update status",
		"status.conditions[Ready].reason = Fine",
		"status.conditions[Ready].status = True",
		"status.conditions[Ready].type = Ready",
		"status.empty",
		"status.instances.<name>-1.ip",
		"status.message",
		"status.phase = Up",
		"status.source",
	}
	if got := Shape(object, "peer"); !slices.Equal(got, want) {
		t.Errorf("got\n%q\nwant\n%q", got, want)
	}
}

func TestJudge(t *testing.T) {
	differences := Compare([]string{"status.a", "status.list[x].b"}, []string{"status.a", "status.c/d"})
	allowed := Allowed{"- status.list[x].*": "played never", "+ status.gone": "it was"}
	want := []string{"+ status.c/d", "allowed for nothing: + status.gone (it was)"}
	if got := allowed.Judge(differences); !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if wrong := (Allowed)(nil).Judge(Compare([]string{"same"}, []string{"same"})); len(wrong) > 0 {
		t.Errorf("no difference is wrong: %q", wrong)
	}
}

func TestRecorded(t *testing.T) {
	for file, kind := range map[string]string{"cnpg/healthy-1-cluster.yaml": "Cluster", "argocd/right-synced/application.yaml": "Application"} {
		if object, err := Recorded(file, kind); err != nil || object.GetKind() != kind {
			t.Errorf("%s: %v, %v", file, object.GetKind(), err)
		}
	}
	if _, err := Recorded("cnpg/healthy-1-cluster.yaml", "Pod"); err == nil {
		t.Error("a Pod is found in a List without one")
	}
}

func TestCompareFolders(t *testing.T) {
	before, after := t.TempDir(), t.TempDir()
	object := &unstructured.Unstructured{}
	if err := yaml.Unmarshal([]byte(sample), &object.Object); err != nil {
		t.Fatal(err)
	}
	write := func(folder, file string) {
		if err := Write(folder+"/"+file, "for a test", object); err != nil {
			t.Fatal(err)
		}
	}
	write(before, "a/same.yaml")
	write(before, "gone.yaml")
	write(before, "changed.yaml")
	write(after, "a/same.yaml")
	if err := unstructured.SetNestedField(object.Object, "Down", "status", "phase"); err != nil {
		t.Fatal(err)
	}
	write(after, "changed.yaml")
	write(after, "come.yaml")
	for folder, requests := range map[string]string{before: "peer: create things\npeer: patch things status\n", after: "peer: patch things status\npeer: create things\n"} {
		if err := os.WriteFile(folder+"/a/"+RequestsFile, []byte(requests), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	lines, err := CompareFolders(before, after)
	want := []string{"changed.yaml: - status.phase = Up", "changed.yaml: + status.phase = Down", "come.yaml: new", "gone.yaml: not recorded any more",
		"a/requests.txt: - peer: create things", "a/requests.txt: + peer: create things"}
	if err != nil || !slices.Equal(lines, want) {
		t.Errorf("got %q, %v; want %q", lines, err, want)
	}
}

func TestWriteLeavesTheValuesOfSecretsOut(t *testing.T) {
	file := t.TempDir() + "/secret.yaml"
	secret := &unstructured.Unstructured{Object: map[string]any{"kind": "Secret", "data": map[string]any{"password": "aHVudGVyMg=="}}}
	if err := Write(file, "for a test", secret); err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(file)
	if err != nil || string(raw) != "# for a test\ndata:\n  password: redacted\nkind: Secret\n" {
		t.Errorf("got %q, %v", raw, err)
	}
}
