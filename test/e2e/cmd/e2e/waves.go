package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// waves of stories: those of a wave are told at the same time. What a wave changes, the next ones rest on: the fleet has
// an AfroPlatform of its own, and stays.
var waves = [][]string{
	{"first-app", "push", "drift", "edit", "delete"},
	{"fleet", "silent"},
	{"upgrade"},
}

// inWaves sorts stories into waves; one that no wave names comes last, by itself.
func inWaves(stories []string) [][]string {
	var sorted [][]string
	known := map[string]bool{}
	for _, wave := range waves {
		var now []string
		for _, story := range wave {
			known[story] = true
			if slices.Contains(stories, story) {
				now = append(now, story)
			}
		}
		if len(now) > 0 {
			sorted = append(sorted, now)
		}
	}
	for _, story := range stories {
		if !known[story] {
			sorted = append(sorted, []string{story})
		}
	}
	return sorted
}

// find the stories that were chosen, or all.
func find(folder string, chosen []string) ([]string, error) {
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	var there []string
	for _, entry := range entries {
		if entry.IsDir() {
			there = append(there, entry.Name())
		}
	}
	for _, story := range chosen {
		if !slices.Contains(there, story) {
			return nil, fmt.Errorf("no story %q; there are %s", story, strings.Join(there, ", "))
		}
	}
	if len(chosen) > 0 {
		return chosen, nil
	}
	return there, nil
}
