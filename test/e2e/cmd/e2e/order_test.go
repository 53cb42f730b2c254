package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Every story has its place in the order, and the order names stories only.
func TestTheOrderNamesEveryStory(t *testing.T) {
	there, err := find(filepath.Join("..", "..", "stories"), nil)
	if err != nil {
		t.Fatal(err)
	}
	if named := slices.Sorted(maps.Keys(after)); !slices.Equal(there, named) {
		t.Errorf("the folders are %q, the order names %q", there, named)
	}
	for story, others := range after {
		for _, other := range others {
			if _, known := after[other]; !known {
				t.Errorf("%s waits for %s, which is no story", story, other)
			}
		}
	}
}

func TestNext(t *testing.T) {
	for _, c := range []struct {
		waiting, telling []string
		want             string
	}{
		{[]string{"upgrade", "fleet", "push"}, nil, "[push]"},
		{[]string{"upgrade", "fleet"}, []string{"push"}, "[]"},
		{[]string{"upgrade", "fleet", "silent"}, nil, "[fleet silent]"},
		{[]string{"upgrade"}, []string{"silent"}, "[upgrade]"},
		{[]string{"upgrade"}, []string{"fleet", "silent"}, "[]"},
		{[]string{"new", "newer"}, []string{"silent"}, "[]"},
		{[]string{"new", "newer"}, nil, "[new]"},
		{nil, []string{"push"}, "[]"},
	} {
		if got := fmt.Sprint(next(c.waiting, c.telling)); got != c.want {
			t.Errorf("%q wait while %q are told: %s begin, want %s", c.waiting, c.telling, got, c.want)
		}
	}
}

// However many are chosen, all are told in the end.
func TestNobodyWaitsForEver(t *testing.T) {
	waiting := slices.Sorted(maps.Keys(after))
	for len(waiting) > 0 {
		now := next(waiting, nil)
		if len(now) == 0 {
			t.Fatalf("%q wait for each other", waiting)
		}
		waiting = slices.DeleteFunc(waiting, func(story string) bool { return slices.Contains(now, story) })
	}
}

func TestFindNamesTheStoriesThereAre(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"one", "two"} {
		if err := os.Mkdir(filepath.Join(dir, name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := find(dir, []string{"three"}); err == nil || err.Error() != `no story "three"; there are one, two` {
		t.Errorf("got %v", err)
	}
	if chosen, err := find(dir, []string{"two", "one", "two"}); err != nil || !slices.Equal(chosen, []string{"one", "two"}) {
		t.Errorf("got %q, %v: each is told once", chosen, err)
	}
}
