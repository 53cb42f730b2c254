package pinned

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"

	"golang.org/x/mod/modfile"
	"golang.org/x/mod/semver"
)

// Program is one executable and where its source is pinned.
type Program struct {
	Name    string   // file name of the executable
	Wrapper string   // folder of the module that pins it, relative to the recipe's source folder
	Module  string   // module whose required version is the program's version
	Package string   // main package; "." is the wrapper's own
	Stamps  []string // variables for the linker, as "path=value"; {version}, {bare} (without v), {major}, {minor} are filled in
	Takes   string   // how long the first build takes, for the reader of the progress lines
}

// Recipe is all that decides the bytes of some programs that are kept in one folder, apart from the Go release.
type Recipe struct {
	Source   string // folder that holds the wrapper modules
	Programs []Program
}

// Version is the one the wrapper's go.mod requires: the pin is written in one place only.
func (r Recipe) Version(p Program) (string, error) {
	file := filepath.Join(r.Source, p.Wrapper, "go.mod")
	data, err := os.ReadFile(file)
	if err != nil {
		return "", fmt.Errorf("reading the pin of %s: %w", p.Name, err)
	}
	mod, err := modfile.ParseLax(file, data, nil)
	if err != nil {
		return "", fmt.Errorf("reading the pin of %s: %w", p.Name, err)
	}
	for _, require := range mod.Require {
		if require.Mod.Path == p.Module {
			return require.Mod.Version, nil
		}
	}
	return "", fmt.Errorf("%s does not require %s, which %s is built from", file, p.Module, p.Name)
}

// Key names the cache folder: readable versions and platform first, then a hash over every pin, flag and line of a wrapper.
func (r Recipe) Key() (string, error) {
	hash := sha256.New()
	var names []string
	seen := map[string]bool{}
	for _, p := range r.Programs {
		version, err := r.Version(p)
		if err != nil {
			return "", err
		}
		fmt.Fprintf(hash, "%s %q %q\n", p.Name, p.Package, buildFlags(p, version))
		if seen[p.Wrapper] {
			continue
		}
		seen[p.Wrapper] = true
		names = append(names, filepath.Base(p.Wrapper)+"-"+version)
		files, err := wrapperFiles(filepath.Join(r.Source, p.Wrapper))
		if err != nil {
			return "", fmt.Errorf("reading the pins of %s: %w", p.Wrapper, err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				return "", fmt.Errorf("reading the pins of %s: %w", p.Wrapper, err)
			}
			fmt.Fprintf(hash, "%s/%s %d\n%s", p.Wrapper, filepath.Base(file), len(data), data)
		}
	}
	names = append(names, runtime.GOOS, runtime.GOARCH, fmt.Sprintf("%.6x", hash.Sum(nil)))
	return strings.Join(names, "-"), nil
}

func wrapperFiles(dir string) ([]string, error) {
	source, err := filepath.Glob(filepath.Join(dir, "*.go"))
	slices.Sort(source)
	return append([]string{filepath.Join(dir, "go.mod"), filepath.Join(dir, "go.sum")}, source...), err
}

// buildFlags are those of `go build`. The stamp is what a program reports about itself; without it clients of the API
// server see v0.0.0, and feature checks by version go astray.
func buildFlags(p Program, version string) []string {
	major, minor, _ := strings.Cut(strings.TrimPrefix(semver.MajorMinor(version), "v"), ".")
	fill := strings.NewReplacer("{version}", version, "{bare}", strings.TrimPrefix(version, "v"), "{major}", major, "{minor}", minor)
	ldflags := "-s -w"
	for _, stamp := range p.Stamps {
		ldflags += " -X " + fill.Replace(stamp)
	}
	return []string{"-mod=readonly", "-trimpath", "-buildvcs=false", "-ldflags", ldflags}
}
