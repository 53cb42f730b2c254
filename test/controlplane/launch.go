package controlplane

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/afrotomation/afroapp/test/pinned"
)

// prepare returns what to run in place of a program, and the file for its output. envtest keeps the
// process ids to itself; the launcher writes its own down and then becomes the program, so that Stop
// can see that it is gone and the guard can end it.
func (cp *ControlPlane) prepare(assets, name string) (launcher string, log *os.File, err error) {
	path := filepath.Join(assets, name)
	if !pinned.Executable(path) {
		return "", nil, fmt.Errorf("%s holds no executable %s", assets, name)
	}
	launcher = cp.path(name)
	script := fmt.Sprintf("#!/bin/sh\necho $$ >%s\nexec %s \"$@\"\n", quote(cp.path(name+".pid")), quote(path))
	if err := os.WriteFile(launcher, []byte(script), 0o700); err != nil {
		return "", nil, fmt.Errorf("writing the launcher of %s: %w", name, err)
	}
	log, err = os.OpenFile(filepath.Join(cp.logDir, name+".log"), os.O_CREATE|os.O_TRUNC|os.O_WRONLY, 0o600)
	if err != nil {
		return "", nil, fmt.Errorf("opening the log of %s: %w", name, err)
	}
	cp.logs = append(cp.logs, log)
	return launcher, log, nil
}

// lastWords is the last line that a program wrote, in a form to end an error message with.
func (cp *ControlPlane) lastWords(name string) string {
	output, err := os.ReadFile(filepath.Join(cp.logDir, name+".log"))
	if err != nil || len(output) == 0 {
		return ""
	}
	return fmt.Sprintf("; %s: %s", name, pinned.LastLine(string(output)))
}

func quote(word string) string {
	return "'" + strings.ReplaceAll(word, "'", `'\''`) + "'"
}

// processIDs are those that the launchers of these programs wrote down, whether they still run or not.
func (cp *ControlPlane) processIDs(names ...string) []int {
	var ids []int
	for _, name := range names {
		data, err := os.ReadFile(cp.path(name + ".pid"))
		if err != nil {
			continue // never launched
		}
		if id, err := strconv.Atoi(strings.TrimSpace(string(data))); err == nil {
			ids = append(ids, id)
		}
	}
	return ids
}

// awaitGone waits until none of the processes exists any more. After its SIGKILL envtest returns at
// once, while the process still holds its port and its files.
func awaitGone(ids []int, timeout time.Duration) error {
	deadline := time.Now().Add(timeout)
	for _, id := range ids {
		for running(id) {
			if time.Now().After(deadline) {
				return fmt.Errorf("process %d is still there %s after it was stopped", id, timeout)
			}
			time.Sleep(20 * time.Millisecond)
		}
	}
	return nil
}

func running(id int) bool {
	err := syscall.Kill(id, 0)
	return err == nil || errors.Is(err, fs.ErrPermission)
}
