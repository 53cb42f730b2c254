package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/afrotomation/afroapp/test/e2e/build"
	"github.com/afrotomation/afroapp/test/pinned"
)

// buildOperator compiles the manager and afroctl as a release does.
func (l *lab) buildOperator(ctx context.Context, root string) error {
	cmd := exec.CommandContext(ctx, "make", "--no-print-directory", "-s", "-C", root, "build")
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make build: %w: %s", err, pinned.LastLine(string(out)))
	}
	// The version that the upgrade goes to differs in its name only: what a version changes is for that version to prove.
	cmd = exec.CommandContext(ctx, "make", "--no-print-directory", "-s", "-C", root, "build", "BIN="+filepath.Join("bin", "next"), "VERSION="+nextVersion)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("make build: %w: %s", err, pinned.LastLine(string(out)))
	}
	return nil
}

const nextVersion = "v0.0.0-next"

// operatorImage is what the Dockerfile makes: the commands, and nothing else.
func operatorImage(commands, name string) build.Image {
	entries := []build.Entry{
		{Path: "/manager", From: filepath.Join(commands, "manager")}, {Path: "/afroctl", From: filepath.Join(commands, "afroctl")},
	}
	const authorities = "/etc/ssl/certs/ca-certificates.crt"
	if _, err := os.Stat(authorities); err == nil {
		entries = append(entries, build.Entry{Path: authorities, From: authorities, Mode: 0o644})
	}
	return build.Image{Names: []string{name}, Entries: entries, User: "65532:65532", Entrypoint: []string{"/manager"}}
}

// operatorName is the image that config/default names.
func operatorName(ctx context.Context, kubectl, root string) (string, error) {
	out, err := exec.CommandContext(ctx, kubectl, "kustomize", filepath.Join(root, "config", "manager")).Output()
	if err != nil {
		return "", fmt.Errorf("rendering config/manager: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		if name, is := strings.CutPrefix(strings.TrimSpace(line), "image: "); is {
			return name, nil
		}
	}
	return "", fmt.Errorf("config/manager names no image")
}
