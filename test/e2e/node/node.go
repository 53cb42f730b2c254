// Package node brings up a real one-node Kubernetes in namespaces of its own, without a container engine and with no route
// out, and takes all of it down by ending one process.
package node

import (
	"context"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// Address of the node, and of everything that listens on it: on a link of its own network namespace.
const Address = "10.77.0.1"

// maxState keeps unix sockets below the state folder within the kernel's 108 bytes.
const maxState = 60

//go:embed node.sh
var script string

//go:embed all:config
var config embed.FS

// Options of a node.
type Options struct {
	Name     string            // of its cgroup
	State    string            // folder for all that it writes
	Store    string            // storage of the registry, see package build
	Programs map[string]string // name → path
	Config   map[string]string // further files below etc: name → content
	Lifetime time.Duration     // after which it ends by itself
}

// Node is a running node.
type Node struct {
	options Options
	cmd     *exec.Cmd
	ended   chan struct{}
	pid     int
}

// Start brings the node's processes up and waits for its API server. The calling thread has to live as long as the node:
// the kernel ends the node with it.
func Start(ctx context.Context, o Options) (*Node, error) {
	if len(o.State) > maxState {
		return nil, fmt.Errorf("the state folder %s is longer than %d characters, and unix sockets have to be below it", o.State, maxState)
	}
	if err := o.prepare(); err != nil {
		return nil, errors.Join(err, removeCgroups(o.Name))
	}
	log, err := os.Create(filepath.Join(o.State, "log", "node.log"))
	if err != nil {
		return nil, err
	}
	defer func() { _ = log.Close() }() // the child has its own
	cmd := exec.Command("unshare", "--mount", "--net", "--pid", "--uts", "--ipc", "--fork", "--kill-child=SIGKILL", "--propagation", "private",
		"bash", filepath.Join(o.State, "etc", "node.sh"))
	cmd.Env = append(os.Environ(), "NAME="+o.Name, "STATE="+o.State, "STORE="+o.Store, "LIFETIME="+strconv.Itoa(int(o.Lifetime.Seconds())))
	cmd.Stdout, cmd.Stderr = log, log
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Pdeathsig: syscall.SIGKILL}
	if err := cmd.Start(); err != nil {
		return nil, errors.Join(err, removeCgroups(o.Name))
	}
	n := &Node{options: o, cmd: cmd, ended: make(chan struct{})}
	go func() {
		_ = cmd.Wait()
		close(n.ended)
	}()
	if err := n.await(ctx); err != nil {
		return nil, errors.Join(err, n.Stop())
	}
	return n, nil
}

func (o Options) prepare() error {
	for _, dir := range []string{"bin", "etc", "git", "kubeconfig", "log", "pki", "pv", "run", "s3", "kubelet", "etcd"} {
		if err := os.MkdirAll(filepath.Join(o.State, dir), 0o755); err != nil {
			return err
		}
	}
	for name, path := range o.Programs {
		if err := os.Symlink(path, filepath.Join(o.State, "bin", name)); err != nil {
			return err
		}
	}
	if err := o.writeConfig(); err != nil {
		return err
	}
	if err := writeIdentities(o.State); err != nil {
		return fmt.Errorf("making the node's certificates: %w", err)
	}
	return makeCgroups(o.Name)
}

func (o Options) writeConfig() error {
	fill := strings.NewReplacer("@STATE@", o.State, "@NAME@", o.Name)
	etc := filepath.Join(o.State, "etc")
	files, err := fs.Sub(config, "config")
	if err != nil {
		return err
	}
	err = fs.WalkDir(files, ".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return errors.Join(err, os.MkdirAll(filepath.Join(etc, filepath.Dir(path)), 0o755))
		}
		data, err := fs.ReadFile(files, path)
		if err != nil {
			return err
		}
		return writeFile(filepath.Join(etc, path), fill.Replace(string(data)))
	})
	if err != nil {
		return err
	}
	for name, content := range o.Config {
		if err := writeFile(filepath.Join(etc, name), content); err != nil {
			return err
		}
	}
	return writeFile(filepath.Join(etc, "node.sh"), script)
}

func writeFile(path, content string) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return os.WriteFile(path, []byte(content), 0o644)
}

func (n *Node) await(ctx context.Context) error {
	up := filepath.Join(n.options.State, "run", "up")
	limit := time.After(2 * time.Minute)
	for {
		if _, err := os.Stat(up); err == nil {
			if n.pid, err = child(n.cmd.Process.Pid); err != nil {
				return err
			}
			return os.WriteFile(pidFile(n.options.State), fmt.Append(nil, n.pid), 0o644)
		}
		select {
		case <-ctx.Done():
			return context.Cause(ctx)
		case <-n.ended:
			return fmt.Errorf("the node ended while it started; see %s", filepath.Join(n.options.State, "log", "node.log"))
		case <-limit:
			return fmt.Errorf("the node's API server was not ready within 2 minutes; see %s", filepath.Join(n.options.State, "log"))
		case <-time.After(100 * time.Millisecond):
		}
	}
}

func child(pid int) (int, error) {
	data, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
	if err != nil {
		return 0, fmt.Errorf("finding the node's process 1: %w", err)
	}
	return strconv.Atoi(strings.TrimSpace(string(data)))
}

func pidFile(state string) string { return filepath.Join(state, "run", "pid") }

// Running is a node that another process started. It cannot be stopped through this.
func Running(state string) (*Node, error) {
	raw, err := os.ReadFile(pidFile(state))
	if err != nil {
		return nil, fmt.Errorf("no node is up: %w", err)
	}
	pid, err := strconv.Atoi(string(raw))
	return &Node{options: Options{State: state}, pid: pid}, err
}

// Program is the path of a command of the node.
func (n *Node) Program(name string) string { return filepath.Join(n.options.State, "bin", name) }

// Ended is closed when the node has ended, for whatever reason.
func (n *Node) Ended() <-chan struct{} { return n.ended }

// Kubeconfig of an administrator; it works inside the node's network only.
func (n *Node) Kubeconfig() string { return filepath.Join(n.options.State, "kubeconfig", "admin") }

// Inside is a command in the node's network namespace; files are those of the host.
func (n *Node) Inside(ctx context.Context, name string, args ...string) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "nsenter", append([]string{"-t", strconv.Itoa(n.pid), "-n", "--", name}, args...)...)
	Bind(cmd)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+n.Kubeconfig(), "PATH="+filepath.Join(n.options.State, "bin")+":"+os.Getenv("PATH"))
	return cmd
}

// Bind lets a command live no longer than this process, and end by itself when it is cancelled. It has to be started by
// the thread that lives as long as the process.
func Bind(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 20 * time.Second
}

// Stop ends the node and removes what outlives it: empty cgroup folders. The state folder is the caller's.
func (n *Node) Stop() error {
	if err := n.cmd.Process.Kill(); err != nil && !errors.Is(err, os.ErrProcessDone) {
		return err
	}
	<-n.ended
	for range 100 { // until the kernel has ended the last process in it
		if _, err := os.Stat(fmt.Sprintf("/proc/%d", n.pid)); n.pid == 0 || err != nil {
			break
		}
		time.Sleep(100 * time.Millisecond)
	}
	return removeCgroups(n.options.Name)
}
