package main

import (
	"os"
	"path/filepath"
	"testing"
)

// What AfroApp itself makes has no silent no-op.
func TestDoctorHasNothingToSayOfWhatIsRendered(t *testing.T) {
	count := 0
	for _, dir := range folders(t, "app.yaml") {
		want := filepath.Join(dir, "want.yaml")
		if _, err := os.Stat(want); err != nil {
			continue // refused
		}
		count++
		if got := runWith("doctor", "-f", want, "--fail-on", "warning"); got.code != exitOK || got.err != "" {
			t.Errorf("%s: %v", dir, got)
		}
	}
	if count < 40 {
		t.Errorf("only %d stories", count)
	}
}

func TestDoctorHasNothingToSayOfTheSamples(t *testing.T) {
	if got := runWith("doctor", "-f", "../../config", "--fail-on", "note"); got.code != exitOK || got.err != "" {
		t.Errorf("%v", got)
	}
}
