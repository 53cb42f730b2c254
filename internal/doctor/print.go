package doctor

import (
	"encoding/json"
	"fmt"
	"strings"
)

// Text is the report for people: findings by file and line, each with what it rests on and what to do.
func (r Report) Text() string {
	var b strings.Builder
	for _, f := range r.Findings {
		fmt.Fprintf(&b, "%s: %s %s: %s%s\n", place(f), f.Rule, f.Severity, f.subject(), f.Sentence)
		fmt.Fprintf(&b, "    evidence  %s\n    remedy    %s\n", f.Evidence, f.Remedy)
		for line := range strings.Lines(f.Diff) {
			b.WriteString("    " + visible(line))
		}
		b.WriteString("\n")
	}
	fmt.Fprintf(&b, "%s, %s, %s; %s, %s\n", number(r.count(Error), "error"), number(r.count(Warning), "warning"), number(r.count(Note), "note"),
		number(r.Files, "file"), number(r.Apps, "Application"))
	return b.String()
}

// visible keeps what stands in a file from reaching the terminal as a command.
func visible(line string) string {
	text, hasEnd := strings.CutSuffix(line, "\n")
	text = strings.Map(func(r rune) rune {
		switch r {
		case '\t':
			return r
		case '\r':
			return -1
		}
		return []rune(printable(string(r)))[0]
	}, text)
	if hasEnd {
		text += "\n"
	}
	return text
}

func place(f Finding) string {
	if f.Line == 0 {
		return printable(f.File)
	}
	return fmt.Sprintf("%s:%d", printable(f.File), f.Line)
}

// subject is the object, where the place does not say so already.
func (f Finding) subject() string {
	if f.Object == "" || f.Object == f.File {
		return ""
	}
	return printable(f.Object) + ": "
}

func number(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// jsonReport is what -o json prints. Version changes when a field changes its meaning or goes; new fields may come.
type jsonReport struct {
	Version  int       `json:"version"`
	Summary  summary   `json:"summary"`
	Findings []Finding `json:"findings"`
	Skipped  []Skipped `json:"skipped"`
}

type summary struct {
	Errors       int `json:"errors"`
	Warnings     int `json:"warnings"`
	Notes        int `json:"notes"`
	Files        int `json:"files"`
	Applications int `json:"applications"`
}

// JSON is the report for programs, in the order of the text.
func (r Report) JSON() ([]byte, error) {
	return encode(jsonReport{Version: 1, Summary: summary{r.count(Error), r.count(Warning), r.count(Note), r.Files, r.Apps},
		Findings: append([]Finding{}, r.Findings...), Skipped: append([]Skipped{}, r.Skipped...)})
}

// RulesJSON are all rules for programs.
func RulesJSON() ([]byte, error) {
	return encode(struct {
		Version int    `json:"version"`
		Rules   []Rule `json:"rules"`
	}{1, Rules})
}

func encode(v any) ([]byte, error) {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(v)
	return []byte(b.String()), err
}
