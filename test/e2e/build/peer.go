package build

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"

	"github.com/afrotomation/afroapp/test/pinned"
)

// Peer is a system that the node runs, and all that it is made from.
type Peer struct {
	Name     string
	Programs []pinned.Program
	Images   func(Sources) ([]Image, error)
	// Upstream are files and folders of the module of the first program, copied beside our kustomization in ../peers.
	Upstream map[string]string
	// Chart is rendered to upstream.yaml. Default: none.
	Chart *Chart
	// Checkout are the same out of the test folder of the checkout.
	Checkout map[string]string
}

// peers in the order in which they are installed.
var peers = []Peer{machine, coredns, argocd, cloudnativePG, barmanCloud, certManager, ingressNginx, imageUpdater}

// imageUpdater has only its CRD here: it cannot be built from its modules.
var imageUpdater = Peer{
	Name: "image-updater", Checkout: map[string]string{"crds/imageupdaters.argocd-image-updater.argoproj.io.yaml": "upstream.yaml"},
}

// Sources finds what images are made from besides programs.
type Sources struct {
	checkout string // its test folder
	modules  map[string]string
}

// Module is the folder of a peer's source in the module cache.
func (s Sources) Module(peer string) string { return s.modules[peer] }

func findSources(ctx context.Context, testFolder string) (Sources, error) {
	s := Sources{checkout: testFolder, modules: map[string]string{}}
	for _, peer := range peers {
		if len(peer.Programs) == 0 {
			continue
		}
		dir, err := moduleFolder(ctx, testFolder, peer.Programs[0])
		if err != nil {
			return Sources{}, fmt.Errorf("finding the source of %s: %w", peer.Name, err)
		}
		s.modules[peer.Name] = dir
	}
	return s, nil
}

func moduleFolder(ctx context.Context, testFolder string, p pinned.Program) (string, error) {
	recipe := pinned.Recipe{Source: testFolder, Programs: []pinned.Program{p}}
	version, err := recipe.Version(p)
	if err != nil {
		return "", err
	}
	cmd := exec.CommandContext(ctx, "go", "mod", "download", "-json", p.Module+"@"+version)
	cmd.Dir = filepath.Join(testFolder, p.Wrapper)
	cmd.Env = append(os.Environ(), "GOFLAGS=", "GOWORK=off")
	out, err := pinned.Output(cmd)
	if err != nil {
		return "", err
	}
	var module struct{ Dir string }
	return module.Dir, json.Unmarshal([]byte(out), &module)
}
