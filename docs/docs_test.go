// Package docs holds what README.md and docs/ say against the code: examples are accepted, names exist, tables are complete.
package docs

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

const root = ".."

// pages are README.md and this folder, by their paths from the root of the repository.
func pages(t *testing.T) map[string]string {
	t.Helper()
	paths, err := filepath.Glob("*.md")
	must(t, err)
	out := map[string]string{"README.md": ""}
	for _, p := range paths {
		out["docs/"+p] = ""
	}
	for p := range out {
		out[p] = read(t, p)
	}
	return out
}

func read(t *testing.T, path string) string {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join(root, path))
	must(t, err)
	return string(raw)
}

func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// constants are the string constants of a folder or file that match a pattern, by name.
func constants(t *testing.T, pattern string, name *regexp.Regexp) map[string]string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(root, pattern))
	must(t, err)
	out := map[string]string{}
	for _, f := range files {
		if strings.HasSuffix(f, "_test.go") {
			continue
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), f, nil, 0)
		must(t, err)
		ast.Inspect(parsed, func(n ast.Node) bool {
			spec, ok := n.(*ast.ValueSpec)
			if !ok || len(spec.Values) != len(spec.Names) {
				return true
			}
			for i, ident := range spec.Names {
				if lit, ok := spec.Values[i].(*ast.BasicLit); ok && lit.Kind == token.STRING && name.MatchString(ident.Name) {
					value, err := strconv.Unquote(lit.Value)
					must(t, err)
					out[ident.Name] = value
				}
			}
			return true
		})
	}
	if len(out) == 0 {
		t.Fatalf("no constant of %s matches %s", pattern, name)
	}
	return out
}

// rows are the first columns of the tables between two headings of docs/api.md, without backticks.
func rows(t *testing.T, from, to string) []string {
	t.Helper()
	_, text, found := strings.Cut(read(t, "docs/api.md"), "\n## "+from+"\n")
	text, _, ended := strings.Cut(text, "\n## "+to+"\n")
	if !found || !ended {
		t.Fatalf("no part %q before %q", from, to)
	}
	var out []string
	for line := range strings.Lines(text) {
		if cell, ok := strings.CutPrefix(line, "| `"); ok {
			name, _, _ := strings.Cut(cell, "`")
			out = append(out, name)
		}
	}
	return out
}

// reasonRows are the tables of reasons, without that of the metrics behind them.
func reasonRows(t *testing.T) []string {
	t.Helper()
	return slices.DeleteFunc(rows(t, "Reasons", "Findings of the AfroPlatform"), func(r string) bool { return strings.HasPrefix(r, "afroapp_") })
}

// Every reason that a status can have is explained, and every reason that is explained exists.
func TestEveryReasonIsDocumented(t *testing.T) {
	apps, findings := map[string]string{}, map[string]string{}
	for name, value := range constants(t, "api/v1alpha1/conditions.go", regexp.MustCompile("^Reason")) {
		apps[name] = value
	}
	for name, value := range constants(t, "internal/observe/*.go", regexp.MustCompile("^[Rr]eason")) {
		apps["observe."+name] = value
	}
	for name, value := range constants(t, "internal/preflight/reasons.go", regexp.MustCompile("^[A-Z]")) {
		findings["preflight."+name] = value
	}
	appRows, findingRows := reasonRows(t), rows(t, "Findings of the AfroPlatform", "Peers")
	text := read(t, "docs/api.md")
	for name, value := range apps {
		if !strings.Contains(text, "`"+value+"`") {
			t.Errorf("docs/api.md: %s, %q, is not explained", name, value)
		}
	}
	for name, value := range findings {
		if !slices.Contains(findingRows, value) {
			t.Errorf("docs/api.md: %s, %q, is not among the findings", name, value)
		}
	}
	for _, row := range append(appRows, findingRows...) {
		if !holdsValue(apps, row) && !holdsValue(findings, row) {
			t.Errorf("docs/api.md explains %q, which no constant has", row)
		}
	}
}

func holdsValue(m map[string]string, value string) bool {
	for _, v := range m {
		if v == value {
			return true
		}
	}
	return false
}

func TestEveryConditionHopAndAnnotationIsDocumented(t *testing.T) {
	text := read(t, "docs/api.md")
	for name, value := range constants(t, "api/v1alpha1/conditions.go", regexp.MustCompile("^(Condition|Hop|Annotation|Finalizer)")) {
		if !strings.Contains(text, "`"+value+"`") {
			t.Errorf("docs/api.md does not explain %s, %q", name, value)
		}
	}
	for name, value := range constants(t, "internal/expand/names.go", regexp.MustCompile("^(Annotation|Label)")) {
		if !strings.Contains(text, value) {
			t.Errorf("docs/api.md does not explain %s, %q", name, value)
		}
	}
}

func TestEveryMetricIsDocumented(t *testing.T) {
	text := read(t, "docs/api.md")
	found := regexp.MustCompile(`NewDesc\("([a-z_]+)"`).FindAllStringSubmatch(read(t, "controllers/metrics.go"), -1)
	if len(found) == 0 {
		t.Fatal("no metric found")
	}
	for _, m := range found {
		if !strings.Contains(text, "| `"+m[1]+"` |") {
			t.Errorf("docs/api.md does not explain %s", m[1])
		}
	}
}

var graceRow = regexp.MustCompile("(?m)^\\| [^|]+ \\| `([a-zA-Z]+)` \\| ([0-9]+) min \\|$")
var graceConst = regexp.MustCompile(`(?m)^\t([a-zA-Z]+) += (?:([0-9]+) \* )?time\.Minute$`)

func TestGraceTimesAreTheDocumentedOnes(t *testing.T) {
	want, got := map[string]string{}, map[string]string{}
	for _, m := range graceConst.FindAllStringSubmatch(read(t, "internal/observe/grace.go"), -1) {
		want[m[1]] = m[2]
		if m[2] == "" {
			want[m[1]] = "1"
		}
	}
	for _, m := range graceRow.FindAllStringSubmatch(read(t, "docs/api.md"), -1) {
		got[m[1]] = m[2]
	}
	if len(want) < 10 {
		t.Fatalf("only %d constants found in grace.go", len(want))
	}
	for name := range want {
		if got[name] != want[name] {
			t.Errorf("docs/api.md says that %s is %q min, the code %q", name, got[name], want[name])
		}
	}
	for name := range got {
		if want[name] == "" {
			t.Errorf("docs/api.md has %s, which is no constant", name)
		}
	}
}

func TestSourceMapNamesEveryRoom(t *testing.T) {
	text := read(t, "docs/architecture.md")
	for _, parent := range []string{"internal", "cmd", "test"} {
		dirs, err := os.ReadDir(filepath.Join(root, parent))
		must(t, err)
		for _, d := range dirs {
			if d.IsDir() && !strings.Contains(text, "`"+parent+"/"+d.Name()+"`") {
				t.Errorf("docs/architecture.md does not name %s/%s", parent, d.Name())
			}
		}
	}
}
