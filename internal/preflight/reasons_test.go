package preflight

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// TestEveryReasonIsDocumentedAndHasAStory reads reasons.go: each reason has a comment that says when, and a golden status.
func TestEveryReasonIsDocumentedAndHasAStory(t *testing.T) {
	told := map[string]map[string]bool{}
	for _, dir := range stories(t) {
		for _, f := range Status(facts(t, dir)).Findings {
			if told[f.Reason] == nil {
				told[f.Reason] = map[string]bool{}
			}
			told[f.Reason][f.Severity] = true
		}
	}
	reasons := reasonsOf(t)
	if len(reasons) < 20 {
		t.Fatalf("%d reasons in reasons.go", len(reasons))
	}
	for reason, doc := range reasons {
		if doc == "" {
			t.Errorf("%s has no comment", reason)
		}
		for _, severity := range []string{severityError, severityWarning} {
			if mentions(doc, severity) != told[reason][severity] {
				t.Errorf("%s: its comment says %s: %t; a story has it: %t", reason, severity, mentions(doc, severity), told[reason][severity])
			}
		}
	}
}

func mentions(doc, severity string) bool {
	return strings.Contains(doc, ", "+severity+":") || strings.Contains(doc, ". "+severity+":")
}

// reasonsOf are the reasons by value, with their comments on one line.
func reasonsOf(t *testing.T) map[string]string {
	t.Helper()
	api := constants(t, "../../api/v1alpha1/conditions.go", nil)
	out := map[string]string{}
	for name, c := range constants(t, "reasons.go", api) {
		if name[0] >= 'A' && name[0] <= 'Z' {
			out[c.value] = c.doc
		}
	}
	return out
}

type constant struct{ value, doc string }

// constants of a file; those that name a constant of another package take its value from there.
func constants(t *testing.T, path string, other map[string]constant) map[string]constant {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.ParseComments)
	must(t, err)
	out := map[string]constant{}
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 {
			return true
		}
		c := constant{}
		if spec.Doc != nil {
			for _, line := range spec.Doc.List {
				c.doc += " " + line.Text[len("//"):]
			}
		}
		switch v := spec.Values[0].(type) {
		case *ast.BasicLit:
			c.value, _ = strconv.Unquote(v.Value)
		case *ast.SelectorExpr:
			c.value = other[v.Sel.Name].value
		}
		out[spec.Names[0].Name] = c
		return true
	})
	return out
}
