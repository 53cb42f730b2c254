package controllers

import (
	"context"
	"fmt"
	"time"

	corev1 "k8s.io/api/core/v1"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller"
	"sigs.k8s.io/controller-runtime/pkg/metrics"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
	"sigs.k8s.io/controller-runtime/pkg/source"

	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/gather"
	"github.com/afrotomation/afroapp/internal/registry"
)

// Options of the controllers.
type Options struct {
	// Workers is how many apps are reconciled at once. Default: 8.
	Workers int
	// PasswordKey is what database passwords are derived from.
	PasswordKey []byte
	// RetryPause is how often a child is tried again that could not be written or taken away: what stands in its way may be
	// none of ours, and nobody tells when it goes. Default: 5 minutes.
	RetryPause time.Duration
	// Clock of statuses and metrics. Default: time.Now.
	Clock func() time.Time
	// Registry says how registries are asked. Default: by the network.
	Registry registry.Options
	// MetricsPerApp names apps in the metrics. Default: they are only counted.
	MetricsPerApp bool
	// SkipNameValidation allows more than one set of controllers in a process, for tests.
	SkipNameValidation bool
}

// Scheme knows every kind that the operator reads or writes.
func Scheme() (*runtime.Scheme, error) {
	s := runtime.NewScheme()
	if err := foreign.AddToScheme(s); err != nil {
		return nil, err
	}
	return s, apiextensionsv1.AddToScheme(s)
}

// Setup adds the controllers to a manager whose cache was made with gather.CacheOptions.
func Setup(mgr ctrl.Manager, o Options) error {
	if o.Workers == 0 {
		o.Workers = 8
	}
	if o.RetryPause == 0 {
		o.RetryPause = 5 * time.Minute
	}
	if o.Clock == nil {
		o.Clock = time.Now
	}
	kinds, err := gather.NewKinds(mgr)
	if err != nil {
		return fmt.Errorf("caches: %w", err)
	}
	applier := apply.New(mgr.GetClient(), mgr.GetAPIReader(), o.Clock)
	stuck := newStuckApps(o.Clock, o.MetricsPerApp)
	// Tests set up more than once in a process; collectors are the same when their descriptions are.
	_ = metrics.Registry.Unregister(stuck)
	if err := metrics.Registry.Register(stuck); err != nil {
		return fmt.Errorf("metrics: %w", err)
	}
	apps := &AfroAppReconciler{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Kinds: kinds, Applier: applier, Clock: o.Clock, PasswordKey: o.PasswordKey,
		RetryPause: o.RetryPause, Recorder: mgr.GetEventRecorder("afroapp"), pacer: newPacer(), stuck: stuck,
		registries: newRegistries(mgr.GetAPIReader(), o.Registry), looks: newLooks(),
	}
	if err := mgr.Add(apps.registries.prober); err != nil {
		return fmt.Errorf("registries: %w", err)
	}
	for _, c := range apps.registries.prober.Collectors() {
		_ = metrics.Registry.Unregister(c)
		if err := metrics.Registry.Register(c); err != nil {
			return fmt.Errorf("metrics: %w", err)
		}
	}
	if err := apps.setup(mgr, o); err != nil {
		return fmt.Errorf("AfroApp controller: %w", err)
	}
	platforms := &AfroPlatformReconciler{
		Client: mgr.GetClient(), Live: mgr.GetAPIReader(), Kinds: kinds, Applier: applier, Clock: o.Clock,
		Recorder: mgr.GetEventRecorder("afroplatform"),
	}
	if err := platforms.setup(mgr, o); err != nil {
		return fmt.Errorf("AfroPlatform controller: %w", err)
	}
	return nil
}

func (o Options) controller(workers int) controller.Options {
	return controller.Options{MaxConcurrentReconciles: workers, SkipNameValidation: &o.SkipNameValidation}
}

type queue = workqueue.TypedRateLimitingInterface[reconcile.Request]

// childSource feeds a controller with what happens to children, and waits for their caches.
type childSource struct {
	kinds     *gather.Kinds
	subscribe func(queue) gather.Subscriber
}

var _ source.SyncingSource = childSource{}

// Start implements source.Source.
func (s childSource) Start(_ context.Context, q queue) error {
	return s.kinds.Subscribe(s.subscribe(q))
}

// WaitForSync implements source.SyncingSource.
func (s childSource) WaitForSync(ctx context.Context) error { return s.kinds.WaitForSync(ctx) }

func request(namespace, name string) reconcile.Request {
	return reconcile.Request{NamespacedName: types.NamespacedName{Namespace: namespace, Name: name}}
}

// namespaceMeta is what is watched of namespaces: their names, UIDs and labels.
func namespaceMeta() client.Object { return metadataOf(corev1Namespace) }

var corev1Namespace = corev1.SchemeGroupVersion.WithKind("Namespace")
