package controlplane

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"
	"time"
)

// sleeper is a process that ends only when it is told to; its command line names the folder, or not.
func sleeper(t *testing.T, folder string) (*exec.Cmd, <-chan struct{}) {
	t.Helper()
	cmd := exec.Command("/bin/sh", "-c", "while :; do sleep 1; done", folder)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait()
		close(ended)
	}()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	return cmd, ended
}

func TestGuardEndsWhatADeadTestLeft(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "controlplane")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	ours, ended := sleeper(t, dir)
	stranger, strangerEnded := sleeper(t, "elsewhere")
	write(t, filepath.Join(dir, "ours.pid"), strconv.Itoa(ours.Process.Pid)+"\n")
	write(t, filepath.Join(dir, "reused.pid"), strconv.Itoa(stranger.Process.Pid)+"\n")
	g, err := startGuard(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.line.Close(); err != nil { // what the kernel does when the test dies
		t.Fatal(err)
	}
	select {
	case <-ended:
	case <-time.After(20 * time.Second):
		t.Error("the process still runs")
	}
	if err := g.cmd.Wait(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(dir); !os.IsNotExist(err) {
		t.Errorf("the folder: got %v, want none", err)
	}
	select {
	case <-strangerEnded:
		t.Error("a process that only got the id of ours was ended")
	default:
	}
}

func TestReleasedGuardTouchesNothing(t *testing.T) {
	dir := t.TempDir()
	process, ended := sleeper(t, dir)
	write(t, filepath.Join(dir, "ours.pid"), strconv.Itoa(process.Process.Pid)+"\n")
	g, err := startGuard(dir)
	if err != nil {
		t.Fatal(err)
	}
	if err := g.release(); err != nil {
		t.Fatal(err)
	}
	select {
	case <-ended:
		t.Error("the process was ended")
	default:
	}
	wantOnly(t, dir, "ours.pid")
}
