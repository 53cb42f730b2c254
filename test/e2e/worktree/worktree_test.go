package worktree

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

func bare(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "infra.git")
	if out, err := exec.Command("git", "init", "--quiet", "--bare", "--initial-branch="+Branch, dir).CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return dir
}

func clone(t *testing.T, url, author string) *Worktree {
	t.Helper()
	return &Worktree{URL: url, Dir: filepath.Join(t.TempDir(), author), Author: author}
}

func TestTwoWritersLoseNothing(t *testing.T) {
	url, ctx := bare(t), context.Background()
	a, b := clone(t, url, "a"), clone(t, url, "b")
	if files, err := a.Files(ctx); err != nil || len(files) != 0 {
		t.Fatalf("an empty repository holds %v, %v", files, err)
	}
	if err := a.Push(ctx, map[string]string{"first": "1"}); err != nil {
		t.Fatal(err)
	}
	var group sync.WaitGroup
	for name, writer := range map[string]*Worktree{"a": a, "b": b} {
		group.Go(func() {
			for n := range 3 {
				if err := writer.Push(ctx, map[string]string{fmt.Sprintf("%s/%d", name, n): name}); err != nil {
					t.Errorf("%s: %v", name, err)
				}
			}
		})
	}
	group.Wait()
	files, err := b.Files(ctx)
	if err != nil || len(files) != 7 || files["a/2"] != "a" || files["b/2"] != "b" {
		t.Errorf("got %v, %v", files, err)
	}
	before := head(t, url)
	if err := b.Push(ctx, map[string]string{"first": "1"}); err != nil || head(t, url) != before {
		t.Errorf("what is there already was committed again, or %v", err)
	}
}

func TestARefusalIsAnError(t *testing.T) {
	url, ctx := bare(t), context.Background()
	hook := filepath.Join(url, "hooks", "pre-receive")
	if err := os.MkdirAll(filepath.Dir(hook), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(hook, []byte("#!/bin/sh\necho this branch is protected >&2\nexit 1\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	err := clone(t, url, "a").Push(ctx, map[string]string{"file": "1"})
	if err == nil || !strings.Contains(err.Error(), "this branch is protected") {
		t.Errorf("got %v", err)
	}
}

func head(t *testing.T, url string) string {
	t.Helper()
	out, err := exec.Command("git", "-C", url, "rev-parse", Branch).Output()
	if err != nil {
		t.Fatal(err)
	}
	return string(out)
}
