package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/client-go/rest"
	"sigs.k8s.io/controller-runtime/pkg/envtest"

	"github.com/afrotomation/afroapp/test/pinned"
)

// DefaultControllers makes deletions end (garbage collector, namespaces) and turns a Deployment into
// Pods, which then wait for a kubelet or an actor that plays one.
var DefaultControllers = []string{
	"garbage-collector-controller", "namespace-controller", "deployment-controller", "replicaset-controller",
}

// Options says what a control plane has besides etcd and kube-apiserver. The zero value has nothing.
type Options struct {
	// CRDs are installed before Start returns. They are not changed.
	CRDs []*apiextensionsv1.CustomResourceDefinition
	// CRDPaths are files and folders with more of them; a missing path is an error.
	CRDPaths []string
	// Controllers are those that kube-controller-manager runs, by the names of its --controllers flag;
	// see DefaultControllers. Empty: it is not started. The garbage collector looks for new kinds every
	// 30 seconds: children of a CRD that is installed after Start are collected with that delay.
	Controllers []string
	// AuditLog is the file to which every request is logged at level Metadata; see ReadAudit. Empty:
	// no audit. It costs the API server CPU time: leave it out of runs that measure time.
	AuditLog string
	// APIServerFlags are set over envtest's defaults, by name without dashes.
	APIServerFlags map[string][]string
	// LogDir keeps the output of the programs, one <program>.log each. Empty: gone after Stop.
	LogDir string
	// Progress hears of a first build.
	Progress pinned.Progress
}

// ControlPlane is a running one. Its methods may be called from several goroutines.
type ControlPlane struct {
	env     *envtest.Environment
	manager *process
	guard   *guard
	dir     string // certificates, kubeconfigs, etcd's data, process ids: all in one place, removed by Stop
	logDir  string
	logs    []*os.File

	mu      sync.Mutex
	stopped bool
}

const (
	startTimeout = 60 * time.Second // per program; two busy cores need far more than envtest's 20 s
	stopTimeout  = 20 * time.Second // per program, then SIGKILL
)

// Start runs a control plane on loopback ports of its own and returns when it answers, its CRDs are
// served and its controllers act. The context bounds the start only; Stop ends what was started. On
// error nothing is left running.
func Start(ctx context.Context, o Options) (_ *ControlPlane, err error) {
	assets, err := Assets(ctx, o.Progress)
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "afroapp-controlplane-")
	if err != nil {
		return nil, fmt.Errorf("making the folder of the control plane: %w", err)
	}
	cp := &ControlPlane{dir: dir, logDir: o.LogDir}
	if cp.logDir == "" {
		cp.logDir = dir
	}
	if err := errors.Join(cp.run(ctx, assets, o), ctx.Err()); err != nil {
		return nil, errors.Join(err, cp.Stop())
	}
	return cp, nil
}

func (cp *ControlPlane) run(ctx context.Context, assets string, o Options) (err error) {
	if cp.guard, err = startGuard(cp.dir); err != nil {
		return err
	}
	if err := cp.startAPIServer(assets, o); err != nil {
		return err
	}
	if len(o.Controllers) == 0 {
		return nil
	}
	return cp.startControllers(ctx, assets, o.Controllers)
}

// Config is the administrator's, in group system:masters, without client-side rate limit. The caller
// may change it.
func (cp *ControlPlane) Config() *rest.Config {
	config := rest.CopyConfig(cp.env.Config)
	config.QPS = -1
	return config
}

// User makes a user with a client certificate of its own, so that audit entries and RBAC tell it from
// others, and returns its access in both forms. It has the rights of its groups and no others; the
// API server adds system:authenticated. Service accounts are users too:
//
//	cp.User("system:serviceaccount:argocd:argocd-application-controller", "system:serviceaccounts")
func (cp *ControlPlane) User(name string, groups ...string) (*rest.Config, []byte, error) {
	cp.mu.Lock() // envtest's certificate authority counts its serial numbers without a lock
	defer cp.mu.Unlock()
	user, err := cp.env.AddUser(envtest.User{Name: name, Groups: groups}, &rest.Config{QPS: -1})
	if err != nil {
		return nil, nil, fmt.Errorf("making user %s: %w", name, err)
	}
	kubeconfig, err := user.KubeConfig()
	if err != nil {
		return nil, nil, fmt.Errorf("writing the kubeconfig of %s: %w", name, err)
	}
	return user.Config(), kubeconfig, nil
}

// Stop ends every program, by SIGKILL where it does not end by itself within 20 seconds, and waits
// until it is gone. The second call does nothing. Close watches before: an API server with open ones
// takes its time.
func (cp *ControlPlane) Stop() error {
	cp.mu.Lock()
	defer cp.mu.Unlock()
	if cp.stopped {
		return nil
	}
	cp.stopped = true
	var errs []error
	if cp.manager != nil {
		errs = append(errs, cp.manager.stop(stopTimeout))
	}
	if cp.env != nil {
		errs = append(errs, cp.env.Stop())
	}
	errs = append(errs, awaitGone(cp.processIDs(etcd, kubeAPIServer, kubeControllerMgr), stopTimeout))
	if cp.guard != nil {
		errs = append(errs, cp.guard.release())
	}
	for _, log := range cp.logs {
		errs = append(errs, log.Close())
	}
	return errors.Join(append(errs, os.RemoveAll(cp.dir))...)
}

func (cp *ControlPlane) path(elem ...string) string {
	return filepath.Join(append([]string{cp.dir}, elem...)...)
}
