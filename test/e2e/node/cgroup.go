package node

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"io/fs"
)

const cgroups = "/sys/fs/cgroup"

// controllers whose hierarchies (version 1) the kubelet needs. runc makes folders in every other one that is mounted too.
var controllers = []string{"cpu", "cpuacct", "cpuset", "memory", "devices", "freezer", "blkio", "pids", "systemd"}

// makeCgroups makes the kubelet's root in each hierarchy. A cpuset is unusable until it has cpus and memory nodes.
func makeCgroups(name string) error {
	for _, controller := range controllers {
		dir := filepath.Join(cgroups, controller, name)
		if err := os.MkdirAll(dir, 0o755); err != nil {
			return fmt.Errorf("making a cgroup: %w", err)
		}
	}
	for _, file := range []string{"cpuset.cpus", "cpuset.mems"} {
		value, err := os.ReadFile(filepath.Join(cgroups, "cpuset", file))
		if err != nil {
			return err
		}
		if err := os.WriteFile(filepath.Join(cgroups, "cpuset", name, file), value, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// removeCgroups removes the empty folders, deepest first, once their last process is gone.
func removeCgroups(name string) error {
	var left []string
	for range 50 {
		if left = cgroupsOf(name); len(left) == 0 {
			return nil
		}
		for _, dir := range slices.Backward(left) {
			_ = os.Remove(dir) // busy for as long as a process ends; the next round tries again
		}
		time.Sleep(100 * time.Millisecond)
	}
	return fmt.Errorf("cgroups are left: %s", strings.Join(left, ", "))
}

// cgroupsOf a node, in whichever hierarchy.
func cgroupsOf(name string) []string {
	var folders []string
	for _, hierarchy := range names(cgroups) {
		folders = append(folders, foldersBelow(filepath.Join(cgroups, hierarchy, name))...)
	}
	return folders
}

func foldersBelow(dir string) []string {
	var folders []string
	_ = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.IsDir() {
			folders = append(folders, path)
		}
		return nil
	})
	return folders
}
