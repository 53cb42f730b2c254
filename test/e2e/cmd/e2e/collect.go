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

	"github.com/afrotomation/afroapp/test/e2e/node"
	"github.com/afrotomation/afroapp/test/pinned"
)

// collect writes what somebody needs who was not there: every object but Secrets, the events, the logs of pods and of the
// node's own processes. What cannot be had is said in its place.
func collect(ctx context.Context, n *node.Node, state, into string) error {
	// Also after Ctrl-C, and also when nobody answers.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 2*time.Minute)
	defer cancel()
	for _, folder := range []string{"objects", "logs", "node"} {
		if err := os.MkdirAll(filepath.Join(into, folder), 0o755); err != nil {
			return err
		}
	}
	c := collector{ctx: ctx, node: n}
	errs := []error{copyLogs(filepath.Join(state, "log"), filepath.Join(into, "node"))}
	kinds, err := pinned.Output(c.kubectl("api-resources", "--verbs=list", "-o", "name"))
	if err != nil {
		return errors.Join(append(errs, fmt.Errorf("collecting objects: %w", err))...)
	}
	for _, kind := range strings.Fields(kinds) {
		if kind != "secrets" {
			errs = append(errs, c.write(filepath.Join(into, "objects", kind+".yaml"), "get", kind, "-A", "-o", "yaml"))
		}
	}
	errs = append(errs, c.write(filepath.Join(into, "events.txt"), "get", "events", "-A", "--sort-by=.metadata.creationTimestamp"))
	pods := c.ask("get", "pods", "-A", "-o", `jsonpath={range .items[*]}{.metadata.namespace}{" "}{.metadata.name}{"\n"}{end}`)
	for line := range strings.Lines(pods) {
		namespace, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		file := filepath.Join(into, "logs", namespace+"_"+name)
		errs = append(errs, c.write(file+".log", "logs", "-n", namespace, name, "--all-containers", "--prefix", "--tail=5000"))
		if before := c.ask("logs", "-n", namespace, name, "--all-containers", "--prefix", "--tail=5000", "--previous"); !strings.HasPrefix(before, "Error") {
			errs = append(errs, os.WriteFile(file+".before-restart.log", []byte(before), 0o644))
		}
	}
	return errors.Join(errs...)
}

// copyLogs of the node's own processes, and of those of the operator that were killed.
func copyLogs(from, into string) error {
	logs, err := filepath.Glob(filepath.Join(from, "*.log"))
	errs := []error{err, os.MkdirAll(into, 0o755)}
	for _, log := range logs {
		content, err := os.ReadFile(log)
		errs = append(errs, err, os.WriteFile(filepath.Join(into, filepath.Base(log)), content, 0o644))
	}
	return errors.Join(errs...)
}

type collector struct {
	ctx  context.Context
	node *node.Node
}

func (c collector) kubectl(words ...string) *exec.Cmd {
	return c.node.Inside(c.ctx, c.node.Program("kubectl"), append(words, "--request-timeout=20s")...)
}

func (c collector) ask(words ...string) string {
	out, err := c.kubectl(words...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return fmt.Sprint(err)
	}
	return string(out)
}

func (c collector) write(path string, words ...string) error {
	return os.WriteFile(path, []byte(c.ask(words...)), 0o644)
}
