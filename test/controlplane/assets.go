package controlplane

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// Progress gets one line per step of a long operation, without line break. Nil means silence.
type Progress func(line string)

func (p Progress) printf(format string, args ...any) {
	if p != nil {
		p(fmt.Sprintf(format, args...))
	}
}

// Assets returns the folder that holds etcd, kube-apiserver and kube-controller-manager, and builds
// them first where that was not done yet: about six minutes on two cores. Two callers at once build
// once. With KUBEBUILDER_ASSETS set it only checks that etcd and kube-apiserver are there;
// kube-controller-manager is looked for when it is started.
func Assets(ctx context.Context, progress Progress) (string, error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		return givenAssets(dir)
	}
	r, dir, err := pinned()
	if err != nil {
		return "", err
	}
	if err := r.ensure(ctx, dir, progress); err != nil {
		return "", err
	}
	return dir, nil
}

// Locate returns the same folder as Assets, and whether it is complete. It builds nothing.
func Locate() (dir string, built bool, err error) {
	if dir := os.Getenv("KUBEBUILDER_ASSETS"); dir != "" {
		dir, err := givenAssets(dir)
		return dir, err == nil, err
	}
	r, dir, err := pinned()
	return dir, err == nil && r.complete(dir), err
}

func givenAssets(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("KUBEBUILDER_ASSETS: %w", err)
	}
	for _, name := range []string{etcd, kubeAPIServer} {
		if !executable(filepath.Join(dir, name)) {
			return "", fmt.Errorf("KUBEBUILDER_ASSETS=%s holds no executable %s; unset it to build the pinned one", dir, name)
		}
	}
	return dir, nil
}

// pinned is the recipe of this checkout and the cache folder that belongs to it.
func pinned() (recipe, string, error) {
	source, err := sourceFolder()
	if err != nil {
		return recipe{}, "", err
	}
	r := recipe{source: source, programs: pinnedPrograms}
	key, err := r.key()
	if err != nil {
		return recipe{}, "", err
	}
	cache, err := cacheFolder()
	if err != nil {
		return recipe{}, "", err
	}
	return r, filepath.Join(cache, "controlplane", key), nil
}

func cacheFolder() (string, error) {
	if dir := os.Getenv("AFROAPP_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep the control plane in, set AFROAPP_CACHE: %w", err)
	}
	return filepath.Join(dir, "afroapp"), nil
}

func executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}
