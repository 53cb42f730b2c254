package controlplane

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/afrotomation/afroapp/test/pinned"
)

// Assets returns the folder that holds etcd, kube-apiserver and kube-controller-manager, and builds
// them first where that was not done yet: about six minutes on two cores. Two callers at once build
// once. With KUBEBUILDER_ASSETS set it only checks that etcd and kube-apiserver are there;
// kube-controller-manager is looked for when it is started.
func Assets(ctx context.Context, progress pinned.Progress) (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		return givenAssets(dir)
	}
	r, dir, err := here()
	if err != nil {
		return "", err
	}
	if err := r.Ensure(ctx, dir, progress); err != nil {
		return "", withRemedy(err)
	}
	return dir, nil
}

func withRemedy(err error) error {
	if errors.Is(err, pinned.ErrNoGo) {
		return errNoGo
	}
	return err
}

// Locate returns the same folder as Assets, and whether it is complete. It builds nothing.
func Locate() (dir string, built bool, err error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		dir, err := givenAssets(dir)
		return dir, err == nil, err
	}
	r, dir, err := here()
	return dir, err == nil && r.Complete(dir), err
}

func givenAssets(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("KUBEBUILDER_ASSETS: %w", err)
	}
	for _, name := range []string{etcd, kubeAPIServer} {
		if !pinned.Executable(filepath.Join(dir, name)) {
			return "", fmt.Errorf("KUBEBUILDER_ASSETS=%s holds no executable %s; unset it to build the pinned one", dir, name)
		}
	}
	return dir, nil
}

// here is the recipe of this checkout and the cache folder that belongs to it.
func here() (pinned.Recipe, string, error) {
	source, err := sourceFolder()
	if err != nil {
		return pinned.Recipe{}, "", err
	}
	r := pinned.Recipe{Source: source, Programs: pinnedPrograms}
	key, err := r.Key()
	if err != nil {
		return pinned.Recipe{}, "", err
	}
	cache, err := pinned.Cache()
	if err != nil {
		return pinned.Recipe{}, "", err
	}
	return r, filepath.Join(cache, "controlplane", key), nil
}
