package main

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/tools/clientcmd"

	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/e2e/node"
	"github.com/afrotomation/afroapp/test/e2e/suite"
	"github.com/afrotomation/afroapp/test/e2e/worktree"
)

// updaterInterval is between two cycles of image-updater, whoever it is.
const updaterInterval = 10 * time.Second

// updater runs the image-updater that is given, or plays it: it cannot be built from its modules.
func updater(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("updater", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "the cluster")
	state := flags.String("state", "", "the node's state folder")
	if err := flags.Parse(args); err != nil {
		return err
	}
	if program := givenUpdater(); program != "" {
		g := given{program: program, kubeconfig: *kubeconfig, state: *state}
		if err := g.prepare(); err != nil {
			return err
		}
		return g.command(ctx).Run()
	}
	return playUpdater(ctx, *kubeconfig, *state)
}

// playUpdater asks the real registry, pushes to the real Git server and writes to the real API server; only the decisions are
// played, as they were recorded.
func playUpdater(ctx context.Context, kubeconfig, state string) error {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return err
	}
	if err := os.Setenv("GIT_SSL_CAINFO", authorityFile(state)); err != nil {
		return err
	}
	// This process runs beside the cluster's DNS, not with it: every name is at the node.
	client, err := suite.NewClient(node.Address, nil)
	if err != nil {
		return err
	}
	updater := actors.NewImageUpdater(config, actors.ImageUpdaterOptions{
		Registry: actors.HTTPRegistry{Client: client}, Interval: updaterInterval, Remotes: (&remotes{dir: filepath.Join(state, "updater")}).of,
	})
	return updater.Run(ctx)
}

// remotes are the clones of the repositories that were written to.
type remotes struct {
	dir string

	mu    sync.Mutex
	clone map[string]*worktree.Worktree
}

func (r *remotes) of(repository string) actors.Remote {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.clone == nil {
		r.clone = map[string]*worktree.Worktree{}
	}
	if r.clone[repository] == nil {
		r.clone[repository] = &worktree.Worktree{
			URL: strings.Replace(repository, "git.lab.internal", node.Address, 1), Dir: filepath.Join(r.dir, fmt.Sprint(len(r.clone))),
			Author: "argocd-image-updater",
		}
	}
	return r.clone[repository]
}
