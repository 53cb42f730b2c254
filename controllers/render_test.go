package controllers

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// afroctl is the real program. It is asked about what is live, and its answer is held against what the operator sent.
type afroctl struct {
	program string
	key     string // file with the operator's key
}

// buildAfroctl takes half a minute where nothing of it is in Go's build cache.
func buildAfroctl(t *testing.T) afroctl {
	t.Helper()
	dir := t.TempDir()
	a := afroctl{program: filepath.Join(dir, "afroctl"), key: filepath.Join(dir, "key")}
	must(t, os.WriteFile(a.key, testKey, 0o600))
	if out, err := exec.Command("go", "build", "-o", a.program, "../cmd/afroctl").CombinedOutput(); err != nil {
		t.Fatalf("building afroctl: %v\n%s", err, out)
	}
	return a
}

// render prints what the live AfroPlatform and AfroApps become, with what else there is that bears on it. refused is what
// it says on standard error; then it still prints the rest.
func (a afroctl) render(t *testing.T, w *world) (stream, refused string) {
	t.Helper()
	var live []*unstructured.Unstructured
	for _, gvk := range []schemaGVK{v1alpha1.GroupVersion.WithKind("AfroPlatform"), v1alpha1.GroupVersion.WithKind("AfroApp"), corev1Namespace, foreign.Cluster} {
		list := &unstructured.UnstructuredList{}
		list.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
		must(t, admin.List(w.ctx, list))
		for i := range list.Items {
			live = append(live, &list.Items[i])
		}
	}
	in, err := fixtures.YAML(live...)
	must(t, err)
	var out, complaints bytes.Buffer
	run := exec.Command(a.program, "render", "-f", "-", "--password-key", a.key)
	run.Stdin, run.Stdout, run.Stderr = bytes.NewReader(in), &out, &complaints
	var exit *exec.ExitError
	if err := run.Run(); err != nil && !(errors.As(err, &exit) && exit.ExitCode() == 1 && complaints.Len() > 0) {
		t.Fatalf("afroctl render: %v\n%s", err, &complaints)
	}
	return out.String(), complaints.String()
}

// documents of a YAML stream, by the object that they are about.
func documents(t *testing.T, stream string) map[expand.Key]string {
	t.Helper()
	out := map[expand.Key]string{}
	for _, doc := range strings.Split(stream, "---\n") {
		objs, err := fixtures.Decode([]byte(doc))
		must(t, err)
		for _, o := range objs {
			key := expand.Key{Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName()}
			if out[key] != "" {
				t.Errorf("%s is rendered twice", key)
			}
			out[key] = doc
		}
	}
	return out
}

// lastApplied are the children that the operator applied after a mark, each as the API server last took it, without the
// precondition. What is about metadata alone is no child: a finalizer, a tombstone.
func (c *counter) lastApplied(t *testing.T, mark int) map[expand.Key]string {
	t.Helper()
	out := map[expand.Key]string{}
	for _, s := range c.since(mark) {
		if s.body == nil || s.code/100 != 2 || strings.Contains(s.path, "/afroapps/") || strings.Contains(s.path, "/afroplatforms/") {
			continue
		}
		o := &unstructured.Unstructured{}
		must(t, utiljson.Unmarshal(s.body, &o.Object))
		if len(o.Object) == 3 { // apiVersion, kind, metadata
			continue
		}
		o.SetResourceVersion("")
		o.SetUID("")
		raw, err := yaml.Marshal(o.Object)
		must(t, err)
		out[expand.Key{Kind: o.GetKind(), Namespace: o.GetNamespace(), Name: o.GetName()}] = string(raw)
	}
	return out
}

// sameDocuments tells the first difference between what is rendered and what was sent.
func sameDocuments(rendered, sent map[expand.Key]string) error {
	for key, want := range rendered {
		got, ok := sent[key]
		if !ok {
			return fmt.Errorf("%s is rendered and was never applied", key)
		}
		if got != want {
			return fmt.Errorf("%s: rendered (-) and applied (+) differ:\n%s", key, cmp.Diff(want, got))
		}
	}
	for key := range sent {
		if rendered[key] == "" {
			return fmt.Errorf("%s was applied and is not rendered", key)
		}
	}
	return nil
}

// ofPlatform are the documents of what the AfroPlatform makes; of apps are the others.
func ofPlatform(docs map[expand.Key]string, yes bool) map[expand.Key]string {
	out := map[expand.Key]string{}
	for key, doc := range docs {
		if strings.Contains(doc, expand.AnnotationOwner+": "+expand.PlatformOwner+"\n") == yes {
			out[key] = doc
		}
	}
	return out
}
