package controlplane

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

const (
	etcd              = "etcd"
	kubeAPIServer     = "kube-apiserver"
	kubeControllerMgr = "kube-controller-manager"
)

// program is one executable of the control plane and where its source is pinned.
type program struct {
	name    string // file name of the executable
	wrapper string // folder of the module that pins it, relative to the recipe's source folder
	module  string // module whose required version is the program's version
	pkg     string // main package
	stamp   string // package with gitVersion, gitMajor and gitMinor; empty: the program knows its version
	takes   string // how long the first build takes, for the reader of the progress lines
}

var pinnedPrograms = []program{
	{
		name: etcd, wrapper: "etcd", takes: "about 10 seconds",
		module: "go.etcd.io/etcd/server/v3", pkg: "go.etcd.io/etcd/server/v3",
	},
	{
		name: kubeAPIServer, wrapper: "kubernetes", takes: "about 4 minutes",
		module: "k8s.io/kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-apiserver",
		stamp: "k8s.io/component-base/version",
	},
	{
		name: kubeControllerMgr, wrapper: "kubernetes", takes: "about 1 minute",
		module: "k8s.io/kubernetes", pkg: "k8s.io/kubernetes/cmd/kube-controller-manager",
		stamp: "k8s.io/component-base/version",
	},
}

// recipe is all that decides the bytes of the programs, apart from the Go release.
type recipe struct {
	source   string // folder that holds the wrapper modules
	programs []program
}

// version is the one the wrapper's go.mod requires: the pin is written in one place only.
func (r recipe) version(p program) (string, error) {
	file := filepath.Join(r.source, p.wrapper, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the pin of %s: %w", p.name, err)
	}
	mod, err := modfile.ParseLax(file, data, nil)
	if err != nil {
		return "", fmt.Errorf("reading the pin of %s: %w", p.name, err)
	}
	for _, require := range mod.Require {
		if require.Mod.Path == p.module {
			return require.Mod.Version, nil
		}
	}
	return "", fmt.Errorf("%s does not require %s, which %s is built from", file, p.module, p.name)
}

// key names the cache folder: readable versions and platform first, then a hash over every pin and flag.
func (r recipe) key() (string, error) {
	hash := sha256.New()
	var names []string
	seen := map[string]bool{}
	for _, p := range r.programs {
		version, err := r.version(p)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(hash, "%s %q %q\n", p.name, p.pkg, buildFlags(p, version))
		if seen[p.wrapper] {
			continue
		}
		seen[p.wrapper] = true
		names = append(names, p.wrapper+"-"+version)
		for _, file := range []string{"go.mod", "go.sum"} {
			data, err := os.ReadFile(filepath.Join(r.source, p.wrapper, file))
			if err != nil {
				return "", fmt.Errorf("reading the pins of %s: %w", p.wrapper, err)
			}
			fmt.Fprintf(hash, "%s/%s %d\n%s", p.wrapper, file, len(data), data)
		}
	}
	names = append(names, runtime.GOOS, runtime.GOARCH, fmt.Sprintf("%.6x", hash.Sum(nil)))
	return strings.Join(names, "-"), nil
}

// buildFlags are those of `go build`. The version stamp is what the API server reports about itself;
// without it clients see v0.0.0 and feature checks by version go astray.
func buildFlags(p program, version string) []string {
	ldflags := "-s -w"
	if p.stamp != "" {
		major, minor, _ := strings.Cut(strings.TrimPrefix(semver.MajorMinor(version), "v"), ".")
		ldflags += fmt.Sprintf(" -X %[1]s.gitVersion=%[2]s -X %[1]s.gitMajor=%[3]s -X %[1]s.gitMinor=%[4]s",
			p.stamp, version, major, minor)
	}
	return []string{"-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", ldflags}
}
