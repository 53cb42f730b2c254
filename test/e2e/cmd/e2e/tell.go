package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/afrotomation/afroapp/test/e2e/node"
	"github.com/afrotomation/afroapp/test/pinned"
)

const storiesFolder = "test/e2e/stories"

// patience is the factor for limits while the operator is killed: another has to take over its lease first.
const patience = "3"

// tell compiles the stories here, where modules can be had, and runs them inside the node's network.
func tell(ctx context.Context, n *node.Node, state string, chosen []string, killed bool) error {
	root, err := checkout()
	if err != nil {
		return err
	}
	stories, err := find(filepath.Join(root, storiesFolder), chosen)
	if err != nil {
		return err
	}
	t := teller{ctx: ctx, node: n, state: state, folder: filepath.Join(root, storiesFolder), killed: killed}
	var failed []string
	for _, wave := range inWaves(stories) {
		if err := t.compile(wave); err != nil {
			return err
		}
		failed = append(failed, t.wave(wave)...)
		if ctx.Err() != nil {
			return context.Cause(ctx)
		}
	}
	if len(failed) == 0 {
		return nil
	}
	into := filepath.Join(root, "bin", "e2e-failed")
	return errors.Join(fmt.Errorf("failed: %s; objects, events and logs are in %s", strings.Join(failed, ", "), into), collect(ctx, n, state, into))
}

type teller struct {
	ctx           context.Context
	node          *node.Node
	state, folder string
	killed        bool
}

func (t teller) binary(story string) string { return filepath.Join(t.state, "stories", story) }

func (t teller) compile(stories []string) error {
	for _, story := range stories {
		cmd := exec.CommandContext(t.ctx, "go", "test", "-tags", "e2e", "-c", "-o", t.binary(story), ".")
		cmd.Dir = filepath.Join(t.folder, story)
		if _, err := pinned.Output(cmd); err != nil {
			return fmt.Errorf("compiling %s: %w", story, err)
		}
	}
	return nil
}

// wave tells stories at the same time, prints each when it has ended, and returns those that failed.
func (t teller) wave(stories []string) []string {
	type told struct {
		story  string
		output *bytes.Buffer
		err    error
	}
	ended := make(chan told)
	for _, story := range stories {
		cmd, output := t.command(story), &bytes.Buffer{}
		cmd.Stdout, cmd.Stderr = output, output
		// Started here: a process of a thread that ends would end with it.
		if err := cmd.Start(); err != nil {
			output.WriteString(err.Error())
		}
		go func() { ended <- told{story, output, cmd.Wait()} }()
	}
	var failed []string
	for range stories {
		one := <-ended
		_, _ = os.Stdout.Write(one.output.Bytes())
		if one.err != nil {
			failed = append(failed, one.story)
		}
	}
	return failed
}

func (t teller) command(story string) *exec.Cmd {
	cmd := t.node.Inside(t.ctx, t.binary(story), "-test.v", "-test.timeout", "40m")
	cmd.Dir = filepath.Join(t.folder, story)
	cmd.Env = append(cmd.Env, "AFROAPP_E2E_LAB="+filepath.Join(t.state, "lab.yaml"), "GIT_SSL_CAINFO="+filepath.Join(t.state, "pki", "ca.crt"))
	if t.killed && os.Getenv("AFROAPP_E2E_WAIT") == "" {
		cmd.Env = append(cmd.Env, "AFROAPP_E2E_WAIT="+patience)
	}
	return cmd
}
