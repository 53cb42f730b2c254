package actors_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"

	"github.com/go-logr/logr"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/log"

	"github.com/afrotomation/afroapp/test/controlplane"
	"github.com/afrotomation/afroapp/test/crds"
)

// One control plane for all tests of the package. They keep to namespaces of their own, and run one after the
// other: an actor plays for the whole cluster.
var (
	config *rest.Config
	client dynamic.Interface
	audit  string
	// late is installed by the test that waits for it.
	late *apiextensionsv1.CustomResourceDefinition
)

const lateName = "listenersets.gateway.networking.k8s.io"

func TestMain(m *testing.M) {
	log.SetLogger(logr.Discard()) // envtest's own messages
	os.Exit(func() int {
		stop, err := start()
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			return 1
		}
		defer stop()
		return m.Run()
	}())
}

func start() (stop func(), err error) {
	dir, err := os.MkdirTemp("", "actors-test-")
	if err != nil {
		return nil, err
	}
	audit = filepath.Join(dir, "audit.log")
	all, err := crds.Load()
	if err != nil {
		return nil, err
	}
	i := slices.IndexFunc(all, func(crd *apiextensionsv1.CustomResourceDefinition) bool { return crd.Name == lateName })
	late = all[i]
	plane, err := controlplane.Start(context.Background(), controlplane.Options{
		CRDs: slices.Delete(all, i, i+1), Controllers: controlplane.DefaultControllers, AuditLog: audit,
		Progress: func(line string) { fmt.Fprintln(os.Stderr, line) },
	})
	if err != nil {
		return nil, err
	}
	config = plane.Config()
	config.WarningHandler = rest.NoWarnings{}
	if client, err = dynamic.NewForConfig(config); err != nil {
		return nil, err
	}
	return func() {
		if err := plane.Stop(); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
		_ = os.RemoveAll(dir)
	}, nil
}
