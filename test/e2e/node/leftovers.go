package node

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
)

// Traces are what a node could leave on the host: mounts, links, packet rules, network namespaces, cgroups, processes.
type Traces map[string][]string

// Look takes down what the host has now. Cgroups and processes are told by the node's name and state folder.
func Look(name, state string) (Traces, error) {
	traces := Traces{"network namespace": names("/run/netns"), "process": processes(state)}
	mounts, err := os.ReadFile("/proc/self/mountinfo")
	if err != nil {
		return nil, err
	}
	for line := range strings.Lines(string(mounts)) {
		traces["mount"] = append(traces["mount"], strings.Fields(line)[4])
	}
	links, err := os.ReadDir("/sys/class/net")
	if err != nil {
		return nil, err
	}
	for _, link := range links {
		traces["link"] = append(traces["link"], link.Name())
	}
	rules, err := exec.Command("nft", "list", "tables").Output()
	if err != nil {
		return nil, fmt.Errorf("nft list tables: %w", err)
	}
	for line := range strings.Lines(string(rules)) {
		traces["packet rule"] = append(traces["packet rule"], strings.TrimSpace(line))
	}
	traces["cgroup"] = cgroupsOf(name)
	return traces, nil
}

// Left are the traces that were not there before, one line each.
func Left(before, after Traces) []string {
	var left []string
	for kind, traces := range after {
		known := slices.Clone(before[kind])
		for _, trace := range traces {
			if i := slices.Index(known, trace); i >= 0 {
				known = slices.Delete(known, i, i+1)
				continue
			}
			left = append(left, kind+" "+trace)
		}
	}
	return sorted(left)
}

func sorted(list []string) []string {
	slices.Sort(list)
	return slices.Compact(list)
}

func names(dir string) []string {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil
	}
	var list []string
	for _, entry := range entries {
		list = append(list, entry.Name())
	}
	return list
}

// processes are those that were started with the state folder in their words, but for this one and those that started it.
func processes(state string) []string {
	var list []string
	for _, pid := range names("/proc") {
		words, err := os.ReadFile(filepath.Join("/proc", pid, "cmdline"))
		// Another node's state folder may begin with this one's name.
		if err == nil && bytes.Contains(append(words, 0), []byte(state+"/")) && pid != fmt.Sprint(os.Getpid()) {
			list = append(list, pid+" "+strings.ReplaceAll(strings.TrimRight(string(words), "\x00"), "\x00", " "))
		}
	}
	return list
}
