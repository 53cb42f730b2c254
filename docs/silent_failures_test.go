package docs

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/afrotomation/afroapp/internal/doctor"
	"github.com/afrotomation/afroapp/test/detection"
)

const catalogueRows = 40

var (
	catalogueLine = regexp.MustCompile(`(?m)^\| ([0-9]+) \| (.+) \| (.+) \| (.+) \| (.+) \|$`)
	mark          = regexp.MustCompile("`([^`]+)`")
	verdictMark   = regexp.MustCompile(`^[A-Z][A-Za-z]+: [A-Z][A-Za-z]+$`)
)

// Every row of the catalogue is answered, by what exists and says of that row what the page says.
func TestEverySilentFailureIsAnswered(t *testing.T) {
	lines := catalogueLine.FindAllStringSubmatch(read(t, "docs/silent-failures.md"), -1)
	if len(lines) != catalogueRows {
		t.Fatalf("%d rows, want %d", len(lines), catalogueRows)
	}
	w := newWitnesses(t)
	for i, line := range lines {
		if line[1] != strconv.Itoa(i+1) {
			t.Fatalf("row %s stands where %d should", line[1], i+1)
		}
		shown := 0
		for _, cell := range []string{line[3], line[4]} {
			said := ""
			for _, m := range mark.FindAllStringSubmatch(cell, -1) {
				if verdictMark.MatchString(m[1]) {
					said = m[1]
				} else if kind, name, ok := strings.Cut(m[1], ":"); ok && w.witness(t, i+1, kind, name, said) {
					shown++
				}
			}
			if said == "" && cell == line[4] && cell != "–" {
				t.Errorf("row %d: nothing is named by %q", i+1, cell)
			}
		}
		if shown == 0 {
			t.Errorf("row %d is shown by nothing", i+1)
		}
		for _, m := range mark.FindAllStringSubmatch(line[5], -1) {
			w.rule(t, i+1, m[1])
		}
	}
}

// witnesses are what a row may be shown by.
type witnesses struct {
	scenarios map[string]detection.Scenario
	rules     map[string][]int // of TestCannotShrug, with their rows
}

func newWitnesses(t *testing.T) witnesses {
	t.Helper()
	w := witnesses{scenarios: map[string]detection.Scenario{}, rules: map[string][]int{}}
	for _, s := range detection.Stages() {
		for _, x := range s.Scenarios {
			w.scenarios[x.Name] = x
		}
	}
	for _, m := range regexp.MustCompile(`\{"([^"]+)", rows\{([0-9, ]+)\}`).FindAllStringSubmatch(read(t, "internal/expand/cannot_shrug_test.go"), -1) {
		w.rules[m[1]] = numbers(m[2])
	}
	return w
}

// witness is false for a mark that is none of ours. With nothing said before it, a scenario has to be healthy.
func (w witnesses) witness(t *testing.T, row int, kind, name, said string) bool {
	t.Helper()
	switch kind {
	case "expand":
		if !slices.Contains(w.rules[name], row) {
			t.Errorf("row %d: TestCannotShrug has no rule %q for it: %v", row, name, w.rules[name])
		}
	case "refused":
		read(t, "internal/expand/testdata/"+name+"/want.err")
	case "detection":
		x, ok := w.scenarios[name]
		about, _, _ := strings.Cut(x.Rows, ";")
		if !ok || !slices.Contains(numbers(about), row) {
			t.Errorf("row %d: there is no scenario %s, or it is about rows %q", row, name, x.Rows)
		}
		if want := x.Want.Hop + ": " + x.Want.Reason; said != want && (said != "" || !x.Healthy()) {
			t.Errorf("row %d: scenario %s wants %q, and the page says %q", row, name, want, said)
		}
	case "observe":
		if status := read(t, "internal/observe/testdata/"+name+"/want-status.yaml"); !strings.Contains(status, "summary: '"+said+"'\n") || said == "" {
			t.Errorf("row %d: the status of story %s does not say %q", row, name, said)
		}
	case "test":
		folder, test, _ := strings.Cut(name, ".")
		if !hasTest(t, folder, test) {
			t.Errorf("row %d: %s has no test %s", row, folder, test)
		}
	default:
		return false
	}
	return true
}

// rule of the doctor, which names the row.
func (w witnesses) rule(t *testing.T, row int, id string) {
	t.Helper()
	i := slices.IndexFunc(doctor.Rules, func(r doctor.Rule) bool { return r.ID == id })
	if i < 0 {
		t.Fatalf("row %d: there is no rule %q", row, id)
	}
	_, about, _ := strings.Cut(doctor.Rules[i].Help, "Catalogue row")
	if !slices.Contains(numbers(about), row) {
		t.Errorf("row %d: rule %s is about rows %q", row, id, about)
	}
}

// numbers of a text; "27 to 30" are four.
func numbers(text string) (out []int) {
	for _, m := range regexp.MustCompile(`([0-9]+)(?: to ([0-9]+))?`).FindAllStringSubmatch(text, -1) {
		from, _ := strconv.Atoi(m[1])
		last := from
		if m[2] != "" {
			last, _ = strconv.Atoi(m[2])
		}
		for n := from; n <= last; n++ {
			out = append(out, n)
		}
	}
	return out
}

func hasTest(t *testing.T, folder, name string) bool {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, folder, "*_test.go"))
	must(t, err)
	return slices.ContainsFunc(files, func(f string) bool {
		raw, err := os.ReadFile(f)
		must(t, err)
		return strings.Contains(string(raw), "\nfunc "+name+"(")
	})
}
