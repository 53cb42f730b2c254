package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/afrotomation/afroapp/controllers"
	"github.com/afrotomation/afroapp/internal/gather"
	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/controlplane"
	"github.com/afrotomation/afroapp/test/crds"
)

const root = "../.." // of the checkout, from the packages that have the suites

// The service account of config/default.
const (
	operatorNamespace = "afroapp-system"
	operatorUser      = "system:serviceaccount:afroapp-system:afroapp-controller-manager"
)

var passwordKey = []byte("0123456789abcdef0123456789abcdef")

// Stage is a control plane for one story at a time.
type Stage struct {
	plane  *controlplane.ControlPlane
	admin  client.Client
	config *rest.Config // the operator's
	record *Recorder
	end    context.CancelFunc

	process *process // that runs now; nil: none
	calls   []Call   // of processes that have ended since the steps began
}

// NewStage starts a control plane with the CRDs of the peers, their finalizers taken off as they would, and the operator's
// roles. Nothing else plays: children stay as they are made.
func NewStage(ctx context.Context, progress func(string)) (_ *Stage, err error) {
	foreignCRDs, err := crds.Load()
	if err != nil {
		return nil, err
	}
	plane, err := controlplane.Start(ctx, controlplane.Options{
		CRDs: foreignCRDs, CRDPaths: []string{filepath.Join(root, "config", "crd", "bases")},
		Controllers: []string{"garbage-collector-controller", "namespace-controller"}, Progress: progress,
	})
	if err != nil {
		return nil, err
	}
	s := &Stage{plane: plane, end: func() {}}
	if err := s.furnish(ctx); err != nil {
		return nil, errors.Join(err, s.Close())
	}
	return s, nil
}

func (s *Stage) furnish(ctx context.Context) error {
	scheme, err := controllers.Scheme()
	if err != nil {
		return err
	}
	if s.admin, err = client.New(s.plane.Config(), client.Options{Scheme: scheme}); err != nil {
		return err
	}
	for _, name := range []string{operatorNamespace, "argocd", "databases"} {
		if err := s.namespace(ctx, name); err != nil {
			return err
		}
	}
	if s.config, _, err = s.plane.User(operatorUser, "system:serviceaccounts", "system:serviceaccounts:"+operatorNamespace); err != nil {
		return err
	}
	for _, path := range []string{"config/rbac/role.yaml", "config/argocd-rbac/role.yaml", "config/argocd-rbac/role_binding.yaml", "controllers/testdata/bindings.yaml"} {
		raw, err := os.ReadFile(filepath.Join(root, path))
		if err != nil {
			return err
		}
		if err := applyAll(ctx, s.admin, string(raw)); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	recording, end := context.WithCancel(context.WithoutCancel(ctx))
	s.end = end
	if s.record, err = Record(recording, s.plane.Config()); err != nil {
		return err
	}
	go s.releasePeers(recording)
	return nil
}

func (s *Stage) namespace(ctx context.Context, name string) error {
	err := s.admin.Create(ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

// Close ends all of it.
func (s *Stage) Close() error {
	s.stop()
	s.end()
	return s.plane.Stop()
}

// releasePeers plays Argo CD and image-updater as far as a deletion needs them: what is deleted may go.
func (s *Stage) releasePeers(ctx context.Context) {
	for {
		for _, c := range s.record.deleting("Application", "ImageUpdater") {
			// Gone already, or tried again.
			_ = s.admin.Patch(ctx, c.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(`{"metadata":{"finalizers":null}}`)), client.FieldOwner("peer"))
		}
		select {
		case <-ctx.Done():
			return
		case <-time.After(30 * time.Millisecond):
		}
	}
}

// process of the operator.
type process struct {
	wire *Wire
	stop func()
}

// settingUp is one at a time: the metrics of a process are in one registry.
var settingUp sync.Mutex

// start a process of the operator, as cmd/manager does.
func (s *Stage) start() error {
	wire := NewWire()
	config := rest.CopyConfig(s.config)
	config.QPS = -1
	config.Wrap(wire.Wrap)
	scheme, err := controllers.Scheme()
	if err != nil {
		return err
	}
	manager, err := ctrl.NewManager(config, ctrl.Options{Scheme: scheme, Cache: gather.CacheOptions(), Metrics: metricsserver.Options{BindAddress: "0"}})
	if err != nil {
		return err
	}
	o := controllers.Options{PasswordKey: passwordKey, SkipNameValidation: true}
	o.Registry.Transport = actors.Transport(nil)
	settingUp.Lock()
	err = controllers.Setup(manager, o)
	settingUp.Unlock()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		_ = manager.Start(ctx) // it was told to end, or its process is dead
	}()
	s.process = &process{wire: wire, stop: sync.OnceFunc(func() { cancel(); <-ended })}
	return nil
}

// stop the process that runs, as a termination does.
func (s *Stage) stop() {
	if s.process == nil {
		return
	}
	s.process.stop()
	s.calls = append(s.calls, s.process.wire.Calls()...)
	s.process = nil
}

// panics of all reconciles so far, in this test process.
func panics() (int, error) {
	families, err := metrics.Registry.(prometheus.Gatherer).Gather()
	if err != nil {
		return 0, err
	}
	total := 0
	for _, family := range families {
		if family.GetName() != "controller_runtime_reconcile_panics_total" {
			continue
		}
		for _, m := range family.GetMetric() {
			total += int(m.GetCounter().GetValue())
		}
	}
	return total, nil
}

// platformOf a story.
func platformOf(story Story) (string, error) {
	if story.Platform != "" {
		return story.Platform, nil
	}
	raw, err := os.ReadFile(filepath.Join(corpus, "platform.yaml"))
	return string(raw), err
}
