package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Columns that do not fit are folded, each block with its header; a column of its own is never broken.
func TestLayout(t *testing.T) {
	rows := func() [][]string {
		return [][]string{{"NAME", "READY", "STUCK AT", "AGE"}, {"shop", "False", "", "3s"}, {"blog", "True", strings.Repeat("x", 30), "41d"}}
	}
	wide := []string{
		"NAME   READY   STUCK AT                         AGE",
		"shop   False                                    3s",
		"blog   True    xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx   41d",
	}
	narrow := []string{
		"NAME   READY", "shop   False", "blog   True", "",
		"STUCK AT", "", "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "",
		"AGE", "3s", "41d",
	}
	for width, want := range map[int][]string{100: wide, 51: wide, 20: narrow} {
		if d := cmp.Diff(want, layout(rows(), width)); d != "" {
			t.Errorf("%d columns (-want +got):\n%s", width, d)
		}
	}
}

// A long wait is heard of, with what is waited for; what is said meanwhile comes in order.
func TestDuring(t *testing.T) {
	var out bytes.Buffer
	s := &Screen{out: &out, width: 40, live: true}
	failure := errors.New("it failed")
	err := s.during(context.Background(), "waiting for a thing whose name is far too long for the screen", func(ctx context.Context, say func(string)) error {
		if err := sleep(ctx, 1200*time.Millisecond); err != nil {
			return err
		}
		say("half")
		say("done")
		return failure
	})
	if !errors.Is(err, failure) {
		t.Errorf("error %v, want its own", err)
	}
	if want := "\r\x1b[K… 1s  waiting for a thing whose name i…\r\x1b[Khalf\n\r\x1b[Kdone\n\r\x1b[K"; out.String() != want {
		t.Errorf("shown %q, want %q", out.String(), want)
	}
}

// A wait ends with what was seen last, or at once with an error that no waiting mends.
func TestUntil(t *testing.T) {
	err := until(t.Context(), time.Millisecond, "the moon", func(context.Context) error { return notYet("clouds") })
	if err == nil || err.Error() != "the moon: not within 1ms; last seen: clouds" {
		t.Errorf("error %v", err)
	}
	looks, failure := 0, errors.New("blind")
	err = until(t.Context(), time.Hour, "the moon", func(context.Context) error { looks++; return failure })
	if !errors.Is(err, failure) || looks != 1 {
		t.Errorf("error %v after %d looks", err, looks)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	if err := until(ended, time.Hour, "the moon", func(context.Context) error { return notYet("clouds") }); !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want that of the context", err)
	}
}

// Colours are for terminals; a file gets none.
func TestFileIsNoTerminal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "out"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	if s := terminal(f); s.colour || s.live || s.width != columns {
		t.Errorf("%+v", s)
	}
}

func TestExitCodes(t *testing.T) {
	interrupted, cancel := context.WithCancel(t.Context())
	cancel()
	left := errors.Join(context.Canceled, errLeft{errors.New("process 1 is still there")})
	for name, code := range map[string]struct{ got, want int }{
		"all is well":       {verdict(t.Context(), nil, io.Discard), 0},
		"a failure":         {verdict(t.Context(), errors.New("no"), io.Discard), exitFailed},
		"Ctrl-C":            {verdict(interrupted, context.Canceled, io.Discard), exitInterrupted},
		"Ctrl-C, not tidy":  {verdict(interrupted, left, io.Discard), exitFailed},
		"an unknown flag":   {run([]string{"--loud"}, nil, io.Discard), exitMisused},
		"an argument":       {run([]string{"actors"}, nil, io.Discard), exitMisused},
		"a wish to be told": {run([]string{"--help"}, nil, io.Discard), 0},
	} {
		if code.got != code.want {
			t.Errorf("%s: exit code %d, want %d", name, code.got, code.want)
		}
	}
}

// What cannot be begun is said in one line, and nothing is left.
func TestCannotBegin(t *testing.T) {
	t.Run("no programs", func(t *testing.T) {
		t.Setenv("KUBEBUILDER_ASSETS", t.TempDir())
		err := Demo{Screen: &Screen{out: &bytes.Buffer{}, width: columns}}.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "holds no executable etcd") {
			t.Errorf("error %v", err)
		}
	})
	t.Run("no checkout", func(t *testing.T) {
		t.Chdir(t.TempDir())
		err := Demo{Screen: &Screen{out: &bytes.Buffer{}, width: columns}}.Run(t.Context())
		if err == nil || !strings.Contains(err.Error(), "inside a checkout") {
			t.Errorf("error %v", err)
		}
	})
}
