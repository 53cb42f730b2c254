package detection

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"strings"
	"sync/atomic"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/rest"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/config/crd"
	"github.com/afrotomation/afroapp/controllers"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/gather"
	"github.com/afrotomation/afroapp/internal/registry"
	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/controlplane"
	"github.com/afrotomation/afroapp/test/crds"
	"github.com/afrotomation/afroapp/test/registryserver"
)

// Clock may be ahead of time, so that grace times are over sooner.
type Clock struct{ ahead atomic.Int64 }

// Now on the stage.
func (c *Clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// After is real time: what is waited for comes a moment later than on the stage's clock, never too early.
func (c *Clock) After(d time.Duration) <-chan time.Time { return time.After(min(d, time.Second)) }

// Set the time.
func (c *Clock) Set(t time.Time) { c.ahead.Store(int64(time.Until(t))) }

// Forward lets time pass.
func (c *Clock) Forward(d time.Duration) { c.ahead.Add(int64(d)) }

// Stage is a control plane with everything that plays on it.
type Stage struct {
	Name     string
	Admin    client.Client
	Registry *registryserver.Server
	// Host of the registry, and of one whose certificate nobody has signed.
	Host, SelfSigned string
	Peers            *actors.Set
	Repository       *actors.Repository
	Clock            *Clock

	ctx    context.Context
	config *rest.Config
	ends   []func()
}

// Kind of stage: which AfroPlatform it has.
type Kind struct {
	Name string
	// Updater is spec.imageUpdater of the AfroPlatform, in YAML.
	Updater string
	// AnnotationsOnly plays image-updater 0.x.
	AnnotationsOnly bool
	// Network for the prober. Default: the real one.
	Network http.RoundTripper
}

func newStage(ctx context.Context, name string) *Stage {
	s := &Stage{Name: name, Clock: &Clock{}, Registry: registryserver.New()}
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithCancel(ctx)
	s.ends = append(s.ends, cancel)
	return s
}

// Start a stage. Stop has to be called also after an error.
func Start(ctx context.Context, k Kind) (*Stage, error) {
	s := newStage(ctx, k.Name)
	for _, step := range []func(Kind) error{s.registries, s.planeOf, s.operator, s.platform, s.peers} {
		if err := step(k); err != nil {
			return s, fmt.Errorf("stage %s: %w", k.Name, err)
		}
	}
	return s, nil
}

// Stop everything, last things first.
func (s *Stage) Stop() {
	for i := len(s.ends) - 1; i >= 0; i-- {
		s.ends[i]()
	}
}

func (s *Stage) registries(Kind) error {
	address, stop, err := registryserver.Listen(s.Registry)
	if err != nil {
		return err
	}
	s.Host = address
	s.ends = append(s.ends, stop)
	certificate, err := registryserver.NewCertificate("127.0.0.1")
	if err != nil {
		return err
	}
	s.SelfSigned, stop, err = registryserver.ListenTLS(s.Registry, certificate)
	s.ends = append(s.ends, stop)
	return err
}

func (s *Stage) planeOf(Kind) error { return s.plane(controlplane.DefaultControllers) }

func (s *Stage) plane(kubeControllers []string) error {
	foreign, err := crds.Load()
	if err != nil {
		return err
	}
	ours, err := crd.Load()
	if err != nil {
		return err
	}
	p, err := controlplane.Start(s.ctx, controlplane.Options{CRDs: append(foreign, ours...), Controllers: kubeControllers})
	if err != nil {
		return err
	}
	s.ends = append(s.ends, func() { _ = p.Stop() })
	cfg := p.Config()
	cfg.WarningHandler = rest.NoWarnings{}
	s.config = cfg
	scheme, err := controllers.Scheme()
	if err == nil {
		s.Admin, err = client.New(cfg, client.Options{Scheme: scheme})
	}
	return err
}

func (s *Stage) operator(k Kind) error {
	mgr, err := s.manager(k.Network)
	if err != nil {
		return err
	}
	return s.run(mgr.Start, mgr.Elected())
}

// manager of the operator. Without a network of its own it asks registries in the real one.
func (s *Stage) manager(network http.RoundTripper) (ctrl.Manager, error) {
	scheme, err := controllers.Scheme()
	if err != nil {
		return nil, err
	}
	mgr, err := ctrl.NewManager(rest.CopyConfig(s.config), ctrl.Options{Scheme: scheme, Cache: gather.CacheOptions(), Metrics: metricsserver.Options{BindAddress: "0"}})
	if err != nil {
		return nil, err
	}
	if network == nil {
		network = &http.Transport{DialContext: (&net.Dialer{Timeout: 2 * time.Second}).DialContext, MaxIdleConnsPerHost: 8}
	}
	return mgr, controllers.Setup(mgr, controllers.Options{PasswordKey: []byte("of the stage"), Clock: s.Clock.Now, SkipNameValidation: true,
		Registry: registry.Options{Clock: s.Clock, Transport: network, Gap: time.Second, HeaderTimeout: 2 * time.Second, RequestTimeout: 3 * time.Second}})
}

// run starts something that ends with the stage, and waits until it is ready.
func (s *Stage) run(start func(context.Context) error, ready <-chan struct{}) error {
	stop, err := s.begin(start, ready)
	s.ends = append(s.ends, stop)
	return err
}

func (s *Stage) begin(start func(context.Context) error, ready <-chan struct{}) (stop func(), err error) {
	ctx, cancel := context.WithCancel(s.ctx)
	var failed error
	ended := make(chan struct{})
	go func() {
		failed = start(ctx)
		close(ended)
	}()
	stop = func() {
		cancel()
		<-ended
	}
	if ready == nil {
		return stop, nil
	}
	select {
	case <-ready:
		return stop, nil
	case <-ended:
		return stop, fmt.Errorf("ended by itself: %w", failed)
	}
}

const platformYAML = `
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroPlatform
metadata: {name: default}
spec:
  infra: {repoURL: "https://github.com/acme/infra.git", targetRevision: main}
  imageUpdater: {{updater}}
  registries:
  - {host: "{{host}}", plainHTTP: true, probeInterval: 30s, requestsPerSecond: 100, pullSecrets: [{name: anonymous}, {name: nothing}, {name: wrong}]}
  - {host: "{{selfSigned}}", probeInterval: 30s}
  tenants:
  - {name: all, namespaces: ["*"], repositories: ["{{host}}", "{{selfSigned}}"], sourcePaths: ["apps"]}
`

func (s *Stage) platform(k Kind) error {
	if err := s.namespace("argocd"); err != nil {
		return err
	}
	if err := pullSecret("anonymous", `{"auths":{}}`)(s, nil); err != nil {
		return err
	}
	updater := k.Updater
	if updater == "" {
		updater = "{}"
	}
	return s.Apply(strings.NewReplacer("{{updater}}", updater, "{{host}}", s.Host, "{{selfSigned}}", s.SelfSigned).Replace(platformYAML))
}

func (s *Stage) namespace(name string) error {
	err := s.Admin.Create(s.ctx, &corev1.Namespace{ObjectMeta: metav1.ObjectMeta{Name: name}})
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	return err
}

func (s *Stage) peers(k Kind) error {
	o := actors.Options{UpdaterInterval: time.Second, RetryBackoff: time.Second, UpdaterAnnotationsOnly: k.AnnotationsOnly, Registry: actors.HTTPRegistry{}}
	s.Repository = actors.NewRepository(actors.Chart("charts/afroapp-workload", "placeholder:none"))
	o.Repository = s.Repository
	s.Peers = actors.All(s.config, o)
	err := s.Peers.ImageUpdater.Behave(func(b *actors.Behaviour) {
		b.Wrong = func(answer *unstructured.Unstructured) { // its clock goes with the stage's
			if _, ok, _ := unstructured.NestedString(answer.Object, "status", "lastCheckedAt"); ok {
				_ = unstructured.SetNestedField(answer.Object, s.Clock.Now().UTC().Format(time.RFC3339), "status", "lastCheckedAt")
			}
		}
	})
	if err != nil {
		return err
	}
	return s.run(s.Peers.Run, nil)
}

// Apply YAML as a person would.
func (s *Stage) Apply(yaml string) error {
	objs, err := fixtures.Decode([]byte(yaml))
	if err != nil {
		return err
	}
	for _, o := range objs {
		if err := s.Admin.Apply(s.ctx, client.ApplyConfigurationFromUnstructured(o), client.FieldOwner("kubectl"), client.ForceOwnership); err != nil {
			return fmt.Errorf("%s %s: %w", o.GetKind(), o.GetName(), err)
		}
	}
	return nil
}

// Merge a patch into an object.
func (s *Stage) Merge(o client.Object, patch string) error {
	return s.Admin.Patch(s.ctx, o, client.RawPatch(types.MergePatchType, []byte(patch)))
}

// Get the AfroApp as it is now.
func (s *Stage) Get(a *App) (*v1alpha1.AfroApp, error) {
	app := &v1alpha1.AfroApp{}
	return app, s.Admin.Get(s.ctx, types.NamespacedName{Namespace: a.Name, Name: a.Name}, app)
}
