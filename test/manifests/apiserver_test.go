package manifests

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/test/controlplane"
)

const operator = "system:serviceaccount:" + systemNamespace + ":" + managerAccount

// server is the API server of this package's tests, with the default installed.
var server *controlplane.ControlPlane

func TestMain(m *testing.M) {
	code, err := run(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func run(m *testing.M) (code int, err error) {
	server, err = controlplane.Start(context.Background(), controlplane.Options{
		CRDs:     peers(),
		Progress: func(line string) { fmt.Fprintln(os.Stderr, line) },
	})
	if err != nil {
		return 1, err
	}
	defer func() { err = server.Stop() }()
	return m.Run(), nil
}

// peers are the kinds that the policies speak of, without a schema: admission is what is tested here.
func peers() []*apiextensionsv1.CustomResourceDefinition {
	var crds []*apiextensionsv1.CustomResourceDefinition
	for group, kinds := range map[string][]string{
		"postgresql.cnpg.io":               {"Cluster", "Database", "DatabaseRole", "ScheduledBackup", "Backup"},
		"barmancloud.cnpg.io":              {"ObjectStore"},
		"argoproj.io":                      {"Application", "ApplicationSet", "AppProject"},
		"argocd-image-updater.argoproj.io": {"ImageUpdater"},
	} {
		for _, kind := range kinds {
			crds = append(crds, openCRD(group, kind))
		}
	}
	return crds
}

func openCRD(group, kind string) *apiextensionsv1.CustomResourceDefinition {
	preserve := true
	plural := strings.ToLower(kind) + "s"
	crd := &apiextensionsv1.CustomResourceDefinition{ObjectMeta: metav1.ObjectMeta{Name: plural + "." + group}}
	crd.Spec = apiextensionsv1.CustomResourceDefinitionSpec{
		Group: group,
		Scope: apiextensionsv1.NamespaceScoped,
		Names: apiextensionsv1.CustomResourceDefinitionNames{Kind: kind, ListKind: kind + "List", Plural: plural, Singular: strings.ToLower(kind)},
		Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
			Name: "v1", Served: true, Storage: true,
			Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{
				Type: "object", XPreserveUnknownFields: &preserve,
			}},
		}},
	}
	return crd
}

func adminClient(t *testing.T) client.Client {
	t.Helper()
	c, err := client.New(server.Config(), client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// install is `kubectl apply --server-side -k` of a folder of config/.
func install(t *testing.T, dir string) []*unstructured.Unstructured {
	t.Helper()
	admin := adminClient(t)
	objects := build(t, dir)
	for _, object := range objects {
		err := admin.Apply(t.Context(), client.ApplyConfigurationFromUnstructured(object.DeepCopy()), client.FieldOwner("kubectl"), client.ForceOwnership)
		if err != nil {
			t.Fatalf("%s: %s %s: %v", dir, object.GetKind(), object.GetName(), err)
		}
	}
	return objects
}

// makeSure creates an object as the administrator, until the test ends, unless it is there.
func makeSure(t *testing.T, object *unstructured.Unstructured) {
	t.Helper()
	admin := adminClient(t)
	err := admin.Create(t.Context(), object.DeepCopy())
	if apierrors.IsAlreadyExists(err) {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = admin.Delete(context.Background(), object) })
}

func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !done(); time.Sleep(100 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("after a minute: not yet %s", what)
		}
	}
}
