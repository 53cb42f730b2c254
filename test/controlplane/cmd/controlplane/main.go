// Command controlplane prints the folder with etcd, kube-apiserver and kube-controller-manager, for
//
//	KUBEBUILDER_ASSETS=$(go run ./test/controlplane/cmd/controlplane)
//
// They are built first where that was not done yet; progress goes to standard error. With
// --build=false nothing is built, and the exit code is 1 where there is something to build.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/afrotomation/afroapp/test/controlplane"
)

func main() {
	build := flag.Bool("build", true, "build what is missing; false: only say where it would be")
	flag.Parse()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	dir, err := folder(ctx, *build)
	if dir != "" {
		fmt.Println(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "controlplane:", err)
		stop()
		os.Exit(1)
	}
}

func folder(ctx context.Context, build bool) (string, error) {
	if build {
		return controlplane.Assets(ctx, func(line string) { fmt.Fprintln(os.Stderr, line) })
	}
	dir, built, err := controlplane.Locate()
	if err == nil && !built {
		err = errors.New("not built yet")
	}
	return dir, err
}
