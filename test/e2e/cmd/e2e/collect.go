package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/afrotomation/afroapp/test/e2e/node"
)

// collect writes what somebody needs who was not there: every object but Secrets, the events, the logs of pods and of the
// node's own processes. What cannot be had is said in its place.
func collect(ctx context.Context, n *node.Node, state, into string) error {
	for _, folder := range []string{"objects", "logs", "node"} {
		if err := os.MkdirAll(filepath.Join(into, folder), 0o755); err != nil {
			return err
		}
	}
	c := collector{ctx: ctx, node: n}
	kinds := strings.Fields(c.ask("api-resources", "--verbs=list", "-o", "name"))
	var errs []error
	for _, kind := range kinds {
		if kind != "secrets" {
			errs = append(errs, c.write(filepath.Join(into, "objects", kind+".yaml"), "get", kind, "-A", "-o", "yaml"))
		}
	}
	errs = append(errs, c.write(filepath.Join(into, "events.txt"), "get", "events", "-A", "--sort-by=.metadata.creationTimestamp"))
	pods := c.ask("get", "pods", "-A", "-o", `jsonpath={range .items[*]}{.metadata.namespace}{" "}{.metadata.name}{"\n"}{end}`)
	for line := range strings.Lines(pods) {
		namespace, name, _ := strings.Cut(strings.TrimSpace(line), " ")
		errs = append(errs, c.write(filepath.Join(into, "logs", namespace+"_"+name+".log"), "logs", "-n", namespace, name, "--all-containers", "--prefix", "--tail=5000"))
	}
	logs, err := filepath.Glob(filepath.Join(state, "log", "*.log"))
	errs = append(errs, err)
	for _, log := range logs {
		content, err := os.ReadFile(log)
		errs = append(errs, err, os.WriteFile(filepath.Join(into, "node", filepath.Base(log)), content, 0o644))
	}
	return errors.Join(errs...)
}

type collector struct {
	ctx  context.Context
	node *node.Node
}

func (c collector) ask(words ...string) string {
	out, err := c.node.Inside(c.ctx, c.node.Program("kubectl"), words...).CombinedOutput()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		return fmt.Sprint(err)
	}
	return string(out)
}

func (c collector) write(path string, words ...string) error {
	return os.WriteFile(path, []byte(c.ask(words...)), 0o644)
}
