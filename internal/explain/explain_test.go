package explain

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"sigs.k8s.io/yaml"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/fixtures"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const corpus = "../observe/testdata"

// TestStories prints every status of the corpus.
func TestStories(t *testing.T) {
	dirs, err := filepath.Glob(filepath.Join(corpus, "*", "want-status.yaml"))
	if err != nil || len(dirs) < 60 {
		t.Fatalf("%d statuses in %s (%v)", len(dirs), corpus, err)
	}
	for _, path := range dirs {
		dir := filepath.Dir(path)
		t.Run(filepath.Base(dir), func(t *testing.T) {
			app := story(t, dir)
			got := Explain(app)
			check(t, app, got)
			golden(t, filepath.Join(dir, "want-explain.txt"), got)
		})
	}
}

func story(t *testing.T, dir string) *v1alpha1.AfroApp {
	t.Helper()
	objs, err := fixtures.Objects(filepath.Join(dir, "app.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	app, err := fixtures.As[v1alpha1.AfroApp](objs[0])
	if err != nil {
		t.Fatal(err)
	}
	raw, err := os.ReadFile(filepath.Join(dir, "want-status.yaml"))
	if err != nil {
		t.Fatal(err)
	}
	app.Status = v1alpha1.AfroAppStatus{}
	if err := yaml.UnmarshalStrict(raw, &app.Status); err != nil {
		t.Fatal(err)
	}
	return app
}

// check holds what every explanation has: a line for each hop, all four parts, lines that fit.
func check(t *testing.T, app *v1alpha1.AfroApp, text string) {
	t.Helper()
	flat := strings.Join(strings.Fields(text), " ")
	for _, h := range app.Status.Hops {
		if want := marks[h.State] + " " + h.Name; !strings.Contains(flat, strings.TrimSpace(want+" "+h.Message)) {
			t.Errorf("no line for hop %s", h.Name)
		}
	}
	if at := app.Status.StuckAt; at != nil {
		for _, part := range []string{"Stuck at " + at.Hop, "since 2", "cause " + at.Reason + ": " + at.Message, "what to do " + at.Fix} {
			if !strings.Contains(flat, part) {
				t.Errorf("no part %q", part)
			}
		}
	}
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len([]rune(line)) > width+1 && len(words) > 6 {
			t.Errorf("line longer than %d: %s", width, line)
		}
	}
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got); d != "" {
		t.Errorf("%s (-want +got; rewrite with -update)\n%s", path, d)
	}
}

func TestNothingKnown(t *testing.T) {
	app := &v1alpha1.AfroApp{}
	app.Namespace, app.Name, app.Spec.Image = "shop", "web", "ghcr.io/acme/shop:latest"
	const want = "shop/web  Ready=Unknown (no status yet)  image ghcr.io/acme/shop:latest (asked for)\n"
	if got := Explain(app); got != want {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestAnOlderGenerationIsSaid(t *testing.T) {
	app := &v1alpha1.AfroApp{}
	app.Generation, app.Status.ObservedGeneration = 2, 1
	app.Status.Hops = []v1alpha1.Hop{{Lane: v1alpha1.LaneSpec, Name: v1alpha1.HopSpec, State: v1alpha1.HopPassed}}
	if !strings.Contains(Explain(app), "the spec was changed since") {
		t.Error("an outdated status is shown as if it were current")
	}
}

// A status from a file may hold anything: an escape sequence must not reach the terminal.
func TestNoEscapeReachesTheTerminal(t *testing.T) {
	app := &v1alpha1.AfroApp{}
	app.Spec.Image = "x\x1b[2J\x07\u202e"
	app.Status.Hops = []v1alpha1.Hop{{Lane: v1alpha1.LaneSpec, Name: v1alpha1.HopSpec, State: "odd", Message: "a\x1b]0;b\x07\r\nc"}}
	if got := Explain(app); strings.ContainsAny(got, "\x1b\x07\r\u202e") {
		t.Errorf("%q", got)
	}
}
