package controlplane

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"

	"github.com/afrotomation/afroapp/test/pinned"
)

const importPath = "github.com/afrotomation/afroapp/test/controlplane"

var errNoGo = errors.New("building the control plane needs the go command in PATH; " +
	"install Go, or set KUBEBUILDER_ASSETS to a folder with " + etcd + ", " + kubeAPIServer + " and " + kubeControllerMgr)

// sourceFolder finds the folder of this file in the checkout. The compiler recorded it, except under
// -trimpath; the go command knows it, except where there is no go command.
func sourceFolder() (string, error) {
	if _, file, _, ok := runtime.Caller(0); ok && holdsWrappers(filepath.Dir(file)) {
		return filepath.Dir(file), nil
	}
	dir, err := askGo()
	if err != nil {
		return "", err
	}
	if !holdsWrappers(dir) {
		return "", fmt.Errorf("%s has no pinned modules; module archives leave them out: run it inside a checkout", dir)
	}
	return dir, nil
}

func askGo() (string, error) {
	if _, err := exec.LookPath("go"); err != nil {
		return "", errNoGo
	}
	out, err := pinned.Output(exec.Command("go", "list", "-f", "{{.Dir}}", importPath))
	if err != nil {
		return "", fmt.Errorf("finding the pinned modules: %w", err)
	}
	return strings.TrimSpace(out), nil
}

func holdsWrappers(dir string) bool {
	for _, p := range pinnedPrograms {
		if _, err := os.Stat(filepath.Join(dir, p.Wrapper, "go.mod")); err != nil {
			return false
		}
	}
	return filepath.IsAbs(dir)
}
