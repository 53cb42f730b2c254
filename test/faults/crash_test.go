package faults

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/go-logr/logr"
	ctrl "sigs.k8s.io/controller-runtime"
)

func TestMain(m *testing.M) {
	ctrl.SetLogger(logr.Discard())
	os.Exit(m.Run())
}

func newStage(t *testing.T) *Stage {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 15*time.Minute)
	defer cancel()
	s, err := NewStage(ctx, func(line string) { fmt.Println(line) })
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := s.Close(); err != nil {
			t.Error(err)
		}
	})
	return s
}

// F1: a write fails, its answer is lost, or the operator dies at it, and the end is the same as without.
// AFROAPP_STORY picks one story.
func TestCrashAtEveryWrite(t *testing.T) {
	if os.Getenv("AFROAPP_LONG") != "1" {
		t.Skip("about eight seconds for each write and way to fail: make test-long")
	}
	s := newStage(t)
	for _, story := range Stories {
		if only := os.Getenv("AFROAPP_STORY"); only != "" && only != story.Name {
			continue
		}
		t.Run(story.Name, func(t *testing.T) { s.crashAtEveryWrite(t, story) })
	}
}

func (s *Stage) crashAtEveryWrite(t *testing.T, story Story) {
	golden, err := s.Tell(t.Context(), story)
	if err != nil {
		t.Fatal(err)
	}
	if wrong := Judge(golden, golden); len(wrong) > 0 {
		t.Fatalf("without faults:\n%s", strings.Join(wrong, "\n"))
	}
	plans, unreached := 0, 0
	for at := 1; at <= len(golden.Calls); at++ {
		for _, mode := range Modes {
			run, err := s.Tell(t.Context(), story, Fault{at, mode})
			if errors.Is(err, errUnreached) {
				unreached++
			} else if err != nil {
				t.Fatalf("%s at write %d: %v", mode, at, err)
			}
			plans++
			if wrong := Judge(golden, run); len(wrong) > 0 {
				t.Errorf("%s at write %d:\n%s", mode, at, strings.Join(wrong, "\n"))
			}
		}
	}
	t.Logf("%d writes without faults, %d plans, %d of them ended before their fault", len(golden.Calls), plans, unreached)
}
