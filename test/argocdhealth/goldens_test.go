package argocdhealth

import (
	"encoding/json"
	"path/filepath"
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// Every status that the operator is known to write, judged by Argo CD.
func TestGoldenStatusesHaveAHealthAndNoFalseOne(t *testing.T) {
	stories, err := filepath.Glob("../../internal/observe/testdata/*/want-status.yaml")
	if err != nil || len(stories) == 0 {
		t.Fatalf("no golden status in internal/observe/testdata (%v)", err)
	}
	script := readScript(t, "AfroApp")
	for _, path := range stories {
		t.Run(filepath.Base(filepath.Dir(path)), func(t *testing.T) {
			app := &v1alpha1.AfroApp{}
			readStrict(t, path, &app.Status)
			app.Generation = app.Status.ObservedGeneration
			checkGolden(t, script, app)
		})
	}
}

func checkGolden(t *testing.T, script string, app *v1alpha1.AfroApp) {
	t.Helper()
	got, err := judge(script, untyped(t, app))
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Contains([]string{"Healthy", "Progressing", "Degraded", "Suspended"}, got.Status) {
		t.Errorf("status %q is not one that Argo CD knows", got.Status)
	}
	if got.Message == "" {
		t.Error("no message")
	}
	ready := meta.IsStatusConditionTrue(app.Status.Conditions, v1alpha1.ConditionReady)
	if (got.Status == "Healthy") != ready {
		t.Errorf("%s while Ready is True = %t", got.Status, ready)
	}
	stalled := meta.IsStatusConditionTrue(app.Status.Conditions, v1alpha1.ConditionStalled)
	if stalled && got.Status != "Degraded" {
		t.Errorf("%s while Stalled", got.Status)
	}
}

// untyped is the object as Argo CD gets it from the API server: through JSON, where all numbers are alike.
func untyped(t *testing.T, app *v1alpha1.AfroApp) any {
	t.Helper()
	encoded, err := json.Marshal(app)
	if err != nil {
		t.Fatal(err)
	}
	var object any
	if err := json.Unmarshal(encoded, &object); err != nil {
		t.Fatal(err)
	}
	return object
}

// The pause annotation is spelled in the script; here it meets the constant.
func TestPausedIsSuspended(t *testing.T) {
	app := &v1alpha1.AfroApp{ObjectMeta: metav1.ObjectMeta{
		Generation:  2,
		Annotations: map[string]string{v1alpha1.AnnotationPaused: "true"},
	}}
	app.Status.ObservedGeneration = 2
	got, err := judge(readScript(t, "AfroApp"), untyped(t, app))
	if err != nil || got.Status != "Suspended" {
		t.Errorf("got %+v (%v), want Suspended", got, err)
	}
}
