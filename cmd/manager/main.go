// Command manager runs the controllers of AfroApp.
package main

import (
	"crypto/tls"
	"errors"
	"flag"
	"fmt"
	"os"
	"strings"

	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/healthz"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	"sigs.k8s.io/controller-runtime/pkg/metrics/filters"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/afrotomation/afroapp/controllers"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/gather"
)

type options struct {
	metricsAddr, probeAddr string
	secureMetrics          bool
	leaderElect            bool
	workers                int
	metricsPerApp          bool
	namespace              string
	log                    zap.Options
}

func (o *options) bind(fs *flag.FlagSet) {
	fs.StringVar(&o.metricsAddr, "metrics-bind-address", "0", "Address of the metrics, for example :8443. 0 turns them off.")
	fs.BoolVar(&o.secureMetrics, "metrics-secure", true, "Serve metrics over TLS, to those whom the API server authenticates and authorizes.")
	fs.StringVar(&o.probeAddr, "health-probe-bind-address", ":8081", "Address of /healthz and /readyz. 0 turns them off.")
	fs.BoolVar(&o.leaderElect, "leader-elect", false, "Elect a leader among replicas; needed with more than one.")
	fs.IntVar(&o.workers, "workers", 8, "Apps that are reconciled at once.")
	fs.BoolVar(&o.metricsPerApp, "metrics-per-app", false, "Name each app in the metric afroapp_image_stale_seconds: one series per app.")
	fs.StringVar(&o.namespace, "namespace", "", "Namespace of the operator: of its lease and its password key. Default: the one that its pod runs in.")
	o.log.BindFlags(fs)
}

func main() {
	var o options
	o.bind(flag.CommandLine)
	flag.Parse()
	ctrl.SetLogger(zap.New(zap.UseFlagOptions(&o.log)))
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "manager:", err)
		os.Exit(1)
	}
}

func run(o options) error {
	ctx := ctrl.SetupSignalHandler()
	namespace, err := operatorNamespace(o.namespace)
	if err != nil {
		return err
	}
	cfg, err := ctrl.GetConfig()
	if err != nil {
		return err
	}
	scheme, err := controllers.Scheme()
	if err != nil {
		return err
	}
	direct, err := client.New(cfg, client.Options{Scheme: scheme})
	if err != nil {
		return err
	}
	key, err := apply.PasswordKey(ctx, direct, direct, namespace)
	if err != nil {
		return err
	}
	mgr, err := ctrl.NewManager(cfg, ctrl.Options{
		Scheme: scheme, Cache: gather.CacheOptions(), Metrics: o.metrics(), HealthProbeBindAddress: o.probeAddr,
		LeaderElection: o.leaderElect, LeaderElectionID: "afroapp-manager", LeaderElectionNamespace: namespace,
		// The process ends with its manager, so that the lease can be given back at once.
		LeaderElectionReleaseOnCancel: true,
	})
	if err != nil {
		return err
	}
	if err := controllers.Setup(mgr, controllers.Options{Workers: o.workers, PasswordKey: key, MetricsPerApp: o.metricsPerApp}); err != nil {
		return err
	}
	if err := errors.Join(mgr.AddHealthzCheck("ping", healthz.Ping), mgr.AddReadyzCheck("ping", healthz.Ping)); err != nil {
		return err
	}
	return mgr.Start(ctx)
}

func (o options) metrics() metricsserver.Options {
	m := metricsserver.Options{BindAddress: o.metricsAddr, SecureServing: o.secureMetrics}
	if o.secureMetrics {
		m.FilterProvider = filters.WithAuthenticationAndAuthorization
		m.TLSOpts = []func(*tls.Config){func(c *tls.Config) { c.MinVersion = tls.VersionTLS12 }}
	}
	return m
}

// operatorNamespace is where the pod runs, unless it is said.
func operatorNamespace(flag string) (string, error) {
	if flag != "" {
		return flag, nil
	}
	const file = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"
	raw, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("--namespace: not given, and not running in a pod: %w", err)
	}
	return strings.TrimSpace(string(raw)), nil
}
