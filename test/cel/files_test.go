package cel

import (
	"errors"
	"path/filepath"
	"strings"
	"testing"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/internal/platform"
	"github.com/afrotomation/afroapp/internal/schema"
)

// inFile lets afroctl judge an object by the CRD alone.
func inFile(u *unstructured.Unstructured) platform.Refusals {
	if u.GetKind() == "AfroPlatform" {
		return schema.AfroPlatform(u.Object)
	}
	return schema.AfroApp(u.Object)
}

// checkInFile holds what afroctl says of an object by the CRD alone to the verdict of the API server on it. What is no field
// of the CRD, and what is no name of any object, is refused elsewhere.
func checkInFile(t *testing.T, what string, u *unstructured.Unstructured, verdict error) {
	t.Helper()
	if apierrors.IsBadRequest(verdict) {
		return
	}
	var status *apierrors.StatusError
	refused := false
	if errors.As(verdict, &status) {
		for _, cause := range status.ErrStatus.Details.Causes {
			refused = refused || cause.Field != "metadata.name"
		}
	}
	got := inFile(u)
	if refused != (len(got) > 0) {
		t.Errorf("%s: in a file:\n%v\nby the API server:\n%v", what, got, verdict)
	}
	for _, r := range got {
		if r.Field == "" || r.Cause == "" || r.Remedy == "" {
			t.Errorf("%s: %+v has not all of its parts", what, r)
		}
	}
}

// TestFilesAreJudgedLikeNewObjects: every row, story and broken bound is refused in a file as the API server refuses it.
func TestFilesAreJudgedLikeNewObjects(t *testing.T) {
	for _, m := range mutations {
		u := mutated(t, "full", m)
		checkInFile(t, m.path+": "+m.value, u, ask(t, u))
	}
	for _, pattern := range []string{"/*/app.yaml", "/*/platform.yaml"} {
		files, err := filepath.Glob(corpus + pattern)
		if err != nil || len(files) < 20 {
			t.Fatalf("%d files, %v", len(files), err)
		}
		for _, file := range files {
			if u := object(t, file); strings.HasPrefix(u.GetKind(), "Afro") { // fleet/ holds what its AfroPlatform becomes
				checkInFile(t, file, u, ask(t, u))
			}
		}
	}
	breakEvery(t, crdFiles[1], object(t, wholePlatform), func(what string, u *unstructured.Unstructured) { checkInFile(t, what, u, ask(t, u)) })
}

// TestNothingBehindAField: the API server drops a null, and so `database:` would be an app without one. In a file it is refused,
// but for values of an own chart, where a null takes a default of the chart away.
func TestNothingBehindAField(t *testing.T) {
	full := object(t, filepath.Join(corpus, "full", "app.yaml"))
	spec := full.Object["spec"].(map[string]any)
	for name := range spec {
		u := full.DeepCopy()
		u.Object["spec"].(map[string]any)[name] = nil
		got := inFile(u)
		if len(got) == 0 || got[0].Field != "spec."+name || !strings.Contains(got[0].Cause, "nothing stands behind it") {
			t.Errorf("%s: %v", name, got)
		}
	}
	dropped := mutated(t, "minimal", mutation{path: "spec.database", value: "null"})
	if err := ask(t, dropped); err != nil {
		t.Errorf("the API server refuses a null by itself: %v", err)
	}
	own := object(t, filepath.Join(corpus, "source-helm-values", "app.yaml"))
	if err := unstructured.SetNestedField(own.Object, map[string]any{"ingress": nil}, "spec", "source", "helm", "values"); err != nil {
		t.Fatal(err)
	}
	if got := inFile(own); len(got) > 0 {
		t.Error(got)
	}
}
