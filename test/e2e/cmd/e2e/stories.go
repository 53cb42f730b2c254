package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

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
	seed, err := killSeed()
	if err != nil {
		return err
	}
	if seed != 0 {
		stop, err := l.kill(ctx, seed)
		if err != nil {
			return err
		}
		defer stop()
	}
	watch := l.watchMemory()
	err = tell(ctx, l.node, l.state, stories, seed != 0)
	l.say("the stories are told; at most %d MiB of memory were in use", watch())
	return err
}

// test runs stories on the node of `up`, and leaves the operator in peace.
func test(ctx context.Context, stories []string) error {
	state := stateFolder(nodeName())
	n, err := node.Running(state)
	if err != nil {
		return err
	}
	return tell(ctx, n, state, stories, false)
}

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
func (l *lab) kill(ctx context.Context, seed uint64) (stop func(), err error) {
	l.say("the operator is killed at random; AFROAPP_E2E_KILL=%d kills at the same moments again, AFROAPP_E2E_KILL=0 never", seed)
	cmd := l.node.Inside(ctx, l.node.Program("e2e"), "kill", "--kubeconfig", l.node.Kubeconfig(), "--seed", fmt.Sprint(seed))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	return func() {
		_ = cmd.Process.Signal(os.Interrupt) // gone already where it failed
		_ = cmd.Wait()
	}, nil
}

// watchMemory looks every few seconds; what it returns ends that, and says the most that was seen, in MiB.
func (l *lab) watchMemory() func() int {
	most, done, ended := 0, make(chan struct{}), make(chan struct{})
	go func() {
		defer close(ended)
		for {
			if now, err := l.node.Memory(); err == nil {
				most = max(most, now)
			}
			select {
			case <-done:
				return
			case <-time.After(10 * time.Second):
			}
		}
	}()
	return func() int {
		close(done)
		<-ended
		return most
	}
}

// waves of stories: those of a wave are told at the same time. What a wave changes, the next ones rest on: the fleet has
// an AfroPlatform of its own, and stays.
var waves = [][]string{
	{"first-app", "push", "drift", "edit", "delete"},
	{"fleet", "silent"},
	{"upgrade"},
}

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
		if out, err := cmd.CombinedOutput(); err != nil {
			return fmt.Errorf("compiling %s: %w: %s", story, err, pinned.LastLine(string(out)))
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

// inWaves sorts stories into waves; one that no wave names comes last, by itself.
func inWaves(stories []string) [][]string {
	var sorted [][]string
	known := map[string]bool{}
	for _, wave := range waves {
		var now []string
		for _, story := range wave {
			known[story] = true
			if slices.Contains(stories, story) {
				now = append(now, story)
			}
		}
		if len(now) > 0 {
			sorted = append(sorted, now)
		}
	}
	for _, story := range stories {
		if !known[story] {
			sorted = append(sorted, []string{story})
		}
	}
	return sorted
}

// find the stories that were chosen, or all.
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
	return there, nil
}

// writeLab says to the stories what is around the node.
func (l *lab) writeLab() error {
	lab := suite.Lab{
		Registry: "registry.lab.internal:5000", Push: node.Address + ":5000", Workload: filepath.Join(l.state, "bin", "app"),
		Domain: "apps.lab.internal", Edge: node.Address, Trust: filepath.Join(l.state, "edge-ca.crt"),
		Infra: "https://git.lab.internal:3000/infra.git", InfraPush: "https://" + node.Address + ":3000/infra.git",
		Updater: "actor", Store: "http://s3.lab.internal:7070", Owned: true, Operator: nextManifest(l.state),
		Evidence: os.Getenv("AFROAPP_E2E_EVIDENCE"),
	}
	raw, err := yaml.Marshal(lab)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(l.state, "lab.yaml"), raw, 0o644)
}
