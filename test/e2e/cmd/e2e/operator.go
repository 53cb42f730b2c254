package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/afrotomation/afroapp/test/e2e/build"
	"github.com/afrotomation/afroapp/test/pinned"
)

// buildOperator compiles the manager and afroctl as a release does, and once more as the version that the upgrade goes to:
// that one differs in its name only, because what a version changes is for that version to prove.
func buildOperator(ctx context.Context, root string) error {
	for _, variables := range [][]string{nil, {"BIN=" + filepath.Join("bin", "next"), "VERSION=" + nextVersion}} {
		words := append([]string{"--no-print-directory", "-s", "-C", root, "build"}, variables...)
		if _, err := pinned.Output(exec.CommandContext(ctx, "make", words...)); err != nil {
			return fmt.Errorf("make build: %w", err)
		}
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

// operatorName is the image in the operator's manifest.
func operatorName(manifest string) (string, error) {
	for line := range strings.Lines(manifest) {
		if name, is := strings.CutPrefix(strings.TrimSpace(line), "image: "); is {
			return name, nil
		}
	}
	return "", errors.New("config/default names no image")
}
