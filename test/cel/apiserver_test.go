package cel

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	utiljson "k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/platform"
	"github.com/afrotomation/afroapp/test/controlplane"
)

const (
	crdBases = "../../config/crd/bases"
	corpus   = "../../internal/expand/testdata"
)

var server client.Client

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	cp, err := controlplane.Start(context.Background(), controlplane.Options{
		CRDPaths: []string{crdBases},
		Progress: func(line string) { fmt.Fprintln(os.Stderr, line) },
	})
	if err != nil {
		return 1, err
	}
	defer func() { err = errors.Join(err, cp.Stop()) }()
	if server, err = client.New(cp.Config(), client.Options{}); err != nil {
		return 1, err
	}
	return m.Run(), nil
}

// object reads the one object of a file, with whole numbers as they stand.
func object(t *testing.T, path string) *unstructured.Unstructured {
	t.Helper()
	raw, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return decode(t, raw)
}

func decode(t *testing.T, raw []byte) *unstructured.Unstructured {
	t.Helper()
	asJSON, err := yaml.YAMLToJSONStrict(raw)
	if err != nil {
		t.Fatal(err)
	}
	u := &unstructured.Unstructured{}
	if err := utiljson.Unmarshal(asJSON, &u.Object); err != nil {
		t.Fatal(err)
	}
	return u
}

// ask lets the API server judge a new object, and keeps nothing. Any error that is no verdict ends the test.
func ask(t *testing.T, u *unstructured.Unstructured) error {
	t.Helper()
	if ns := u.GetNamespace(); ns != "" {
		namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: ns}}
		if err := server.Create(t.Context(), namespace); client.IgnoreAlreadyExists(err) != nil {
			t.Fatal(err)
		}
	}
	err := server.Create(t.Context(), u.DeepCopy(), client.DryRunAll, client.FieldValidation(metav1.FieldValidationStrict))
	if err != nil && !apierrors.IsInvalid(err) && !apierrors.IsBadRequest(err) {
		t.Fatalf("no verdict on %s: %v", u.GetName(), err)
	}
	return err
}

// resolve lets the controller's rules judge the same object on the shared platform of the corpus, which grants its namespace.
// broken are the refusals for a rule of the API itself, or that the object cannot be read at all.
func resolve(t *testing.T, u *unstructured.Unstructured) (e *platform.Effective, broken []string, err error) {
	t.Helper()
	raw, err := u.MarshalJSON()
	if err != nil {
		t.Fatal(err)
	}
	app := &v1alpha1.AfroApp{}
	if err := yaml.UnmarshalStrict(raw, app); err != nil {
		return nil, []string{"cannot be read: " + err.Error()}, err
	}
	e, err = platform.Resolve(app, platform.Namespace{Name: app.Namespace}, sharedPlatform(t), platform.Flavours{})
	var refusals platform.Refusals
	errors.As(err, &refusals)
	for _, r := range refusals {
		if r.Reason == v1alpha1.ReasonInvalid {
			broken = append(broken, r.String())
		}
	}
	return e, broken, err
}

func sharedPlatform(t *testing.T) *v1alpha1.AfroPlatform {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(corpus, "platform.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	p := &v1alpha1.AfroPlatform{}
	if err := yaml.UnmarshalStrict(raw, p); err != nil {
		t.Fatal(err)
	}
	return p
}
