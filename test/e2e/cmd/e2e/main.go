// Command e2e runs AfroApp end to end against the real peers, on a Kubernetes node of its own on this machine.
//
//	e2e run [story...]    builds what is missing, brings the node up, runs the stories, takes everything down
//	e2e up                the same without stories, and stays until it is ended; `e2e test` then runs stories on it
//	e2e test [story...]   runs stories on the node of `e2e up`
//	e2e kubectl [word...] kubectl on the node of `e2e up`
//	e2e build             builds what is missing
//	e2e evidence OLD NEW  what changed between two folders that AFROAPP_E2E_EVIDENCE named
//	e2e missing           lists what has to be built
//	e2e packages          lists the Debian packages that this machine lacks
//	e2e check             says in one line what this machine lacks; exit status 2
//
// Root, Linux. docs/e2e.md has the rest.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"
)

// The kernel ends the node when the thread that started it ends: it has to be the process's first one.
func init() { runtime.LockOSThread() }

var commands = map[string]func(context.Context, []string) error{
	"run": run, "up": up, "test": test, "kubectl": kubectl, "build": buildAll, "check": check, "missing": missing, "evidence": compareEvidence, "packages": packages,
	// Started by the others, inside the node:
	"git": serveGit, "install": install, "updater": updater, "kill": killOperator,
}

// errMissing is told from other errors by its exit status.
var errMissing = errors.New("missing")

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	name := ""
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	command, known := commands[name]
	if !known {
		fmt.Fprintln(os.Stderr, "usage: e2e run|up|test|kubectl|build|evidence|missing|packages|check")
		os.Exit(2)
	}
	if err := command(ctx, os.Args[2:]); err != nil {
		fmt.Fprintln(os.Stderr, "e2e:", err)
		stop()
		if errors.Is(err, errMissing) {
			os.Exit(2)
		}
		os.Exit(1)
	}
}
