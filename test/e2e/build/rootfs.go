package build

import (
	"context"
	"crypto/sha256"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"

	"github.com/afrotomation/afroapp/test/pinned"
)

// suite is the Debian release of the root file systems. Its minor versions move; tests rest on major ones only.
const suite = "trixie"

// Root is a root file system of Debian packages.
type Root struct {
	Name     string
	Packages []string
	Hooks    []string // further words for mmdebstrap: --essential-hook=…, --customize-hook=…
}

const cleanHook = `--customize-hook=rm -rf "$1"/var/lib/apt/lists/* "$1"/var/cache/apt/* "$1"/var/log/apt "$1"/usr/share/man "$1"/usr/share/doc`

func (r Root) words() []string {
	words := []string{
		"--variant=minbase", "--mode=root", "--aptopt=APT::Install-Recommends \"false\"",
		"--dpkgopt=path-exclude=/usr/share/man/*", "--dpkgopt=path-exclude=/usr/share/doc/*", "--dpkgopt=path-exclude=/usr/share/locale/*",
		"--include=" + strings.Join(r.Packages, ","),
	}
	return append(append(words, r.Hooks...), cleanHook)
}

// Path of the tar file, named by what it is made from.
func (r Root) Path(cache string) string {
	sum := sha256.Sum256([]byte(suite + "\n" + strings.Join(r.words(), "\n")))
	return filepath.Join(cache, "e2e", "rootfs", fmt.Sprintf("%s-%s-%.6x.tar", r.Name, suite, sum))
}

// Ensure makes the root file system unless it is there. A file appears complete or not at all.
func (r Root) Ensure(ctx context.Context, cache string, progress pinned.Progress) error {
	path := r.Path(cache)
	if _, err := os.Stat(path); err == nil {
		return nil
	}
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	mirror, err := debianMirror(ctx)
	if err != nil {
		return err
	}
	progress.Printf("making a root file system of Debian %s for %s (about a minute, once)", suite, r.Name)
	part := fmt.Sprintf("%s.%d.part.tar", strings.TrimSuffix(path, ".tar"), os.Getpid())
	defer func() { _ = os.Remove(part) }() // gone already where all went well
	words := append(r.words(), suite, part, "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] "+mirror+" "+suite+" main")
	cmd := exec.CommandContext(ctx, "mmdebstrap", words...)
	cmd.Env = append(os.Environ(), "DEBIAN_FRONTEND=noninteractive")
	cmd.Cancel = func() error { return cmd.Process.Signal(os.Interrupt) } // it removes its folder
	cmd.WaitDelay = 30 * time.Second
	if out, err := cmd.CombinedOutput(); err != nil {
		for line := range strings.Lines(string(out)) {
			progress.Printf("mmdebstrap: %s", strings.TrimSpace(line))
		}
		return fmt.Errorf("making the root file system of %s: %w: %s", r.Name, err, pinned.LastLine(string(out)))
	}
	return os.Rename(part, path)
}

// debianMirror is the one that this host uses, unless DEBIAN_MIRROR names another.
func debianMirror(ctx context.Context) (string, error) {
	if given := os.Getenv("DEBIAN_MIRROR"); given != "" {
		return given, nil
	}
	out, err := exec.CommandContext(ctx, "apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages").Output()
	if err != nil {
		return "", fmt.Errorf("asking apt for this host's Debian mirror; DEBIAN_MIRROR names one: %w", err)
	}
	for line := range strings.FieldsSeq(string(out)) {
		if !strings.Contains(line, "security") {
			return line, nil
		}
	}
	return "", fmt.Errorf("apt knows no Debian mirror; set DEBIAN_MIRROR to one that has %s", suite)
}
