package main

import (
	"fmt"
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/explain"
)

// explain is the text of afroctl.
func (s *story) explain(app *v1alpha1.AfroApp) {
	s.answered(fmt.Sprintf("kubectl get afro %s -n %s -o yaml | afroctl explain-status -f -", app.Name, app.Namespace), explain.Explain(app))
}

// status is the text of afroctl too, with the age of each hop by the operator's clock.
func (s *story) status(app *v1alpha1.AfroApp) {
	s.answered(fmt.Sprintf("afroctl status %s -n %s", app.Name, app.Namespace), explain.Status(app, s.operator.clock.Now()))
}

// answered is a command of afroctl with what it prints.
func (s *story) answered(command, text string) {
	s.ran(command)
	for line := range strings.Lines(text) {
		for _, part := range folded(strings.TrimRight(line, "\n"), s.width) {
			s.printf("%s", s.painted(part))
		}
	}
}

// folded breaks a line that does not fit between its fields, which two spaces part: the first one has an image and a URL.
func folded(line string, width int) []string {
	fields := strings.Split(line, "  ")
	if len([]rune(line)) <= width || fields[0] == "" {
		return []string{line}
	}
	parts := fields[:1]
	for _, f := range fields[1:] {
		last := len(parts) - 1
		if len([]rune(parts[last]))+2+len([]rune(f)) <= width {
			parts[last] += "  " + f
		} else {
			parts = append(parts, "  "+f)
		}
	}
	return parts
}

// marks of hops, as afroctl prints them.
var marks = map[string]style{"ok": green, "..": yellow, "!!": red, "??": yellow, "--": dim}

// painted is a line of afroctl with its mark in colour.
func (s *Screen) painted(line string) string {
	for mark, colour := range marks {
		if rest, ok := strings.CutPrefix(line, "  "+mark+"  "); ok {
			return "  " + s.in(colour, mark) + "  " + rest
		}
	}
	if strings.HasPrefix(line, "Stuck at ") {
		return s.in(red, line)
	}
	return line
}
