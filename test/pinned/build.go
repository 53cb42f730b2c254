package pinned

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"time"
)

// ErrNoGo says that nothing can be built here.
var ErrNoGo = errors.New("building needs the go command in PATH; install Go")

// unfinished marks the folders of builds in progress; whoever holds the lock may remove them.
const unfinished = ".unfinished-"

// Complete says whether every program of the recipe is in the folder.
func (r Recipe) Complete(dir string) bool {
	for _, p := range r.Programs {
		if !Executable(filepath.Join(dir, p.Name)) {
			return false
		}
	}
	return true
}

// Ensure builds the programs into dir unless they are there. The folder appears complete or not at
// all: a test run that is interrupted must not leave half of them for the next one. Two callers at
// once build once.
func (r Recipe) Ensure(ctx context.Context, dir string, progress Progress) error {
	if r.Complete(dir) {
		return nil
	}
	parent := filepath.Dir(dir)
	if err := os.MkdirAll(parent, 0o755); err != nil {
		return fmt.Errorf("making the cache folder: %w", err)
	}
	release, err := lock(ctx, filepath.Join(parent, ".lock"), func() {
		progress.Printf("waiting for another process that builds into the same cache")
	})
	if err != nil {
		return err
	}
	defer release()
	if r.Complete(dir) {
		return nil
	}
	return r.build(ctx, dir, progress)
}

func (r Recipe) build(ctx context.Context, dir string, progress Progress) error {
	if err := clearLeftovers(dir); err != nil {
		return err
	}
	work, err := os.MkdirTemp(filepath.Dir(dir), unfinished)
	if err != nil {
		return fmt.Errorf("making the build folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }() // gone already where all went well
	for _, p := range r.Programs {
		if err := r.compile(ctx, p, work, progress); err != nil {
			return err
		}
	}
	if err := os.Chmod(work, 0o755); err != nil {
		return fmt.Errorf("opening the build folder: %w", err)
	}
	if err := os.Rename(work, dir); err != nil {
		return fmt.Errorf("putting what was built in place: %w", err)
	}
	return nil
}

// clearLeftovers removes what killed builds left, and an incomplete dir, onto which no rename works.
func clearLeftovers(dir string) error {
	leftovers, err := filepath.Glob(filepath.Join(filepath.Dir(dir), unfinished+"*"))
	if err != nil {
		return err
	}
	for _, path := range append(leftovers, dir) {
		if err := os.RemoveAll(path); err != nil {
			return fmt.Errorf("clearing the cache folder: %w", err)
		}
	}
	return nil
}

func (r Recipe) compile(ctx context.Context, p Program, into string, progress Progress) error {
	version, err := r.Version(p)
	if err != nil {
		return err
	}
	if _, err := exec.LookPath("go"); err != nil {
		return ErrNoGo
	}
	progress.Printf("building %s %s (%s on two cores, once)", p.Name, version, p.Takes)
	began := time.Now()
	args := append([]string{"build"}, buildFlags(p, version)...)
	cmd := exec.CommandContext(ctx, "go", append(args, "-o", filepath.Join(into, p.Name), p.Package)...)
	cmd.Dir = filepath.Join(r.Source, p.Wrapper)
	cmd.Env = goEnvironment()
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) }
	cmd.WaitDelay = 10 * time.Second
	var output bytes.Buffer
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Run(); err != nil {
		return explain(ctx, p, version, err, output.String(), progress)
	}
	progress.Printf("built %s %s in %s", p.Name, version, time.Since(began).Round(time.Second))
	return nil
}

// explain keeps the error to one line and hands the go command's own words to the progress.
func explain(ctx context.Context, p Program, version string, err error, output string, progress Progress) error {
	for line := range strings.FieldsFuncSeq(output, func(r rune) bool { return r == '\n' }) {
		progress.Printf("go build: %s", line)
	}
	if ctx.Err() != nil {
		return fmt.Errorf("building %s %s: %w", p.Name, version, context.Cause(ctx))
	}
	return fmt.Errorf("building %s %s: %w: %s", p.Name, version, err, LastLine(output))
}

// goEnvironment shields the build from the caller's: a workspace file or -race in GOFLAGS would give
// other programs under the same key, and without cgo no C compiler is needed.
func goEnvironment() []string {
	return append(os.Environ(), "GOFLAGS=", "GOWORK=off", "CGO_ENABLED=0",
		"GOOS="+runtime.GOOS, "GOARCH="+runtime.GOARCH)
}
