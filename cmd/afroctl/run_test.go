package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// result is what one command line did.
type result struct {
	code     int
	out, err string
}

func runWith(args ...string) result { return runOn("", args...) }

func runOn(stdin string, args ...string) result {
	var out, err bytes.Buffer
	code := run(args, streams{in: strings.NewReader(stdin), out: &out, err: &err})
	return result{code: code, out: out.String(), err: err.String()}
}

func (r result) String() string {
	return fmt.Sprintf("-- exit code %d\n-- standard error\n%s-- standard output\n%s", r.code, r.err, r.out)
}

func compare(t *testing.T, want, got string) {
	t.Helper()
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("-want +got\n%s", d)
	}
}

// TestCommands runs the command line of each folder of testdata in that folder, and compares all it does with want.txt.
// args holds one argument a line; stdin, if it is there, is standard input.
func TestCommands(t *testing.T) {
	found, err := filepath.Glob("testdata/*/args")
	must(t, err)
	if len(found) == 0 {
		t.Fatal("no testdata")
	}
	for _, file := range found {
		t.Run(filepath.Base(filepath.Dir(file)), func(t *testing.T) {
			t.Chdir(filepath.Dir(file))
			args, err := os.ReadFile("args")
			must(t, err)
			stdin, err := os.ReadFile("stdin")
			if !errors.Is(err, os.ErrNotExist) {
				must(t, err)
			}
			got := runOn(string(stdin), strings.Fields(string(args))...).String()
			if *update {
				must(t, os.WriteFile("want.txt", []byte(got), 0o644))
			}
			want, err := os.ReadFile("want.txt")
			must(t, err)
			compare(t, string(want), got)
		})
	}
}

func TestVersion(t *testing.T) {
	got := runWith("version")
	if got.code != exitOK || !strings.HasPrefix(got.out, "afroctl dev (commit dev, go1.") {
		t.Errorf("%v", got)
	}
}

// Both ways of asking for help say the same, and every flag that is read is in it.
func TestHelpNamesEveryFlag(t *testing.T) {
	for _, c := range commands() {
		byFlag, byWord := runWith(c.name, "--help"), runWith("help", c.name)
		if byFlag != byWord || byFlag.code != exitOK || byFlag.err != "" {
			t.Errorf("%s: %v %v", c.name, byFlag, byWord)
		}
	}
	fs := flag.NewFlagSet("", flag.ContinueOnError)
	(&renderOptions{}).bind(fs)
	filesFlag(fs)
	fs.VisitAll(func(f *flag.Flag) {
		dashes := "--"
		if len(f.Name) == 1 {
			dashes = "-"
		}
		if !strings.Contains(renderHelp, dashes+f.Name) {
			t.Errorf("render --help does not name %s", dashes+f.Name)
		}
	})
	for _, p := range peers {
		for _, f := range p.flavours {
			if !strings.Contains(renderHelp, p.name) || !strings.Contains(renderHelp, f.value) {
				t.Errorf("render --help does not name %s=%s", p.name, f.value)
			}
		}
	}
}

// A full disk must not end in half a stream and exit code 0.
func TestOutputThatCannotBeWritten(t *testing.T) {
	var stderr bytes.Buffer
	code := run([]string{"render", "-f", "testdata/one-app/app.yaml", "--platform", corpus + "/platform.yaml"}, streams{out: full{}, err: &stderr})
	if code != exitRefused || stderr.String() != "afroctl render: no space left\n" {
		t.Errorf("exit %d, %q", code, stderr.String())
	}
}

type full struct{}

func (full) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// Rendering is a function of its input: the same twice, and sorted whatever the order of the files.
func TestRenderDoesNotDependOnTheOrderOfFiles(t *testing.T) {
	a := runWith("render", "-f", corpus+"/minimal/app.yaml", "-f", corpus+"/worker/app.yaml", "--platform", corpus+"/platform.yaml")
	b := runWith("render", "--platform", corpus+"/platform.yaml", "-f", corpus+"/worker/app.yaml", "-f", corpus+"/minimal/app.yaml")
	if a != b || a.code != exitOK || a.out == "" {
		t.Errorf("exit %d and %d, %d and %d bytes\n%s%s", a.code, b.code, len(a.out), len(b.out), a.err, b.err)
	}
}

// What README.md tells people to try first works, without a word on standard error.
func TestSamplesAreRendered(t *testing.T) {
	const samples = "../../config/samples/"
	for _, args := range [][]string{
		{"render", "-f", samples + "fleet"},
		{"render", "-f", samples + "platform_v1alpha1_afroplatform.yaml", "-f", samples + "platform_v1alpha1_afroapp.yaml"},
	} {
		if got := runWith(args...); got.code != exitOK || got.err != "" || got.out == "" {
			t.Errorf("%v: exit %d, %d bytes\n%s", args, got.code, len(got.out), got.err)
		}
	}
}
