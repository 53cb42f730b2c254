package main

import (
	"context"
	"flag"
	"fmt"
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

// playUpdater plays image-updater, which cannot be built from its modules. It asks the real registry and writes to the real
// API server; only its decisions are played, as they were recorded.
func playUpdater(ctx context.Context, args []string) error {
	flags := flag.NewFlagSet("updater", flag.ContinueOnError)
	kubeconfig := flags.String("kubeconfig", "", "the cluster")
	dir := flags.String("dir", "", "folder for clones")
	interval := flags.Duration("interval", 10*time.Second, "between two cycles")
	if err := flags.Parse(args); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", *kubeconfig)
	if err != nil {
		return err
	}
	// This process runs beside the cluster's DNS, not with it: every name is at the node.
	client, err := suite.NewClient(node.Address, nil)
	if err != nil {
		return err
	}
	updater := actors.NewImageUpdater(config, actors.ImageUpdaterOptions{
		Registry: actors.HTTPRegistry{Client: client}, Interval: *interval, Remotes: (&remotes{dir: *dir}).of,
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
