package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Every story is in a wave, and every wave names stories only.
func TestWavesNameEveryStory(t *testing.T) {
	there, err := find(filepath.Join("..", "..", "stories"), nil)
	if err != nil {
		t.Fatal(err)
	}
	named := slices.Concat(waves...)
	slices.Sort(named)
	if !slices.Equal(there, named) {
		t.Errorf("the folders are %q, the waves name %q", there, named)
	}
}

func TestInWaves(t *testing.T) {
	for want, stories := range map[string][]string{
		"[[push edit] [fleet] [upgrade]]": {"upgrade", "fleet", "edit", "push"},
		"[[silent] [new]]":                {"new", "silent"},
		"[]":                              nil,
	} {
		if got := fmt.Sprint(inWaves(stories)); got != want {
			t.Errorf("%q are told as %s, want %s", stories, got, want)
		}
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
}
