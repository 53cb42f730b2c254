// Command update takes the CRDs in test/crds from the pinned Go modules again, byte by byte:
//
//	go run ./test/crds/update            write them, and SHA256SUMS
//	go run ./test/crds/update -verify    compare instead; exit code 1 on any difference
//
// It uses the go command's module cache and fetches what is not there; the hash of every module is
// pinned beside its version.
package main

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"

	"github.com/afrotomation/afroapp/test/crds"
)

func main() {
	verify := flag.Bool("verify", false, "compare only")
	flag.Parse()
	if err := run(*verify); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func run(verify bool) error {
	folder, err := goOutput("", "list", "-f", "{{.Dir}}", "github.com/afrotomation/afroapp/test/crds")
	if err != nil {
		return err
	}
	want, err := wanted()
	if err != nil {
		return err
	}
	if verify {
		return compare(strings.TrimSpace(string(folder)), want)
	}
	return replace(strings.TrimSpace(string(folder)), want)
}

// wanted is the content of every generated file by its name.
func wanted() (map[string][]byte, error) {
	want := map[string][]byte{}
	var sums bytes.Buffer
	for _, origin := range crds.Origins() {
		module, err := download(origin)
		if err != nil {
			return nil, err
		}
		for _, file := range origin.Files {
			data, err := os.ReadFile(filepath.Join(module, filepath.FromSlash(file.Path)))
			if err != nil {
				return nil, fmt.Errorf("%s %s: %w", origin.Module, origin.Version, err)
			}
			want[file.Name+".yaml"] = data
			fmt.Fprintf(&sums, "%x  %s.yaml\n", sha256.Sum256(data), file.Name)
		}
	}
	want["SHA256SUMS"] = sums.Bytes()
	return want, nil
}

// download returns the folder of the module in the module cache. It runs outside the checkout, whose
// go.mod has nothing to do with these modules.
func download(origin crds.Origin) (string, error) {
	answer, err := goOutput(os.TempDir(), "mod", "download", "-json", origin.Module+"@"+origin.Version)
	if err != nil {
		return "", err
	}
	var module struct{ Dir, Sum string }
	if err := json.Unmarshal(answer, &module); err != nil {
		return "", fmt.Errorf("%s: %w", origin.Module, err)
	}
	if module.Sum != origin.Sum {
		return "", fmt.Errorf("%s %s has hash %s, pinned is %s", origin.Module, origin.Version, module.Sum, origin.Sum)
	}
	return module.Dir, nil
}

func compare(folder string, want map[string][]byte) error {
	var errs []error
	for name, content := range want {
		got, err := os.ReadFile(filepath.Join(folder, name))
		if err == nil && !bytes.Equal(got, content) {
			err = fmt.Errorf("%s is not as published", name)
		}
		errs = append(errs, err)
	}
	return errors.Join(append(errs, superfluous(folder, want, func(file string) error {
		return fmt.Errorf("%s comes from nowhere", filepath.Base(file))
	}))...)
}

func replace(folder string, want map[string][]byte) error {
	for name, content := range want {
		if err := os.WriteFile(filepath.Join(folder, name), content, 0o644); err != nil {
			return err
		}
	}
	return superfluous(folder, want, os.Remove)
}

// superfluous hands over the CRD files that no origin gives.
func superfluous(folder string, want map[string][]byte, found func(file string) error) error {
	files, err := filepath.Glob(filepath.Join(folder, "*.yaml"))
	if err != nil {
		return err
	}
	var errs []error
	for _, file := range files {
		if _, ok := want[filepath.Base(file)]; !ok {
			errs = append(errs, found(file))
		}
	}
	return errors.Join(errs...)
}

func goOutput(dir string, args ...string) ([]byte, error) {
	var stderr bytes.Buffer
	cmd := exec.Command("go", args...)
	cmd.Dir, cmd.Stderr = dir, &stderr
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %s%s", strings.Join(cmd.Args, " "), err, stderr.String(), out)
	}
	return out, nil
}
