package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/test/e2e/node"
	"github.com/afrotomation/afroapp/test/e2e/suite"
	"github.com/afrotomation/afroapp/test/pinned"
)

const storiesFolder = "test/e2e/stories"

// run is the whole of `make e2e`.
func run(ctx context.Context, stories []string) (err error) {
	l, err := prepare(ctx)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, l.end()) }()
	if err := l.start(ctx); err != nil {
		return err
	}
	return l.tell(ctx, stories)
}

// test runs stories on the node of `up`.
func test(ctx context.Context, stories []string) error {
	state := stateFolder(nodeName())
	n, err := node.Running(state)
	if err != nil {
		return err
	}
	return tell(ctx, n, state, stories)
}

func (l *lab) tell(ctx context.Context, stories []string) error {
	return tell(ctx, l.node, l.state, stories)
}

// tell compiles the stories here, where modules can be had, and runs them inside the node's network, one after the other.
func tell(ctx context.Context, n *node.Node, state string, chosen []string) error {
	root, err := checkout()
	if err != nil {
		return err
	}
	stories, err := find(filepath.Join(root, storiesFolder), chosen)
	if err != nil {
		return err
	}
	var failed []string
	for _, story := range stories {
		dir := filepath.Join(root, storiesFolder, story)
		binary := filepath.Join(state, "stories", story)
		compile := exec.CommandContext(ctx, "go", "test", "-tags", "e2e", "-c", "-o", binary, ".")
		compile.Dir = dir
		if out, err := compile.CombinedOutput(); err != nil {
			return fmt.Errorf("compiling %s: %w: %s", story, err, pinned.LastLine(string(out)))
		}
		cmd := n.Inside(ctx, binary, "-test.v", "-test.timeout", "30m")
		cmd.Dir = dir
		cmd.Env = append(cmd.Env, "AFROAPP_E2E_LAB="+filepath.Join(state, "lab.yaml"), "GIT_SSL_CAINFO="+filepath.Join(state, "pki", "ca.crt"))
		cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
		if err := cmd.Run(); err != nil {
			if ctx.Err() != nil {
				return context.Cause(ctx)
			}
			failed = append(failed, story)
		}
	}
	if len(failed) > 0 {
		return fmt.Errorf("failed: %s", strings.Join(failed, ", "))
	}
	return nil
}

// order of the stories: later ones change what earlier ones rest on.
var order = []string{"first-app", "push", "silent", "drift", "edit", "delete", "fleet", "upgrade"}

func find(folder string, chosen []string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var there []string
	for _, entry := range entries {
		if entry.IsDir() {
			there = append(there, entry.Name())
		}
	}
	for _, story := range chosen {
		if !slices.Contains(there, story) {
			return nil, fmt.Errorf("no story %q; there are %s", story, strings.Join(there, ", "))
		}
	}
	if len(chosen) > 0 {
		return chosen, nil
	}
	slices.SortStableFunc(there, func(a, b string) int { return slices.Index(order, a) - slices.Index(order, b) })
	return there, nil
}

// writeLab says to the stories what is around the node.
func (l *lab) writeLab() error {
	lab := suite.Lab{
		Registry: "registry.lab.internal:5000", Push: node.Address + ":5000", Workload: filepath.Join(l.state, "bin", "app"),
		Domain: "apps.lab.internal", Edge: node.Address, Trust: filepath.Join(l.state, "edge-ca.crt"),
		Infra: "https://git.lab.internal:3000/infra.git", InfraPush: "https://" + node.Address + ":3000/infra.git",
		Updater: "actor", Store: "http://s3.lab.internal:7070", Owned: true,
	}
	raw, err := yaml.Marshal(lab)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.state, "lab.yaml"), raw, 0o644)
}
