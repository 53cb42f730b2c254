package expand

import (
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestCorpusIsWide: at least 80 stories, every reason that an app can be refused for, and every message.
func TestCorpusIsWide(t *testing.T) {
	if n := len(stories(t)); n < 80 {
		t.Errorf("%d stories", n)
	}
	said := allRefusals(t)
	for _, reason := range reasonsOfAccepted {
		if !regexp.MustCompile(`(?m)^` + reason + ` `).MatchString(said) {
			t.Errorf("no story is refused for the reason %s", reason)
		}
	}
	for _, dir := range []string{"../platform", "../image"} {
		for _, text := range messagesOf(t, dir) {
			if !sentence(text).MatchString(said) {
				t.Errorf("no story shows %q of %s", text, dir)
			}
		}
	}
}

func allRefusals(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("testdata/*/want.err")
	must(t, err)
	var b strings.Builder
	for _, f := range files {
		raw, err := os.ReadFile(f)
		must(t, err)
		b.Write(raw)
	}
	return b.String()
}

// messagesOf finds the texts of a package: every literal in quotes with a space in it, outside of panics.
func messagesOf(t *testing.T, dir string) []string {
	t.Helper()
	files, err := filepath.Glob(dir + "/*.go")
	must(t, err)
	var out []string
	for _, path := range files {
		if strings.HasSuffix(path, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, 0)
		must(t, err)
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				if f, ok := call.Fun.(*ast.Ident); ok && f.Name == "panic" {
					return false
				}
			}
			if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING && strings.HasPrefix(lit.Value, `"`) {
				if text, err := strconv.Unquote(lit.Value); err == nil && strings.Contains(strings.Trim(text, " "), " ") && text != "%s: %s; %s" {
					out = append(out, text)
				}
			}
			return true
		})
	}
	if len(out) == 0 {
		t.Fatalf("no messages in %s", dir)
	}
	return out
}

var verb = regexp.MustCompile(`%[sdqv]`)

// sentence is what a message looks like when it is said.
func sentence(text string) *regexp.Regexp {
	parts := verb.Split(text, -1)
	for i := range parts {
		parts[i] = regexp.QuoteMeta(parts[i])
	}
	return regexp.MustCompile(strings.Join(parts, `.*`))
}

// TestGoldensAreClean: a story has one outcome, and no file without a story.
func TestGoldensAreClean(t *testing.T) {
	folders, err := os.ReadDir("testdata")
	must(t, err)
	for _, f := range folders {
		if !f.IsDir() || f.Name() == "fleet" || f.Name() == "fuzz" {
			continue
		}
		dir := filepath.Join("testdata", f.Name())
		_, app := os.Stat(filepath.Join(dir, "app.yaml"))
		_, namespaces := os.Stat(filepath.Join(dir, "namespaces.yaml"))
		_, plan := os.Stat(filepath.Join(dir, "want.yaml"))
		_, refusals := os.Stat(filepath.Join(dir, "want.err"))
		if (app == nil) == (namespaces == nil) || (plan == nil) == (refusals == nil) {
			t.Errorf("%s is not one story with one outcome", dir)
		}
	}
}
