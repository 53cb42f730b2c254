package doctor

import (
	"encoding/json"
	"net/url"
	"strings"
	"testing"
)

func TestJSON(t *testing.T) {
	raw, err := Diagnose(load(t, "testdata/story")).JSON()
	must(t, err)
	golden(t, "testdata/story/want.json", string(raw))
	empty, err := Report{}.JSON()
	must(t, err)
	if !strings.Contains(string(empty), `"findings": []`) || !strings.Contains(string(empty), `"skipped": []`) {
		t.Errorf("lists that are empty are no lists:\n%s", empty)
	}
}

// What SARIF 2.1.0 and GitHub's code scanning ask for, held against what is printed.
func TestSARIF(t *testing.T) {
	for _, dir := range append(globbed(t, "testdata/AFRO*/bad"), "testdata/story", "testdata/odd") {
		in := load(t, dir)
		r := Diagnose(in)
		raw, err := r.SARIF()
		must(t, err)
		var log sarifLog
		must(t, json.Unmarshal(raw, &log))
		if log.Version != "2.1.0" || len(log.Runs) != 1 || !strings.Contains(string(raw), `"$schema"`) {
			t.Fatalf("%s: no log", dir)
		}
		run := log.Runs[0]
		for i, rule := range run.Tool.Driver.Rules {
			if rule.ID != Rules[i].ID || rule.ShortDescription.Text == "" || rule.Help.Text == "" || !isLevel(rule.DefaultConfiguration.Level) {
				t.Errorf("%s: rule %d is %+v", dir, i, rule)
			}
		}
		if len(run.Results) != len(r.Findings) {
			t.Errorf("%s: %d results of %d findings", dir, len(run.Results), len(r.Findings))
		}
		for _, result := range run.Results {
			checkResult(t, in, run, result)
		}
	}
}

func isLevel(s Severity) bool { return s == Error || s == Warning || s == Note }

func checkResult(t *testing.T, in Input, run sarifRun, result sarifResult) {
	t.Helper()
	if run.Tool.Driver.Rules[result.RuleIndex].ID != result.RuleID || result.Message.Text == "" || !isLevel(result.Level) || len(result.Locations) != 1 {
		t.Errorf("%+v", result)
	}
	if at := result.Locations[0].Physical; at == nil {
		if len(result.Locations[0].Logical) == 0 {
			t.Errorf("%s is nowhere", result.RuleID)
		}
	} else if at.Region.StartLine < 1 || at.Region.StartLine > 1+strings.Count(string(content(t, in, at.Artifact.URI)), "\n") {
		t.Errorf("%s: line %d", result.RuleID, at.Region.StartLine)
	}
	for _, fix := range result.Fixes {
		for _, change := range fix.Changes {
			raw := content(t, in, change.Artifact.URI)
			for _, x := range change.Replacements {
				start, end := byteAt(raw, x.Deleted.StartLine, x.Deleted.StartColumn), byteAt(raw, x.Deleted.EndLine, x.Deleted.EndColumn)
				if start < 0 || end < start {
					t.Errorf("%s: region %+v", result.RuleID, x.Deleted)
				}
			}
		}
	}
}

func content(t *testing.T, in Input, uri string) []byte {
	t.Helper()
	u, err := url.Parse(uri)
	must(t, err)
	for _, f := range in.Files {
		if f.Path == u.Path && !u.IsAbs() {
			return f.Raw
		}
	}
	t.Fatalf("%s is not among the files", uri)
	return nil
}

// byteAt is the inverse of position, by counting.
func byteAt(raw []byte, line, column int) int {
	for i := 0; i <= len(raw); i++ {
		if l, c := position(raw, i); l == line && c == column {
			return i
		}
	}
	return -1
}

// A path with blanks and an object of a cluster.
func TestSARIFPlaces(t *testing.T) {
	bad := content(t, load(t, "testdata/AFRO002/bad"), "app.yaml")
	raw, err := Diagnose(Input{Files: []File{{Path: "my apps/a:b.yaml", Raw: bad}, {Path: "application/argocd/shop", Raw: bad, Live: true}}}).SARIF()
	must(t, err)
	for _, want := range []string{`"uri": "my%20apps/a:b.yaml"`, `"fullyQualifiedName": "application/argocd/shop"`} {
		if !strings.Contains(string(raw), want) {
			t.Errorf("no %s in\n%s", want, raw)
		}
	}
}

// What stands in a file does not reach the terminal as a command, nor adds lines.
func TestTextIsPlain(t *testing.T) {
	bad := strings.Replace(string(content(t, load(t, "testdata/AFRO002/bad"), "app.yaml")), "ghcr.io/acme/shop", `"ghcr.io/acme/shop\e[31m\n\u202e"`, 1)
	text := Diagnose(Input{Files: []File{{Path: "a\x1b.yaml", Raw: []byte(strings.Replace(bad, "app=", "", 1))}}}).Text()
	if strings.ContainsAny(text, "\x1b\u202e") {
		t.Errorf("%q", text)
	}
}
