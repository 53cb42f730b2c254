// Command demo shows AfroApp in a terminal, with nothing but Go: a real API server, the CRDs of all peers, the operator
// with the rights of config/default, the sample platform and the sample app.
//
//	go run ./test/demo            what one YAML becomes, and which hop it waits at while no peer answers
//	go run ./test/demo --actors   peers are played: the app goes to Ready, one hop breaks, is named and mended; then an image is
//	                              pushed that does not arrive, the hop is named, and the fix is proven to run
//	go run ./test/demo --keep     the same, and it stays until Ctrl-C
//
// It ends all that it started, also on Ctrl-C. Exit code: 0, 1 when something went wrong, 2 for wrong flags, 130 after Ctrl-C.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"
)

const (
	exitFailed      = 1
	exitMisused     = 2
	exitInterrupted = 130
)

func main() { os.Exit(run(os.Args[1:], os.Stdout, os.Stderr)) }

func run(args []string, out *os.File, stderr io.Writer) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(stderr)
	actors := flags.Bool("actors", false, "play Argo CD, image-updater, CloudNativePG and the others, so that the app becomes Ready")
	keep := flags.Bool("keep", false, "leave it running until Ctrl-C, and say how to reach it")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		return 0
	case err != nil:
		return exitMisused
	case flags.NArg() > 0:
		fmt.Fprintf(stderr, "demo: unexpected argument %q\n", flags.Arg(0))
		return exitMisused
	}
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM, syscall.SIGHUP)
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once; the guard of the control plane then tidies up
	return verdict(ctx, Demo{Screen: terminal(out), Actors: *actors, Keep: *keep}.Run(ctx), stderr)
}

func verdict(ctx context.Context, err error, stderr io.Writer) int {
	switch {
	case err == nil:
		return 0
	case ctx.Err() != nil && !errors.As(err, &errLeft{}):
		fmt.Fprintln(stderr, "demo: interrupted; nothing is left running")
		return exitInterrupted
	}
	fmt.Fprintln(stderr, "demo:", err)
	return exitFailed
}
