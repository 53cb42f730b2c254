// Package explain prints the status of an AfroApp as a person wants to read it in a terminal: lane by lane, hop by hop, and
// where it is stuck. Pure: plain text, no colours, no clock.
package explain

import (
	"fmt"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// Marks of hops.
var marks = map[v1alpha1.HopState]string{
	v1alpha1.HopPassed:    "ok",
	v1alpha1.HopWaiting:   "..",
	v1alpha1.HopStuck:     "!!",
	v1alpha1.HopUnknown:   "??",
	v1alpha1.HopNotProbed: "--",
}

// width of a line, in characters. Words longer than that are not broken: they may have to be copied.
const width = 100

// Explain prints an app: who it is and whether it is ready, its hops, and the first that is stuck with its cause and what to
// do. It ends with a newline.
func Explain(app *v1alpha1.AfroApp) string {
	var b strings.Builder
	b.WriteString(header(app))
	if note := outdated(app); note != "" {
		b.WriteString(note)
	}
	b.WriteString(lanes(app.Status.Hops))
	b.WriteString(stuck(app.Status.StuckAt))
	return strings.Map(printable, b.String())
}

// printable drops what a terminal would act on: the AfroApp may come from a file that anybody wrote.
func printable(r rune) rune {
	if r == '\n' || unicode.IsGraphic(r) {
		return r
	}
	return -1
}

// header is name, Ready, image and URL, on one line where they fit.
func header(app *v1alpha1.AfroApp) string {
	fields := []string{ready(app.Status.Conditions), "image " + image(app)}
	if app.Status.URL != "" {
		fields = append(fields, app.Status.URL)
	}
	line := app.Namespace + "/" + app.Name
	var b strings.Builder
	for _, f := range fields {
		if utf8.RuneCountInString(line)+len("  ")+utf8.RuneCountInString(f) > width {
			b.WriteString(line + "\n")
			line = ""
		}
		line += "  " + f
	}
	b.WriteString(line + "\n")
	return b.String()
}

func ready(conditions []metav1.Condition) string {
	c := meta.FindStatusCondition(conditions, v1alpha1.ConditionReady)
	switch {
	case c == nil:
		return "Ready=Unknown (no status yet)"
	case c.Status == metav1.ConditionTrue:
		return "Ready=True"
	}
	return fmt.Sprintf("Ready=%s (%s)", c.Status, c.Reason)
}

// image is what runs, or, as long as that is not known, what was asked for.
func image(app *v1alpha1.AfroApp) string {
	if i := app.Status.Image; i != nil && i.Reference != "" {
		return i.Reference
	}
	return app.Spec.Image + " (asked for)"
}

func outdated(app *v1alpha1.AfroApp) string {
	if len(app.Status.Hops) == 0 || app.Status.ObservedGeneration >= app.Generation {
		return ""
	}
	return "the spec was changed since; this is about the one before\n"
}

// lanes are the hops, each lane under its name.
func lanes(hops []v1alpha1.Hop) string {
	longest := 0
	for _, h := range hops {
		longest = max(longest, len(h.Name))
	}
	var b strings.Builder
	for i, h := range hops {
		if i == 0 || hops[i-1].Lane != h.Lane {
			fmt.Fprintf(&b, "\n%s\n", h.Lane)
		}
		b.WriteString(item(fmt.Sprintf("  %s  %-*s  ", mark(h.State), longest, h.Name), h.Message))
	}
	return b.String()
}

func mark(s v1alpha1.HopState) string {
	if m, ok := marks[s]; ok {
		return m
	}
	return "??"
}

// stuck is the block with the four parts: hop, since, cause, what to do.
func stuck(at *v1alpha1.StuckAt) string {
	if at == nil {
		return ""
	}
	return fmt.Sprintf("\nStuck at %s (%s)\n", at.Hop, at.Lane) +
		item("  since       ", at.Since.UTC().Format(time.RFC3339)) +
		item("  cause       ", at.Reason+": "+at.Message) +
		item("  what to do  ", at.Fix)
}

// item is a text behind its label, wrapped so that it stays behind it.
func item(label, text string) string {
	room := max(width-len(label), 20)
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len([]rune(line))+1+len([]rune(word)) > room {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	lines = append(lines, line)
	indent := strings.Repeat(" ", len(label))
	return strings.TrimRight(label+strings.Join(lines, "\n"+indent), " ") + "\n"
}
