package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"iter"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/afrotomation/afroapp/test/e2e/node"
	"github.com/afrotomation/afroapp/test/pinned"
)

const storiesFolder = "test/e2e/stories"

// patience is the factor for limits while the operator is killed: another has to take over its lease first.
const patience = "3"

// manner in which stories are told.
type manner struct {
	killed bool // the operator is killed meanwhile
	whole  bool // nothing may be missing but the image-updater that nobody gave: a story that is skipped is a failure
}

// tell compiles the stories here, where modules can be had, and runs them inside the node's network.
func tell(ctx context.Context, n *node.Node, state string, chosen []string, how manner) error {
	root, err := checkout()
	if err != nil {
		return err
	}
	stories, err := find(filepath.Join(root, storiesFolder), chosen)
	if err != nil {
		return err
	}
	t := &teller{manner: how, ctx: ctx, node: n, state: state, folder: filepath.Join(root, storiesFolder), failures: failures(root)}
	if err := os.RemoveAll(t.failures); err != nil {
		return err
	}
	if err := t.compile(stories); err != nil {
		return err
	}
	err = t.all(stories)
	for _, story := range t.skipped {
		fmt.Fprintf(os.Stderr, "NOT TOLD: %s\n", story)
	}
	if len(t.failed) > 0 {
		err = errors.Join(err, fmt.Errorf("failed: %s; objects, events and logs are in %s", strings.Join(t.failed, ", "), t.failures), errors.Join(t.problems...))
	}
	return err
}

type teller struct {
	manner
	ctx           context.Context
	node          *node.Node
	state, folder string
	failures      string // folder for what is collected

	failed, skipped []string
	problems        []error // of collecting
}

func (t *teller) binaries() string { return filepath.Join(t.state, "stories") }

func (t *teller) compile(stories []string) error {
	words := []string{"test", "-tags", "e2e", "-c", "-o", t.binaries() + "/"}
	for _, story := range stories {
		words = append(words, "./"+story)
	}
	cmd := exec.CommandContext(t.ctx, "go", words...)
	cmd.Dir = t.folder
	if _, err := pinned.Output(cmd); err != nil {
		return fmt.Errorf("compiling the stories: %w", err)
	}
	return nil
}

// told is a story that has ended.
type told struct {
	story  string
	output []byte
	err    error
}

// all tells stories, each as soon as it may begin.
func (t *teller) all(waiting []string) error {
	ended := make(chan told)
	var telling []string
	for {
		for _, story := range next(waiting, telling) {
			t.begin(story, ended)
			telling = append(telling, story)
			waiting = without(waiting, story)
		}
		if len(telling) == 0 {
			return context.Cause(t.ctx)
		}
		one := <-ended
		telling = without(telling, one.story)
		t.hear(one)
		if t.ctx.Err() != nil {
			waiting = nil
		}
	}
}

func without(stories []string, story string) []string {
	return slices.DeleteFunc(slices.Clone(stories), func(s string) bool { return s == story })
}

// begin has to be called by the process's first thread: what another one starts would end with it.
func (t *teller) begin(story string, ended chan<- told) {
	cmd, output := t.command(story), &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = output, output
	if err := cmd.Start(); err != nil {
		go func() { ended <- told{story: story, err: err} }()
		return
	}
	go func() {
		err := cmd.Wait()
		ended <- told{story, output.Bytes(), err}
	}()
}

// hear prints a story, and collects at once where it failed: later ones change what is there.
func (t *teller) hear(one told) {
	_, _ = os.Stdout.Write(one.output)
	for why := range skips(string(one.output)) {
		t.skipped = append(t.skipped, one.story+": "+why)
		if t.whole && (one.story != "updater" || givenUpdater() != "") {
			t.failed = append(t.failed, one.story+" (skipped)")
		}
	}
	if one.err != nil {
		t.failed = append(t.failed, fmt.Sprintf("%s (%v)", one.story, one.err))
		t.problems = append(t.problems, collect(t.ctx, t.node, t.state, filepath.Join(t.failures, one.story)))
	}
}

// skips are the reasons for which a story was not told.
func skips(output string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for line := range strings.Lines(output) {
			if _, why, is := strings.Cut(line, "SKIPPED: "); is && !yield(strings.TrimSpace(why)) {
				return
			}
		}
	}
}

func (t *teller) command(story string) *exec.Cmd {
	cmd := t.node.Inside(t.ctx, filepath.Join(t.binaries(), story+".test"), "-test.v", "-test.timeout", "40m")
	cmd.Dir = filepath.Join(t.folder, story)
	// What a failed story made stays until it was collected: the node is taken down after it, or its next telling takes it away.
	cmd.Env = append(cmd.Env, "AFROAPP_E2E_KEEP=1", "AFROAPP_E2E_LAB="+filepath.Join(t.state, "lab.yaml"), "GIT_SSL_CAINFO="+authorityFile(t.state))
	if t.killed && os.Getenv("AFROAPP_E2E_WAIT") == "" {
		cmd.Env = append(cmd.Env, "AFROAPP_E2E_WAIT="+patience)
	}
	return cmd
}
