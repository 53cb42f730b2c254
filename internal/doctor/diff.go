package doctor

import (
	"bytes"
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// context is how many lines stand around a change.
const context = 3

// diff writes edits as a patch for `git apply` and `patch -p1`.
func (s *set) diff(edits []Edit) string {
	byFile := map[string][]Edit{}
	var files []string
	for _, e := range edits {
		if byFile[e.File] == nil {
			files = append(files, e.File)
		}
		byFile[e.File] = append(byFile[e.File], e)
	}
	slices.Sort(files)
	var b strings.Builder
	for _, f := range files {
		b.WriteString(unified(f, s.raw[f], byFile[f]))
	}
	return b.String()
}

// change replaces the lines from first up to last.
type change struct {
	first, last int
	lines       []string
}

func unified(name string, raw []byte, edits []Edit) string {
	old := lines(string(raw))
	var b strings.Builder
	fmt.Fprintf(&b, "--- %s\n+++ %s\n", inPatch("a/"+name), inPatch("b/"+name))
	shift := 0
	for _, hunk := range hunks(changes(raw, edits)) {
		first := max(hunk[0].first-context, 0)
		last := min(hunk[len(hunk)-1].last+context, len(old))
		var body strings.Builder
		at, grown := first, 0
		for _, c := range hunk {
			put(&body, " ", old[at:c.first])
			put(&body, "-", old[c.first:c.last])
			put(&body, "+", c.lines)
			at = c.last
			grown += len(c.lines) - (c.last - c.first)
		}
		put(&body, " ", old[at:last])
		fmt.Fprintf(&b, "@@ -%s +%s @@\n%s", span(first, last-first), span(first+shift, last-first+grown), body.String())
		shift += grown
	}
	return b.String()
}

// inPatch is a name as patches have it: without the tab behind it a blank ends the name, and what is no plain character stands
// in quotes.
func inPatch(name string) string {
	if strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == '"' || r == '\\' || r == 0x7f }) {
		var b strings.Builder
		for _, c := range []byte(name) {
			if c < ' ' || c == '"' || c == '\\' || c >= 0x7f {
				fmt.Fprintf(&b, "\\%03o", c)
				continue
			}
			b.WriteByte(c)
		}
		return `"` + b.String() + `"`
	}
	if strings.Contains(name, " ") {
		return name + "\t"
	}
	return name
}

func span(first, count int) string {
	if count == 0 {
		return fmt.Sprintf("%d,0", first)
	}
	return fmt.Sprintf("%d,%d", first+1, count)
}

func put(b *strings.Builder, mark string, lines []string) {
	for _, l := range lines {
		b.WriteString(mark + l)
		if !strings.HasSuffix(l, "\n") {
			b.WriteString("\n\\ No newline at end of file\n")
		}
	}
}

func lines(s string) []string {
	out := strings.SplitAfter(s, "\n")
	if out[len(out)-1] == "" {
		out = out[:len(out)-1]
	}
	return out
}

// changes turns edits into whole lines.
func changes(raw []byte, edits []Edit) (out []change) {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Compare(a.Start, b.Start) })
	for len(edits) > 0 {
		first := lineOf(raw, edits[0].Start)
		last, n := lineEnd(raw, edits[0]), 1
		for n < len(edits) && lineOf(raw, edits[n].Start) < last {
			last = max(last, lineEnd(raw, edits[n]))
			n++
		}
		from, to := byteOf(raw, first), byteOf(raw, last)
		var moved []Edit
		for _, e := range edits[:n] {
			moved = append(moved, Edit{Start: e.Start - from, End: e.End - from, Text: e.Text})
		}
		out = append(out, change{first: first, last: last, lines: lines(string(Apply(raw[from:to], moved)))})
		edits = edits[n:]
	}
	return out
}

// lineEnd is the line behind an edit. What is written at the beginning of a line does not change that line.
func lineEnd(raw []byte, e Edit) int {
	last := lineOf(raw, e.End)
	if e.End == byteOf(raw, last) && (e.Start < e.End || strings.HasSuffix(e.Text, "\n")) {
		return last
	}
	return last + 1
}

// lineOf is the line of a byte, from 0.
func lineOf(raw []byte, at int) int {
	if n := len(raw); at == n && n > 0 && raw[n-1] != '\n' {
		at-- // the end of a last line that has no end
	}
	return bytes.Count(raw[:at], []byte("\n"))
}

// byteOf is where a line begins.
func byteOf(raw []byte, line int) int {
	at := 0
	for range line {
		i := bytes.IndexByte(raw[at:], '\n')
		if i < 0 {
			return len(raw)
		}
		at += i + 1
	}
	return at
}

// hunks are changes whose surroundings touch.
func hunks(changes []change) (out [][]change) {
	for _, c := range changes {
		if n := len(out); n > 0 && c.first-out[n-1][len(out[n-1])-1].last <= 2*context {
			out[n-1] = append(out[n-1], c)
			continue
		}
		out = append(out, []change{c})
	}
	return out
}
