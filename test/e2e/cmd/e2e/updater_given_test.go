package main

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

func TestAGivenImageUpdaterMustBeThere(t *testing.T) {
	program := filepath.Join(t.TempDir(), "updater")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	for given, wrong := range map[string]bool{"": false, program: false, program + "-not": true, "updater": true, filepath.Dir(program): true} {
		t.Setenv(givenVariable, given)
		if why := missingUpdater(); (why != "") != wrong || wrong && !strings.Contains(why, givenVariable) {
			t.Errorf("%q: %q", given, why)
		}
	}
}

func TestAGivenImageUpdaterFindsTheLab(t *testing.T) {
	g := given{program: "/there/updater", kubeconfig: "/there/admin", state: t.TempDir()}
	if err := os.MkdirAll(filepath.Dir(authorityFile(g.state)), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(authorityFile(g.state), []byte("the authority"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := g.prepare(); err != nil {
		t.Fatal(err)
	}
	cmd := g.command(t.Context())
	at := slices.Index(cmd.Args, g.program)
	if at < 0 || cmd.Args[at+1] != "run" || !slices.Contains(cmd.Args, filepath.Join(g.state, "etc", "resolv.conf")) {
		t.Errorf("it is started by %q", cmd.Args)
	}
	file := func(path string) string {
		content, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(content)
	}
	if registries := file(cmd.Args[slices.Index(cmd.Args, "--registries-conf-path")+1]); !strings.Contains(registries, "registry.lab.internal:5000") {
		t.Errorf("the registries are %s", registries)
	}
	for _, variable := range cmd.Env {
		name, value, _ := strings.Cut(variable, "=")
		switch name {
		case "ARGOCD_TLS_DATA_PATH":
			if got := file(filepath.Join(value, "git.lab.internal")); got != "the authority" {
				t.Errorf("the Git server is trusted by %q", got)
			}
		case "HOME", "TMPDIR":
			if value == os.Getenv(name) {
				continue // the one of before, which the later one overrides
			}
			if _, err := os.Stat(value); err != nil {
				t.Errorf("%s: %v", name, err)
			}
		}
	}
}

func TestSkippedStoriesAreHeardOf(t *testing.T) {
	const output = "=== RUN   TestPush\n    story.go:1: SKIPPED: no edge: set `edge`\n--- SKIP: TestPush (0.00s)\nPASS\n"
	if got := slices.Collect(skips(output)); !slices.Equal(got, []string{"no edge: set `edge`"}) {
		t.Errorf("got %q", got)
	}
	if got := slices.Collect(skips("ok\n")); len(got) > 0 {
		t.Errorf("got %q", got)
	}
}
