package main

import (
	"context"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/client-go/rest"
	"k8s.io/klog/v2"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/log/zap"
	metricsserver "sigs.k8s.io/controller-runtime/pkg/metrics/server"

	"github.com/afrotomation/afroapp/controllers"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/gather"
	"github.com/afrotomation/afroapp/internal/registry"
	"github.com/afrotomation/afroapp/test/controlplane"
)

// operator is the real one, in this process.
type operator struct {
	*counter
	*process
	clock   *clock
	network http.RoundTripper // that registries are asked by
}

// clock may be ahead of time: the grace times that peers have are then over sooner.
type clock struct{ ahead atomic.Int64 }

// Now implements registry.Clock.
func (c *clock) Now() time.Time { return time.Now().Add(time.Duration(c.ahead.Load())) }

// After implements registry.Clock. It is real time, and short: whoever waits sees that the clock was put forward.
func (c *clock) After(d time.Duration) <-chan time.Time { return time.After(min(d, time.Second)) }

func (c *clock) forward(d time.Duration) { c.ahead.Add(int64(d)) }

func (c *clock) minutesAhead() int { return int(time.Duration(c.ahead.Load()).Minutes()) }

// startOperator runs it as the service account of config/default, which gives it its rights, and returns when it runs.
func startOperator(ctx context.Context, plane *controlplane.ControlPlane, network http.RoundTripper) (*operator, error) {
	op := &operator{counter: &counter{}, clock: &clock{}, network: network}
	cfg, err := op.access(plane)
	if err != nil {
		return nil, err
	}
	key, err := passwordKey(ctx, cfg)
	if err != nil {
		return nil, err
	}
	mgr, err := op.manager(cfg, key)
	if err != nil {
		return nil, err
	}
	op.process = begin(mgr.Start)
	select {
	case <-mgr.Elected():
		return op, nil
	case <-op.ended:
		return nil, fmt.Errorf("the operator ended by itself: %w", op.err)
	}
}

// access is that of the service account, and counts.
func (op *operator) access(plane *controlplane.ControlPlane) (*rest.Config, error) {
	user := "system:serviceaccount:" + operatorNamespace + ":" + operatorAccount
	cfg, _, err := plane.User(user, "system:serviceaccounts", "system:serviceaccounts:"+operatorNamespace)
	if err != nil {
		return nil, err
	}
	cfg.Wrap(func(next http.RoundTripper) http.RoundTripper { return counted{op.counter, next} })
	return cfg, nil
}

// passwordKey waits for the rights, which reach the API server's authorizer a moment after they were written.
func passwordKey(ctx context.Context, cfg *rest.Config) (key []byte, err error) {
	c, err := client.New(cfg, client.Options{})
	if err != nil {
		return nil, err
	}
	return key, until(ctx, installLimit, "the operator's password key", func(ctx context.Context) error {
		key, err = apply.PasswordKey(ctx, c, c, operatorNamespace)
		if apierrors.IsForbidden(err) {
			return notYet("%v", err)
		}
		return err
	})
}

func (op *operator) manager(cfg *rest.Config, key []byte) (ctrl.Manager, error) {
	scheme, err := controllers.Scheme()
	if err != nil {
		return nil, err
	}
	patience := 5 * time.Second
	mgr, err := ctrl.NewManager(cfg, ctrl.Options{
		Scheme: scheme, Cache: gather.CacheOptions(), Metrics: metricsserver.Options{BindAddress: "0"}, GracefulShutdownTimeout: &patience,
	})
	if err != nil {
		return nil, err
	}
	return mgr, controllers.Setup(mgr, controllers.Options{PasswordKey: key, Clock: op.clock.Now, SkipNameValidation: true,
		Registry: registry.Options{Clock: op.clock, Transport: op.network, Gap: time.Second}})
}

// journal keeps the last lines of the operator's log: nobody wants them on the screen, unless something goes wrong.
type journal struct {
	mu    sync.Mutex
	lines []string
}

const journalLines = 12

// Write implements io.Writer.
func (j *journal) Write(p []byte) (int, error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, strings.Split(strings.TrimRight(string(p), "\n"), "\n")...)
	j.lines = j.lines[max(0, len(j.lines)-journalLines):]
	return len(p), nil
}

// keepLog sends the log of this process, that of the libraries too, into a journal. Once: klog does not like a logger that
// changes while it is used.
var keepLog = sync.OnceValue(func() *journal {
	j := &journal{}
	log := zap.New(zap.WriteTo(j), zap.ConsoleEncoder())
	ctrl.SetLogger(log)
	klog.SetLogger(log)
	return j
})

// explain adds the last words of the log to an error.
func (j *journal) explain(err error) error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if err == nil || len(j.lines) == 0 {
		return err
	}
	return fmt.Errorf("%w\nThe operator's log ends with:\n  %s", err, strings.Join(j.lines, "\n  "))
}
