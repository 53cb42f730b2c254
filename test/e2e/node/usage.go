package node

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Memory of all processes of the node in MiB, each page counted once (proportional set size; source: /proc/*/smaps_rollup).
func (n *Node) Memory() (int, error) {
	own, err := os.Readlink(fmt.Sprintf("/proc/%d/ns/pid", n.pid))
	if err != nil {
		return 0, err
	}
	folders, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		return 0, err
	}
	total := 0
	for _, folder := range folders {
		if !n.holds(folder, own) {
			continue
		}
		rollup, err := os.ReadFile(filepath.Join(folder, "smaps_rollup"))
		if err != nil {
			continue // it has ended
		}
		for line := range strings.Lines(string(rollup)) {
			if fields := strings.Fields(line); len(fields) > 1 && fields[0] == "Pss:" {
				kilobytes, _ := strconv.Atoi(fields[1]) // the kernel writes a number
				total += kilobytes
			}
		}
	}
	return total / 1024, nil
}

// holds says whether a process is of the node: in its pid namespace, or in that of one of its containers.
func (n *Node) holds(folder, own string) bool {
	space, err := os.Readlink(filepath.Join(folder, "ns", "pid"))
	if err != nil {
		return false
	}
	if space == own {
		return true
	}
	cgroup, err := os.ReadFile(filepath.Join(folder, "cgroup"))
	return err == nil && n.options.Name != "" && strings.Contains(string(cgroup), "/"+n.options.Name+"/")
}
