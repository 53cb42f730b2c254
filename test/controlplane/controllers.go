package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// startControllers runs kube-controller-manager without any port: nothing asks it, and no port can clash.
func (cp *ControlPlane) startControllers(ctx context.Context, assets string, controllers []string) error {
	_, kubeconfig, err := cp.User("system:kube-controller-manager", "system:masters")
	if err != nil {
		return err
	}
	file := cp.path("controllers.kubeconfig")
	if err := os.WriteFile(file, kubeconfig, 0o600); err != nil {
		return fmt.Errorf("writing the kubeconfig of %s: %w", kubeControllerMgr, err)
	}
	launcher, log, err := cp.prepare(assets, kubeControllerMgr)
	if err != nil {
		return err
	}
	cmd := exec.Command(launcher, "--kubeconfig="+file, "--controllers="+strings.Join(controllers, ","),
		"--secure-port=0", "--leader-elect=false", "--kube-api-qps=1000", "--kube-api-burst=2000")
	cmd.Stdout, cmd.Stderr = log, log
	if cp.manager, err = startProcess(cmd); err != nil {
		return fmt.Errorf("starting %s: %w", kubeControllerMgr, err)
	}
	if err := cp.awaitControllers(ctx, controllers); err != nil {
		return fmt.Errorf("starting %s: %w%s", kubeControllerMgr, err, cp.lastWords(kubeControllerMgr))
	}
	return nil
}

// awaitControllers waits until the garbage collector, the slowest to start, collects: it must first
// have listed every kind. Without this, a test's deadline for a deletion would run from too early.
func (cp *ControlPlane) awaitControllers(ctx context.Context, controllers []string) error {
	if !slices.Contains(controllers, "garbage-collector-controller") {
		return cp.manager.alive(ctx, 2*time.Second)
	}
	c, err := client.New(cp.Config(), client.Options{})
	if err != nil {
		return err
	}
	orphan := &corev1.ConfigMap{ObjectMeta: metav1.ObjectMeta{
		Namespace: "default", Name: "controlplane-probe",
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "v1", Kind: "ConfigMap", Name: "nobody", UID: "nobody"}},
	}}
	if err := c.Create(ctx, orphan); err != nil {
		return fmt.Errorf("creating the orphan to collect: %w", err)
	}
	ctx, cancel := context.WithTimeoutCause(ctx, startTimeout, errors.New("the garbage collector collects nothing"))
	defer cancel()
	for {
		err := c.Get(ctx, client.ObjectKeyFromObject(orphan), &corev1.ConfigMap{})
		if apierrors.IsNotFound(err) {
			return nil
		}
		if err := cp.manager.alive(ctx, 100*time.Millisecond); err != nil {
			return err
		}
	}
}

// process is a program that this package started itself; envtest looks after its own.
type process struct {
	cmd    *exec.Cmd
	exited chan struct{} // closed when it has ended; its end is then in cmd.ProcessState
}

// startProcess gives the program a process group of its own: Ctrl-C in a terminal reaches the whole
// group of the test, and the controllers must outlive the test's own deletions.
func startProcess(cmd *exec.Cmd) (*process, error) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	p := &process{cmd: cmd, exited: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(p.exited)
	}()
	return p, nil
}

// alive waits and returns an error if the program ends, or the context does, in the meantime.
func (p *process) alive(ctx context.Context, during time.Duration) error {
	select {
	case <-p.exited:
		return fmt.Errorf("it ended by itself: %v", p.cmd.ProcessState)
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(during):
		return nil
	}
}

// stop ends the program and returns when it is gone.
func (p *process) stop(timeout time.Duration) error {
	_ = p.cmd.Process.Signal(syscall.SIGTERM) // fails only where it has ended already
	select {
	case <-p.exited:
		return nil
	case <-time.After(timeout):
	}
	_ = p.cmd.Process.Kill()
	<-p.exited
	return fmt.Errorf("%s did not end within %s of SIGTERM and was killed", p.cmd.Path, timeout)
}
