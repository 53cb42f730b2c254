package pinned

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// small is a Recipe of the same shape that builds in a second: a wrapper that pins a module, here by a
// replace with a folder, and a program with a version stamp.
func small(t *testing.T, main string) Recipe {
	t.Helper()
	source := t.TempDir()
	write(t, filepath.Join(source, "wrapper", "go.mod"),
		"module wrapper\n\ngo 1.26.0\n\nrequire example.com/tool v1.7.3\n\nreplace example.com/tool => ../tool\n")
	write(t, filepath.Join(source, "wrapper", "go.sum"), "")
	write(t, filepath.Join(source, "wrapper", "tools.go"), "//go:build tools\n\npackage tools\n\nimport _ \"example.com/tool\"\n")
	write(t, filepath.Join(source, "tool", "go.mod"), "module example.com/tool\n\ngo 1.26.0\n")
	write(t, filepath.Join(source, "tool", "version", "version.go"), "package version\n\nvar gitVersion, gitMajor, gitMinor string\n\n"+
		"func String() string { return gitVersion + \" \" + gitMajor + \" \" + gitMinor }\n")
	write(t, filepath.Join(source, "tool", "main.go"), main)
	return Recipe{Source: source, Programs: []Program{{
		Name: "tool", Wrapper: "wrapper", Takes: "about a second", Module: "example.com/tool", Package: "example.com/tool",
		Stamps: []string{
			"example.com/tool/version.gitVersion={version}/{bare}", "example.com/tool/version.gitMajor={major}", "example.com/tool/version.gitMinor={minor}",
		},
	}}}
}

const printsVersion = "package main\n\nimport \"example.com/tool/version\"\n\nfunc main() { print(version.String()) }\n"

func write(t *testing.T, file, content string) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

// diary collects progress lines from several goroutines.
type diary struct {
	mu    sync.Mutex
	lines []string
}

func (d *diary) note(line string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.lines = append(d.lines, line)
}

func (d *diary) count(prefix string) int {
	d.mu.Lock()
	defer d.mu.Unlock()
	n := 0
	for _, line := range d.lines {
		if strings.HasPrefix(line, prefix) {
			n++
		}
	}
	return n
}

func TestManyBuildersBuildOnce(t *testing.T) {
	r := small(t, printsVersion)
	dir := filepath.Join(t.TempDir(), "cache", "key")
	var d diary
	var group sync.WaitGroup
	for range 4 {
		group.Go(func() {
			if err := r.Ensure(t.Context(), dir, d.note); err != nil {
				t.Error(err)
			}
		})
	}
	group.Wait()
	if n := d.count("building tool v1.7.3 (about a second on two cores, once)"); n != 1 {
		t.Errorf("built %d times, want once: %q", n, d.lines)
	}
	output, err := exec.Command(filepath.Join(dir, "tool")).CombinedOutput()
	if err != nil || string(output) != "v1.7.3/1.7.3 1 7" {
		t.Errorf("the program says %q, %v; want its version", output, err)
	}
	wantOnly(t, filepath.Dir(dir), ".lock", "key")
}

func TestFailedBuildLeavesNothing(t *testing.T) {
	r := small(t, "package main\n\nfunc main() { undefined() }\n")
	dir := filepath.Join(t.TempDir(), "key")
	var d diary
	err := r.Ensure(t.Context(), dir, d.note)
	if err == nil || strings.Contains(err.Error(), "\n") || !strings.Contains(err.Error(), "undefined: undefined") {
		t.Errorf("got %q, want one line with the compiler's reason", err)
	}
	if d.count("go build: ") == 0 {
		t.Errorf("the go command's own words are missing: %q", d.lines)
	}
	wantOnly(t, filepath.Dir(dir), ".lock")
}

func TestInterruptedBuildLeavesNothing(t *testing.T) {
	r := small(t, printsVersion)
	dir := filepath.Join(t.TempDir(), "key")
	ctx, cancel := context.WithCancel(t.Context())
	err := r.Ensure(ctx, dir, func(line string) {
		if strings.HasPrefix(line, "building") {
			cancel()
		}
	})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v, want the interruption", err)
	}
	wantOnly(t, filepath.Dir(dir), ".lock")
}

func TestLeftoversOfAKilledBuildAreReplaced(t *testing.T) {
	r := small(t, printsVersion)
	dir := filepath.Join(t.TempDir(), "key")
	write(t, filepath.Join(filepath.Dir(dir), unfinished+"1", "tool"), "half")
	write(t, filepath.Join(dir, "another"), "program")
	if err := r.Ensure(t.Context(), dir, nil); err != nil {
		t.Fatal(err)
	}
	wantOnly(t, filepath.Dir(dir), ".lock", "key")
	wantOnly(t, dir, "tool")
}

func TestWaitingForTheLockEndsWithTheContext(t *testing.T) {
	file := filepath.Join(t.TempDir(), ".lock")
	release, err := lock(t.Context(), file, func() { t.Error("waited for a free lock") })
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 300*time.Millisecond)
	defer cancel()
	waited := false
	if _, err := lock(ctx, file, func() { waited = true }); err == nil || !waited {
		t.Errorf("got %v after waiting=%v, want an error after waiting", err, waited)
	}
	release()
	release, err = lock(t.Context(), file, func() { t.Error("waited for a released lock") })
	if err != nil {
		t.Fatal(err)
	}
	release()
}

func TestMissingGoIsSaidInOneLine(t *testing.T) {
	r := small(t, printsVersion)
	t.Setenv("PATH", t.TempDir())
	err := r.Ensure(t.Context(), filepath.Join(t.TempDir(), "key"), nil)
	if err == nil || !strings.Contains(err.Error(), "needs the go command") || strings.Contains(err.Error(), "\n") {
		t.Errorf("got %q", err)
	}
}

func TestKeyFollowsPinsAndFlags(t *testing.T) {
	r := small(t, printsVersion)
	keys := map[string]string{keyOf(t, r): "at first"}
	change := func(what string, do func()) {
		do()
		key := keyOf(t, r)
		if was, ok := keys[key]; ok {
			t.Errorf("%s: the key %s is the same as %s", what, key, was)
		}
		keys[key] = what
	}
	wrapper := filepath.Join(r.Source, "wrapper")
	change("another go.sum", func() { write(t, filepath.Join(wrapper, "go.sum"), "example.com/x v1.0.0 h1:x=\n") })
	change("another indirect pin", func() { appendTo(t, filepath.Join(wrapper, "go.mod"), "\nrequire example.com/x v1.0.0\n") })
	change("another line of the wrapper", func() { write(t, filepath.Join(wrapper, "tools.go"), "package tools\n") })
	change("another flag", func() { r.Programs[0].Stamps = nil })
	change("another package", func() { r.Programs[0].Package += "/cmd" })
	if again := keyOf(t, r); keys[again] != "another package" {
		t.Errorf("the key %s is not stable", again)
	}
	if key := keyOf(t, r); !strings.HasPrefix(key, "wrapper-v1.7.3-") {
		t.Errorf("the key %s does not name the version", key)
	}
}

func keyOf(t *testing.T, r Recipe) string {
	t.Helper()
	key, err := r.Key()
	if err != nil {
		t.Fatal(err)
	}
	return key
}

func appendTo(t *testing.T, file, more string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	write(t, file, string(data)+more)
}

func wantOnly(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, entry := range entries {
		got = append(got, entry.Name())
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("%s holds %q, want %q", dir, got, want)
	}
}
