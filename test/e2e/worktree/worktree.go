// Package worktree reads and commits to Git repositories over HTTP, as image-updater and the people of the stories do.
package worktree

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
)

// Branch that everything is on.
const Branch = "main"

// pushes that lose a race are tried again.
const tries = 10

// Worktree is a clone of a repository. It may be used by several goroutines.
type Worktree struct {
	// URL of the repository. It may be empty as long as nothing is read.
	URL string
	// Dir of the clone. It is made when it is needed.
	Dir string
	// Author of commits, by name.
	Author string

	mu sync.Mutex
}

// Files at the head of the branch, by their paths; none of a repository without commits.
func (w *Worktree) Files(ctx context.Context) (map[string]string, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if err := w.refresh(ctx); err != nil {
		return nil, err
	}
	files := map[string]string{}
	err := fs.WalkDir(os.DirFS(w.Dir), ".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && path == ".git":
			return fs.SkipDir
		case !d.Type().IsRegular():
			return nil
		}
		content, err := os.ReadFile(filepath.Join(w.Dir, path))
		files[path] = string(content)
		return err
	})
	return files, err
}

// Push a commit with these files on top of the head. The error is what the server says.
func (w *Worktree) Push(ctx context.Context, files map[string]string) error {
	w.mu.Lock()
	defer w.mu.Unlock()
	var err error
	for range tries {
		if err = w.push(ctx, files); !lostRace(err) {
			return err
		}
	}
	return err
}

// lostRace says whether somebody else was first: seen by git before the push, or by the server while it took it.
func lostRace(err error) bool {
	return err != nil && (strings.Contains(err.Error(), "[rejected]") || strings.Contains(err.Error(), "cannot lock ref"))
}

func (w *Worktree) push(ctx context.Context, files map[string]string) error {
	if err := w.refresh(ctx); err != nil {
		return err
	}
	for path, content := range files {
		path = filepath.Join(w.Dir, path)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			return err
		}
	}
	if _, err := w.git(ctx, "add", "--all"); err != nil {
		return err
	}
	if changed, err := w.git(ctx, "status", "--porcelain"); err != nil || changed == "" {
		return err
	}
	if _, err := w.git(ctx, "commit", "--quiet", "--message=automatic update"); err != nil {
		return err
	}
	_, err := w.git(ctx, "push", "--quiet", "origin", "HEAD:"+Branch)
	return err
}

// refresh puts the clone on the head of the branch, whatever was in it.
func (w *Worktree) refresh(ctx context.Context) error {
	if _, err := os.Stat(filepath.Join(w.Dir, ".git")); err != nil {
		if err := os.MkdirAll(w.Dir, 0o755); err != nil {
			return err
		}
		for _, words := range [][]string{{"init", "--quiet", "--initial-branch=" + Branch}, {"remote", "add", "origin", w.URL}} {
			if _, err := w.git(ctx, words...); err != nil {
				return err
			}
		}
	}
	heads, err := w.git(ctx, "ls-remote", "origin", "refs/heads/"+Branch)
	if err != nil || heads == "" {
		return err
	}
	for _, words := range [][]string{
		{"fetch", "--quiet", "origin", Branch}, {"checkout", "--quiet", "--force", "-B", Branch, "FETCH_HEAD"}, {"clean", "--quiet", "-d", "--force"},
	} {
		if _, err := w.git(ctx, words...); err != nil {
			return err
		}
	}
	return nil
}

func (w *Worktree) git(ctx context.Context, words ...string) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, "git", append([]string{"-C", w.Dir, "-c", "user.name=" + w.Author, "-c", "user.email=" + w.Author + "@lab.internal"}, words...)...)
	cmd.Env = append(os.Environ(), "GIT_TERMINAL_PROMPT=0")
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", words[0], err, strings.TrimSpace(stderr.String()))
	}
	return strings.TrimSpace(stdout.String()), nil
}
