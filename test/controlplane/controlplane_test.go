package controlplane

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	rbacv1 "k8s.io/api/rbac/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/discovery"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// shared is the one control plane of this package's tests; they keep to namespaces of their own.
var (
	shared *ControlPlane
	audit  string
)

func TestMain(m *testing.M) {
	os.Exit(func() int {
		dir, err := os.MkdirTemp("", "controlplane-test-")
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer func() { _ = os.RemoveAll(dir) }()
		audit = filepath.Join(dir, "audit.log")
		shared, err = Start(context.Background(), Options{
			CRDs:        []*apiextensionsv1.CustomResourceDefinition{widgets()},
			Controllers: DefaultControllers,
			AuditLog:    audit,
			Progress:    func(line string) { fmt.Fprintln(os.Stderr, line) },
		})
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		code := m.Run()
		if err := shared.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		return code
	}())
}

func TestNamespaceIsReallyDeleted(t *testing.T) {
	c, namespace := setUp(t)
	object := configMap(namespace.Name, "inside")
	create(t, c, object)
	if err := c.Delete(t.Context(), namespace); err != nil {
		t.Fatal(err)
	}
	awaitDeletion(t, c, namespace)
	awaitDeletion(t, c, object)
}

func TestOwnedObjectsAreCollected(t *testing.T) {
	c, namespace := setUp(t)
	owner := &unstructured.Unstructured{Object: map[string]any{}}
	owner.SetGroupVersionKind(schema.GroupVersionKind{Group: "test.example.com", Version: "v1", Kind: "Widget"})
	owner.SetNamespace(namespace.Name)
	owner.SetName("owner")
	create(t, c, owner)
	child := configMap(namespace.Name, "child")
	child.OwnerReferences = []metav1.OwnerReference{{
		APIVersion: "test.example.com/v1", Kind: "Widget", Name: owner.GetName(), UID: owner.GetUID(),
	}}
	free := configMap(namespace.Name, "free")
	create(t, c, child, free)
	if err := c.Delete(t.Context(), owner); err != nil {
		t.Fatal(err)
	}
	awaitDeletion(t, c, child)
	if err := c.Get(t.Context(), client.ObjectKeyFromObject(free), free); err != nil {
		t.Errorf("the object without owner: %v", err)
	}
}

func TestDeploymentGetsItsPods(t *testing.T) {
	c, namespace := setUp(t)
	labels := map[string]string{"app": "web"}
	replicas := int32(2)
	create(t, c, &appsv1.Deployment{
		ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Name, Name: "web"},
		Spec: appsv1.DeploymentSpec{
			Replicas: &replicas,
			Selector: &metav1.LabelSelector{MatchLabels: labels},
			Template: corev1.PodTemplateSpec{
				ObjectMeta: metav1.ObjectMeta{Labels: labels},
				Spec:       corev1.PodSpec{Containers: []corev1.Container{{Name: "web", Image: "registry.example.com/web:1"}}},
			},
		},
	})
	eventually(t, "two Pods", func() (bool, error) {
		var pods corev1.PodList
		err := c.List(t.Context(), &pods, client.InNamespace(namespace.Name), client.MatchingLabels(labels))
		return len(pods.Items) == 2, err
	})
}

func TestUserHasOnlyItsRights(t *testing.T) {
	c, namespace := setUp(t)
	config, kubeconfig, err := shared.User("tenant", "tenants")
	if err != nil {
		t.Fatal(err)
	}
	create(t, c,
		&rbacv1.Role{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Name, Name: "writer"},
			Rules:      []rbacv1.PolicyRule{{APIGroups: []string{""}, Resources: []string{"configmaps"}, Verbs: []string{"create"}}},
		},
		&rbacv1.RoleBinding{
			ObjectMeta: metav1.ObjectMeta{Namespace: namespace.Name, Name: "writer"},
			RoleRef:    rbacv1.RoleRef{APIGroup: rbacv1.GroupName, Kind: "Role", Name: "writer"},
			Subjects:   []rbacv1.Subject{{APIGroup: rbacv1.GroupName, Kind: "Group", Name: "tenants"}},
		})
	fromFile, err := clientcmd.RESTConfigFromKubeConfig(kubeconfig)
	if err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string]*rest.Config{"config": config, "kubeconfig": fromFile} {
		tenant := clientFor(t, config)
		eventually(t, "the role takes effect", func() (bool, error) {
			err := tenant.Create(t.Context(), configMap(namespace.Name, name))
			if apierrors.IsForbidden(err) {
				return false, nil
			}
			return err == nil, err
		})
		if err := tenant.Create(t.Context(), configMap("default", name)); !apierrors.IsForbidden(err) {
			t.Errorf("%s: writing into a foreign namespace: got %v, want Forbidden", name, err)
		}
	}
}

func TestClientsAreNotSlowedDown(t *testing.T) {
	user, _, err := shared.User("fast")
	if err != nil {
		t.Fatal(err)
	}
	for name, config := range map[string]*rest.Config{"administrator": shared.Config(), "user": user} {
		if config.QPS >= 0 {
			t.Errorf("%s: QPS is %v, want none (negative)", name, config.QPS)
		}
	}
}

func TestRequestsAreCounted(t *testing.T) {
	c, namespace := setUp(t)
	config, _, err := shared.User("counted", "system:masters")
	if err != nil {
		t.Fatal(err)
	}
	counted := clientFor(t, config)
	before := metrics(t)
	for _, name := range []string{"a", "b", "c"} {
		create(t, counted, configMap(namespace.Name, name))
	}
	create(t, c, configMap(namespace.Name, "by-another-user"))
	if err := counted.Create(t.Context(), configMap(namespace.Name, "a")); !apierrors.IsAlreadyExists(err) {
		t.Fatalf("second create: got %v, want AlreadyExists", err)
	}
	added := metrics(t).Since(before)
	if n := added[Request{Verb: "POST", Resource: "configmaps", Code: "201"}]; n != 4 {
		t.Errorf("counted %d created ConfigMaps, want 4: %v", n, added)
	}
	if n := added.Sum(func(r Request) bool { return r.Resource == "configmaps" && r.Code == "409" }); n != 1 {
		t.Errorf("counted %d refused ConfigMaps, want 1: %v", n, added)
	}
	eventually(t, "four audit entries of the user", func() (bool, error) {
		entries, err := ReadAudit(audit)
		n := 0
		for _, entry := range entries {
			if entry.User.Username == "counted" && entry.ObjectRef.Resource == "configmaps" && entry.Verb == "create" {
				n++
			}
		}
		return n == 4, err
	})
}

func TestStopLeavesNothing(t *testing.T) {
	cp, err := Start(t.Context(), Options{Controllers: []string{"namespace-controller"}})
	if err != nil {
		t.Fatal(err)
	}
	ids := cp.processIDs(etcd, kubeAPIServer, kubeControllerMgr)
	if len(ids) != 3 {
		t.Errorf("%d processes were started, want 3", len(ids))
	}
	for _, id := range ids {
		if !running(id) {
			t.Errorf("process %d does not run before Stop", id)
		}
	}
	dir := cp.dir
	if n := len(commandsNaming(dir)); n < len(ids) && runtime.GOOS == "linux" {
		t.Errorf("found %d command lines of %d processes", n, len(ids))
	}
	for range 2 {
		if err := cp.Stop(); err != nil {
			t.Error(err)
		}
	}
	for _, id := range ids {
		if running(id) {
			t.Errorf("process %d runs after Stop", id)
		}
	}
	if left := commandsNaming(dir); len(left) != 0 {
		t.Errorf("processes after Stop: %q", left)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("folder after Stop: got %v, want none", err)
	}
}

func TestFailedStartLeavesNothing(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	_, err := Start(t.Context(), Options{Controllers: []string{"no-such-controller"}})
	if err == nil || !strings.Contains(err.Error(), "no-such-controller") {
		t.Fatalf("a controller that does not exist: got %v, want an error that names it", err)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) != 0 {
		t.Errorf("folders left behind: %v %v", left, err)
	}
	if left := commandsNaming(temp); len(left) != 0 {
		t.Errorf("processes left behind: %q", left)
	}
}

// commandsNaming looks for processes by their command lines: a second witness beside the process ids.
// It sees nothing on systems without /proc.
func commandsNaming(dir string) []string {
	var found []string
	files, _ := filepath.Glob("/proc/[0-9]*/cmdline")
	for _, file := range files {
		if line, err := os.ReadFile(file); err == nil && strings.Contains(string(line), dir) {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found
}

func setUp(t *testing.T) (client.Client, *corev1.Namespace) {
	t.Helper()
	c := clientFor(t, shared.Config())
	namespace := &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{GenerateName: "test-"}}
	create(t, c, namespace)
	return c, namespace
}

func clientFor(t *testing.T, config *rest.Config) client.Client {
	t.Helper()
	c, err := client.New(config, client.Options{})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

func create(t *testing.T, c client.Client, objects ...client.Object) {
	t.Helper()
	for _, object := range objects {
		if err := c.Create(t.Context(), object); err != nil {
			t.Fatalf("creating %T %s: %v", object, object.GetName(), err)
		}
	}
}

func metrics(t *testing.T) Requests {
	t.Helper()
	requests, err := shared.Metrics(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	return requests
}

func configMap(namespace, name string) *corev1.ConfigMap {
	return &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{Namespace: namespace, Name: name}}
}

func awaitDeletion(t *testing.T, c client.Client, object client.Object) {
	t.Helper()
	eventually(t, "deletion of "+object.GetName(), func() (bool, error) {
		err := c.Get(t.Context(), client.ObjectKeyFromObject(object), object)
		return apierrors.IsNotFound(err), client.IgnoreNotFound(err)
	})
}

func eventually(t *testing.T, what string, done func() (bool, error)) {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		ok, err := done()
		if err != nil {
			t.Fatalf("%s: %v", what, err)
		}
		if ok {
			return
		}
		if time.Now().After(deadline) {
			t.Fatalf("%s: not within 30 seconds", what)
		}
	}
}

func widgets() *apiextensionsv1.CustomResourceDefinition {
	return &apiextensionsv1.CustomResourceDefinition{
		ObjectMeta: metav1.ObjectMeta{Name: "widgets.test.example.com"},
		Spec: apiextensionsv1.CustomResourceDefinitionSpec{
			Group: "test.example.com",
			Scope: apiextensionsv1.NamespaceScoped,
			Names: apiextensionsv1.CustomResourceDefinitionNames{Plural: "widgets", Singular: "widget", Kind: "Widget", ListKind: "WidgetList"},
			Versions: []apiextensionsv1.CustomResourceDefinitionVersion{{
				Name: "v1", Served: true, Storage: true,
				Schema: &apiextensionsv1.CustomResourceValidation{OpenAPIV3Schema: &apiextensionsv1.JSONSchemaProps{Type: "object"}},
			}},
		},
	}
}

// Clients switch features by the version that the API server reports; one that was built without a stamp says v0.0.0.
func TestTheAPIServerKnowsItsVersion(t *testing.T) {
	versions, err := discovery.NewDiscoveryClientForConfig(shared.Config())
	if err != nil {
		t.Fatal(err)
	}
	got, err := versions.ServerVersion()
	if err != nil || got.GitVersion != "v1.37.2" || got.Major != "1" || got.Minor != "37" {
		t.Errorf("it says %v, %v", got, err)
	}
}
