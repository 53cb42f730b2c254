package pinned

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// Progress gets one line per step of a long operation, without line break. Nil means silence.
type Progress func(line string)

// Printf says one line.
func (p Progress) Printf(format string, args ...any) {
	if p != nil {
		p(fmt.Sprintf(format, args...))
	}
}

// Cache is the folder that outlives a checkout.
func Cache() (string, error) {
	if dir := os.Getenv("AFROAPP_CACHE"); dir != "" {
		return filepath.Abs(dir)
	}
	dir, err := os.UserCacheDir()
	if err != nil {
		return "", fmt.Errorf("no folder to keep built programs in, set AFROAPP_CACHE: %w", err)
	}
	return filepath.Join(dir, "afroapp"), nil
}

// Executable says whether a file is there and may be run.
func Executable(path string) bool {
	info, err := os.Stat(path)
	return err == nil && info.Mode().IsRegular() && info.Mode()&0o111 != 0
}

// Output runs a command and returns what it wrote; its error ends with the last line that the command said.
func Output(cmd *exec.Cmd) (string, error) {
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	err := cmd.Run()
	if err == nil {
		return stdout.String(), nil
	}
	if said := strings.TrimSpace(stderr.String()); said != "" {
		return "", fmt.Errorf("%w: %s", err, LastLine(said))
	}
	return "", fmt.Errorf("%w: %s", err, LastLine(stdout.String()))
}

// LastLine is what a program said last: with the go command and with Kubernetes, the reason it gave up.
func LastLine(output string) string {
	lines := strings.Split(strings.TrimSpace(output), "\n")
	return strings.TrimSpace(lines[len(lines)-1])
}
