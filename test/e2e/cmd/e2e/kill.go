package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/test/e2e/suite"
)

// killSeed is AFROAPP_E2E_KILL, or one by chance; 0 leaves the operator in peace.
func killSeed() (uint64, error) {
	given := os.Getenv("AFROAPP_E2E_KILL")
	if given == "" {
		return 1 + rand.Uint64N(1<<32), nil
	}
	seed, err := strconv.ParseUint(given, 10, 64)
	if err != nil {
		return 0, fmt.Errorf("AFROAPP_E2E_KILL is no number: %w", err)
	}
	return seed, nil
}

// kill the operator at random from now on.
func (l *lab) kill(ctx context.Context, seed uint64) (stop func() error, err error) {
	l.say("the operator is killed at random; AFROAPP_E2E_KILL=%d kills at the same moments again, AFROAPP_E2E_KILL=0 never", seed)
	cmd := l.node.Inside(ctx, l.node.Program("e2e"), "kill", "--kubeconfig", l.node.Kubeconfig(), "--logs", filepath.Join(l.state, "log"), "--seed", fmt.Sprint(seed))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() error {
		_ = cmd.Process.Signal(os.Interrupt) // gone already where it failed
		if err := cmd.Wait(); err != nil {
			return fmt.Errorf("killing the operator: %w", err)
		}
		return nil
	}, nil
}

// between two kills: sometimes before the next one leads, sometimes long after.
const (
	leastBetween = 5 * time.Second
	mostBetween  = 60 * time.Second
)

// killOperator kills processes of the operator at random, as a node that runs out of memory does, until it is ended. Which
// one is killed when follows from the seed alone; what it is doing then does not.
func killOperator(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("kill", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "the cluster")
	logs := flags.String("logs", "", "folder that keeps what the killed have said: their pods go, and with them their logs")
	seed := flags.Uint64("seed", 0, "what the moments follow from")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	cluster, err := client.New(config, client.Options{})
	if err != nil {
		return err
	}
	pods, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	k := killer{cluster: cluster, pods: pods, logs: *logs}
	random, kills := rand.New(rand.NewPCG(*seed, 0)), 0
	began := time.Now()
	for {
		wait := leastBetween + time.Duration(random.Int64N(int64(mostBetween-leastBetween)))
		which := random.Int()
		select {
		case <-ctx.Done():
			fmt.Fprintf(os.Stderr, "the operator was killed %d times\n", kills)
			if kills == 0 && time.Since(began) > 2*mostBetween {
				return errors.New("it never was")
			}
			return nil
		case <-time.After(wait):
		}
		killed, err := k.one(ctx, which)
		if err != nil {
			fmt.Fprintln(os.Stderr, "killing the operator:", err)
			continue
		}
		if killed {
			kills++
		}
	}
}

type killer struct {
	cluster client.Client
	pods    kubernetes.Interface
	logs    string
}

// one is killed with SIGKILL; then its pod is deleted, because the kubelet would wait longer and longer between restarts.
func (k killer) one(ctx context.Context, which int) (bool, error) {
	pods := &corev1.PodList{}
	if err := k.cluster.List(ctx, pods, suite.OperatorPods...); err != nil {
		return false, err
	}
	if len(pods.Items) == 0 {
		return false, nil
	}
	pod := &pods.Items[which%len(pods.Items)]
	pids := processesOf(string(pod.UID))
	if len(pids) == 0 {
		return false, nil // it has not begun yet
	}
	if err := k.keepLog(ctx, pod); err != nil {
		fmt.Fprintln(os.Stderr, "the log of the operator:", err)
	}
	for _, pid := range pids {
		if err := syscall.Kill(pid, syscall.SIGKILL); err != nil && err != syscall.ESRCH {
			return false, err
		}
	}
	fmt.Fprintf(os.Stderr, "%s killed %s\n", time.Now().UTC().Format(time.TimeOnly), pod.Name)
	return true, client.IgnoreNotFound(k.cluster.Delete(ctx, pod, client.GracePeriodSeconds(0)))
}

func (k killer) keepLog(ctx context.Context, pod *corev1.Pod) error {
	said, err := k.pods.CoreV1().Pods(pod.Namespace).GetLogs(pod.Name, &corev1.PodLogOptions{}).DoRaw(ctx)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(k.logs, "killed-"+pod.Name+".log"), said, 0o644)
}

// processesOf a pod that are the manager: its pause container is not.
func processesOf(pod string) []int {
	folders, _ := filepath.Glob("/proc/[0-9]*") // the pattern is right
	var pids []int
	for _, folder := range folders {
		cgroup, err := os.ReadFile(filepath.Join(folder, "cgroup"))
		if err != nil || !strings.Contains(string(cgroup), "/pod"+pod+"/") {
			continue
		}
		command, err := os.ReadFile(filepath.Join(folder, "cmdline"))
		if err != nil || !strings.HasPrefix(string(command), "/manager\x00") {
			continue
		}
		if pid, err := strconv.Atoi(filepath.Base(folder)); err == nil {
			pids = append(pids, pid)
		}
	}
	return pids
}
