package main

import (
	"fmt"
	"os"
	"slices"
	"strings"
)

// Stories are told at the same time, but for what each has to wait for.
var (
	// first have the AfroPlatform of one app. There is one AfroPlatform: with the fleet's, these could not be told.
	first = []string{"first-app", "push", "delete", "updater"}
	// after says what a story waits for.
	after = map[string][]string{
		"first-app": nil, "push": nil, "delete": nil, "updater": nil,
		"fleet": first, "silent": first, "drift": first, "edit": first,
		// It must be the only one that makes the operator write. What `silent` waits for meanwhile is minutes of silence.
		"upgrade": {"fleet", "drift", "edit"},
	}
)

// next returns the stories that can begin now: those that are to be told, and wait for none that is waiting or being told. One
// that nobody has put into the order waits for all others.
func next(waiting, telling []string) []string {
	open := slices.Concat(waiting, telling)
	return slices.DeleteFunc(slices.Clone(waiting), func(story string) bool {
		others, known := after[story]
		return slices.ContainsFunc(open, func(other string) bool {
			_, ordered := after[other]
			return other != story && (!known && (ordered || other < story) || slices.Contains(others, other))
		})
	})
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
	if len(chosen) == 0 {
		return there, nil
	}
	chosen = slices.Clone(chosen)
	slices.Sort(chosen)
	return slices.Compact(chosen), nil
}
