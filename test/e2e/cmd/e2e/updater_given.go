package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"time"

	"github.com/afrotomation/afroapp/test/pinned"
)

// givenVariable names a command of argocd-image-updater, 1.1.1 or later, that takes the place of its actor.
const givenVariable = "AFROAPP_E2E_IMAGE_UPDATER"

func givenUpdater() string { return os.Getenv(givenVariable) }

// missingUpdater says what is wrong with the image-updater that is given, if anything.
func missingUpdater() string {
	program := givenUpdater()
	if program == "" || filepath.IsAbs(program) && pinned.Executable(program) {
		return ""
	}
	return fmt.Sprintf("the command that %s names (%s is no absolute path of a file that can be run)", givenVariable, program)
}

// given is a real image-updater beside the node's other processes.
type given struct{ program, kubeconfig, state string }

func (g given) path(words ...string) string {
	return filepath.Join(append([]string{g.state, "updater"}, words...)...)
}

// prepare writes what its installation would give it: the registry that speaks plain HTTP, and whom the Git server is to be
// trusted by.
func (g given) prepare() error {
	authority, err := os.ReadFile(authorityFile(g.state))
	if err != nil {
		return err
	}
	for path, content := range map[string]string{
		g.path("registries.conf"): `registries:
- {name: lab, prefix: "registry.lab.internal:5000", api_url: "http://registry.lab.internal:5000", insecure: true}
`,
		g.path("tls", "git.lab.internal"): string(authority),
		g.path("ssh", "ssh_known_hosts"):  "",
		g.path("home", ".keep"):           "",
		g.path("tmp", ".keep"):            "",
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// command finds names by the cluster's DNS: it is not in a pod, so it gets a resolv.conf of its own.
func (g given) command(ctx context.Context) *exec.Cmd {
	cmd := exec.CommandContext(ctx, "unshare", "--mount", "--propagation", "private",
		"sh", "-c", `mount --bind "$0" /etc/resolv.conf && exec "$@"`, filepath.Join(g.state, "etc", "resolv.conf"),
		g.program, "run", "--kubeconfig", g.kubeconfig, "--argocd-namespace", "argocd", "--watch-namespaces", "argocd",
		"--interval", updaterInterval.String(), "--registries-conf-path", g.path("registries.conf"), "--leader-election=false",
		"--health-probe-bind-address", "127.0.0.1:15010", "--metrics-bind-address", "127.0.0.1:15011", "--metrics-secure=false",
		"--loglevel", "debug")
	// It has two clients: one reads the flag, the other the variable.
	cmd.Env = append(os.Environ(), "KUBECONFIG="+g.kubeconfig, "HOME="+g.path("home"), "TMPDIR="+g.path("tmp"),
		"ARGOCD_ASK_PASS_SOCK="+g.path("askpass.sock"), "ARGOCD_TLS_DATA_PATH="+g.path("tls"), "ARGOCD_SSH_DATA_PATH="+g.path("ssh"))
	cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	return cmd
}
