package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/afrotomation/afroapp/test/e2e/build"
	"github.com/afrotomation/afroapp/test/e2e/node"
	"github.com/afrotomation/afroapp/test/evidence"
)

// lifetime after which a node that nobody ended ends by itself.
const lifetime = 2 * time.Hour

// lab is a node with everything on it.
type lab struct {
	kit    build.Kit
	node   *node.Node
	name   string
	state  string
	before node.Traces
	began  time.Time
}

func (l *lab) say(format string, args ...any) {
	fmt.Fprintf(os.Stderr, "%6.1fs  %s\n", time.Since(l.began).Seconds(), fmt.Sprintf(format, args...))
}

// checkout is the folder that holds the test folder.
func checkout() (string, error) {
	out, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "github.com/afrotomation/afroapp").Output()
	if err != nil {
		return "", fmt.Errorf("run it inside a checkout: %w", err)
	}
	return strings.TrimSpace(string(out)), nil
}

// findKit finds what a node is built from, in the checkout.
func findKit(ctx context.Context) (root string, kit build.Kit, err error) {
	if root, err = checkout(); err != nil {
		return "", build.Kit{}, err
	}
	kit, err = build.Find(ctx, filepath.Join(root, "test"))
	return root, kit, err
}

func check(context.Context, []string) error {
	missing := node.Missing()
	if wrong := missingUpdater(); wrong != "" {
		missing = append(missing, wrong)
	}
	if len(missing) > 0 {
		return fmt.Errorf("%w: %s", errMissing, strings.Join(missing, "; "))
	}
	return nil
}

func packages(context.Context, []string) error {
	for _, name := range node.MissingPackages() {
		fmt.Println(name)
	}
	return nil
}

func missing(ctx context.Context, _ []string) error {
	_, kit, err := findKit(ctx)
	if err != nil {
		return err
	}
	things, err := kit.Missing()
	for _, thing := range things {
		fmt.Println(thing)
	}
	return err
}

func compareEvidence(_ context.Context, folders []string) error {
	if len(folders) != 2 {
		return errors.New("evidence takes two folders, the old one and the new one")
	}
	lines, err := evidence.CompareFolders(folders[0], folders[1])
	for _, line := range lines {
		fmt.Println(line)
	}
	return err
}

func buildAll(ctx context.Context, _ []string) error {
	_, err := prepare(ctx)
	return err
}

// prepare checks this machine and builds what is missing.
func prepare(ctx context.Context) (*lab, error) {
	if err := check(ctx, nil); err != nil {
		return nil, err
	}
	root, kit, err := findKit(ctx)
	if err != nil {
		return nil, err
	}
	l := &lab{began: time.Now(), kit: kit}
	if err := l.kit.Ensure(ctx, func(line string) { l.say("%s", line) }); err != nil {
		return nil, err
	}
	return l, buildOperator(ctx, root)
}

// nodeName names the node, its cgroup and its state folder: AFROAPP_E2E_NODE lets several run at a time.
func nodeName() string {
	if name := os.Getenv("AFROAPP_E2E_NODE"); name != "" {
		return "afroapp-" + name
	}
	return "afroapp-e2e"
}

func stateFolder(name string) string { return filepath.Join(os.TempDir(), name) }

// failures is the folder for what is collected.
func failures(checkout string) string { return filepath.Join(checkout, "bin", "e2e-failed") }

// start brings the node up, with the peers and the operator on it.
func (l *lab) start(ctx context.Context) error {
	l.name = nodeName()
	l.state = stateFolder(l.name)
	if _, err := os.Stat(l.state); err == nil {
		return fmt.Errorf("%s is there: another node of this name runs, or one was killed; end it, or remove the folder", l.state)
	}
	var err error
	if l.before, err = node.Look(l.name, l.state); err != nil {
		return err
	}
	self, err := os.Executable()
	if err != nil {
		return err
	}
	programs, err := l.kit.Programs.Paths()
	if err != nil {
		return err
	}
	programs["e2e"] = self
	l.node, err = node.Start(ctx, node.Options{
		Name: l.name, State: l.state, Store: l.kit.Store, Programs: programs, Lifetime: lifetime,
		Config: map[string]string{"registry.yaml": build.RegistryConfig(filepath.Join(l.state, "registry", "merged"), node.Address+":5000")},
	})
	if err != nil {
		into := filepath.Join(failures(l.kit.Checkout()), "node")
		return errors.Join(fmt.Errorf("%w; its logs are in %s", err, into), copyLogs(filepath.Join(l.state, "log"), into))
	}
	l.say("the node's API server answers")
	if err := l.kit.Peers(ctx, filepath.Join(l.state, "peers")); err != nil {
		return err
	}
	if err := l.writeLab(); err != nil {
		return err
	}
	cmd := l.node.Inside(ctx, self, "install", l.state, l.kit.Checkout())
	cmd.Stdout, cmd.Stderr = os.Stderr, os.Stderr
	if err := cmd.Run(); err != nil {
		into := filepath.Join(failures(l.kit.Checkout()), "install")
		return errors.Join(fmt.Errorf("installing: %w; objects, events and logs are in %s", err, into), collect(ctx, l.node, l.state, into))
	}
	l.say("the peers and the operator are ready")
	return nil
}

// end takes everything down, and fails when something is left on the host.
func (l *lab) end() error {
	if l.before == nil { // it never began
		return nil
	}
	var err error
	if l.node != nil {
		err = l.node.Stop()
	}
	size, _ := exec.Command("du", "-sm", l.state).Output()
	after, lookErr := node.Look(l.name, l.state)
	if left := node.Left(l.before, after); len(left) > 0 {
		err = errors.Join(err, fmt.Errorf("left on this machine: %s", strings.Join(left, "; ")))
	}
	err = errors.Join(err, lookErr, os.RemoveAll(l.state))
	if err == nil {
		l.say("the node is down and nothing is left of it; its state had %s MiB", strings.Fields(string(size) + " ?")[0])
	}
	return err
}

func up(ctx context.Context, _ []string) (err error) {
	l, err := prepare(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.end()) }()
	if err := l.start(ctx); err != nil {
		return err
	}
	l.say("stays until Ctrl-C, at most %s", lifetime)
	select {
	case <-ctx.Done():
	case <-l.node.Ended():
		return errors.New("the node ended")
	}
	return nil
}

// kubectl talks to the node of `up`.
func kubectl(ctx context.Context, words []string) error {
	n, err := node.Running(stateFolder(nodeName()))
	if err != nil {
		return err
	}
	cmd := n.Inside(ctx, n.Program("kubectl"), words...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = os.Stdin, os.Stdout, os.Stderr
	return cmd.Run()
}
