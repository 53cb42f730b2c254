package controllers

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/go-logr/logr"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/test/controlplane"
	"github.com/afrotomation/afroapp/test/crds"
)

// One control plane for all tests of the package. Each test has namespaces of its own and runs its own operator,
// as the service account and with the rights of config/rbac.
var (
	plane *controlplane.ControlPlane
	admin client.Client
)

const (
	operatorNamespaceName = "afroapp-system"
	operatorUser          = "system:serviceaccount:afroapp-system:afroapp-controller-manager"
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	code, err := runSuite(m)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		code = 1
	}
	os.Exit(code)
}

func runSuite(m *testing.M) (int, error) {
	ctx, cancel := context.WithTimeout(context.Background(), 15*time.Minute)
	defer cancel()
	foreignCRDs, err := crds.Load()
	if err != nil {
		return 0, err
	}
	plane, err = controlplane.Start(ctx, controlplane.Options{
		CRDs: foreignCRDs, CRDPaths: []string{filepath.Join("..", "config", "crd", "bases")},
		Controllers: []string{"garbage-collector-controller", "namespace-controller"},
		Progress:    func(line string) { fmt.Println(line) },
	})
	if err != nil {
		return 0, err
	}
	defer plane.Stop() //nolint:errcheck // the result of the tests is already known
	scheme, err := Scheme()
	if err != nil {
		return 0, err
	}
	if admin, err = client.New(plane.Config(), client.Options{Scheme: scheme}); err != nil {
		return 0, err
	}
	for _, ns := range []string{operatorNamespaceName, "argocd", "databases", "gateways"} {
		if err := ensureNamespace(ctx, ns); err != nil {
			return 0, err
		}
	}
	if err := grantRights(ctx); err != nil {
		return 0, err
	}
	return m.Run(), nil
}

// grantRights gives the operator what an installation gives it, and nothing else.
func grantRights(ctx context.Context) error {
	for _, path := range []string{"../config/rbac/role.yaml", "../config/argocd-rbac/role.yaml", "../config/argocd-rbac/role_binding.yaml", "testdata/bindings.yaml"} {
		objs, err := fixtures.Objects(path)
		if err != nil {
			return err
		}
		for _, o := range objs {
			if err := admin.Apply(ctx, client.ApplyConfigurationFromUnstructured(o), client.FieldOwner("test"), client.ForceOwnership); err != nil {
				return fmt.Errorf("%s: %s %s: %w", path, o.GetKind(), o.GetName(), err)
			}
		}
	}
	return nil
}

// operatorConfig is the operator's access, without a limit of its own.
func operatorConfig(t *testing.T) *rest.Config {
	t.Helper()
	cfg, _, err := plane.User(operatorUser, "system:serviceaccounts", "system:serviceaccounts:"+operatorNamespaceName)
	must(t, err)
	return cfg
}
