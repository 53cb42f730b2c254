package suite

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	coordinationv1 "k8s.io/api/coordination/v1"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/controllers"
)

// Lab is what is around the cluster, as the stories know it. Their manifests name registry.lab.internal:5000,
// apps.lab.internal and git.lab.internal; what is given here takes their place.
type Lab struct {
	// Registry that the cluster pulls from and the operator asks, with repositories below apps/.
	Registry string `json:"registry"`
	// Push is the address under which this process pushes to it, over plain HTTP. Default: Registry.
	Push string `json:"push,omitempty"`
	// Workload is the command of test/e2e/modules/app, which is in every image that is pushed.
	Workload string `json:"workload"`
	// Domain of the apps' hosts.
	Domain string `json:"domain"`
	// Edge is the address that answers for every host. Default: none, stories with a host are skipped.
	Edge string `json:"edge,omitempty"`
	// Trust is a file with the certificate of the authority that signs the hosts' certificates. Default: that of this machine.
	Trust string `json:"trust,omitempty"`
	// Infra is the infra repository as the cluster knows it, and InfraPush as this process does. Default of both: none.
	Infra     string `json:"infra"`
	InfraPush string `json:"infraPush,omitempty"`
	// Updater says who image-updater is: Actor, or whatever names the real one. Default: none, stories that push are skipped.
	Updater string `json:"updater,omitempty"`
	// Store is the S3 server. Default: none, stories with backups are skipped.
	Store string `json:"store,omitempty"`
	// Operator is a file with the manifest of another version of the operator, for the upgrade. Default: skipped.
	Operator string `json:"operator,omitempty"`
	// Evidence is a folder that recorded objects are written to. Default: none are recorded.
	Evidence string `json:"evidence,omitempty"`
	// Audit is the API server's audit log, with bodies. Default: the order of requests is not recorded.
	Audit string `json:"audit,omitempty"`
	// Owned says that the cluster is the one of `make e2e`: the AfroPlatform, which names the servers of its lab, the operator, and
	// namespaces that are there already may be changed.
	Owned bool `json:"owned,omitempty"`
}

// Story is one test on a lab.
type Story struct {
	*testing.T
	Lab
	Config *rest.Config
	Client client.Client

	namespaces []string
}

// Tell opens the lab for a story. At its end the cluster is described, should it have failed, and what it made is taken away.
func Tell(t *testing.T, needs ...Need) *Story {
	t.Helper()
	s := &Story{T: t, Lab: openLab(t)}
	for _, need := range needs {
		if why := need(s.Lab); why != "" {
			t.Skipf("SKIPPED: %s", why)
		}
	}
	var err error
	s.Config, err = clientcmd.NewNonInteractiveDeferredLoadingClientConfig(clientcmd.NewDefaultClientConfigLoadingRules(), nil).ClientConfig()
	if err != nil {
		t.Fatal(err)
	}
	s.Config.QPS = -1 // no limit of ours; the API server has its own
	scheme, err := controllers.Scheme()
	if err != nil {
		t.Fatal(err)
	}
	if err := coordinationv1.AddToScheme(scheme); err != nil {
		t.Fatal(err)
	}
	if s.Client, err = client.New(s.Config, client.Options{Scheme: scheme}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.describeFailure()
		s.takeAway()
	})
	return s
}

// Need says what a story cannot do without, or nothing.
type Need func(Lab) string

// Actor is a Lab's Updater that is played.
const Actor = "actor"

// What stories need.
var (
	Edge        Need = func(l Lab) string { return unless(l.Edge != "", "no edge: set `edge` in the lab file") }
	Updater     Need = func(l Lab) string { return unless(l.Updater != "", "no image-updater: set `updater` in the lab file") }
	RealUpdater Need = func(l Lab) string {
		return unless(l.Updater != "" && l.Updater != Actor, "image-updater is played: AFROAPP_E2E_IMAGE_UPDATER names a real one for `make e2e`, `updater` in the lab file says that a cluster has it")
	}
	Store Need = func(l Lab) string { return unless(l.Store != "", "no S3 server: set `store` in the lab file") }
	Owned Need = func(l Lab) string {
		return unless(l.Owned, "it changes the AfroPlatform, which only the node of `make e2e` is for")
	}
	Releases Need = func(l Lab) string {
		return unless(l.Operator != "", "no second operator: set `operator` in the lab file")
	}
)

func unless(ok bool, why string) string {
	if ok {
		return ""
	}
	return why
}

func openLab(t *testing.T) Lab {
	t.Helper()
	file := os.Getenv("AFROAPP_E2E_LAB")
	if !filepath.IsAbs(file) {
		t.Fatal("AFROAPP_E2E_LAB names no lab by an absolute path; `make e2e` makes one, docs/e2e.md says how to write one for a cluster of yours")
	}
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var lab Lab
	if err := yaml.UnmarshalStrict(raw, &lab); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	if lab.Registry == "" || lab.Domain == "" || lab.Workload == "" {
		t.Fatalf("%s: registry, domain and workload have to be set", file)
	}
	if !filepath.IsAbs(lab.Workload) || lab.Trust != "" && !filepath.IsAbs(lab.Trust) {
		t.Fatalf("%s: workload and trust have to be absolute paths: stories run in folders of their own", file)
	}
	if lab.Push == "" {
		lab.Push = lab.Registry
	}
	return lab
}

// Here puts this lab's names into a manifest.
func (l Lab) Here(manifest string) string {
	return strings.NewReplacer("registry.lab.internal:5000", l.Registry, "apps.lab.internal", l.Domain,
		"https://git.lab.internal:3000/infra.git", l.Infra).Replace(manifest)
}

// Host of an app.
func (l Lab) Host(name string) string { return fmt.Sprintf("%s.%s", name, l.Domain) }
