package doctor

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"go.yaml.in/yaml/v3"
)

// document is one document of a file, with its nodes and where they stand.
type document struct {
	file  *File
	raw   []byte
	start int // byte of the file at which it begins
	line  int // line of the file on which it begins, from 1
	root  *yaml.Node
	lines []int // bytes of raw at which its lines begin
	fixed bool  // cannot be edited
}

// parse reads the documents of a file. One that is no YAML does not hide the others.
func parse(f *File) (docs []*document, skipped []Skipped) {
	for _, d := range split(f) {
		err := d.parse()
		switch {
		case err == nil && d.root == nil: // comments only
		case err == nil:
			docs = append(docs, d)
		case bytes.Contains(d.raw, []byte("{{")):
			skipped = append(skipped, Skipped{File: f.Path, Line: d.shown(1), Reason: "a template, no YAML"})
		default:
			skipped = append(skipped, d.broken(err))
		}
	}
	return docs, skipped
}

func (d *document) parse() error {
	if !utf8.Valid(d.raw) {
		return fmt.Errorf("yaml: not UTF-8")
	}
	var root yaml.Node
	if err := yaml.Unmarshal(d.raw, &root); err != nil {
		return err
	}
	if len(root.Content) == 1 {
		d.root = root.Content[0]
		d.lines = lineStarts(d.raw)
		d.fixed = d.file.Live || oddLines.Match(d.raw) || hasAlias(d.root)
	}
	return nil
}

// oddLines are what the parser takes for the end of a line and editors do not, and the byte order mark, which it does not count.
var oddLines = regexp.MustCompile("\u0085|\u2028|\u2029|\ufeff|\r[^\n]|\r$")

// hasAlias tells whether a change at one place would be a change at another.
func hasAlias(n *yaml.Node) bool {
	if n.Kind == yaml.AliasNode || n.Anchor != "" {
		return true
	}
	for _, c := range n.Content {
		if hasAlias(c) {
			return true
		}
	}
	return false
}

var lineOfError = regexp.MustCompile(`line (\d+): (.*)`)

func (d *document) broken(err error) Skipped {
	out := Skipped{File: d.file.Path, Line: d.shown(1), Reason: "no YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := lineOfError.FindStringSubmatch(err.Error()); m != nil {
		n, _ := strconv.Atoi(m[1]) // the pattern lets only digits pass
		out.Line, out.Reason = d.shown(n), "no YAML: "+m[2]
	}
	return out
}

// shown is the line of the file for a line of the document.
func (d *document) shown(line int) int {
	if d.file.Live {
		return 0
	}
	return d.line + line - 1
}

// split cuts a file at the markers of YAML: a template in one document must not hide the next one.
func split(f *File) (out []*document) {
	d := &document{file: f, line: 1}
	flush := func(end, next, line int) {
		d.raw = f.Raw[d.start:end]
		if len(bytes.TrimSpace(d.raw)) > 0 {
			out = append(out, d)
		}
		d = &document{file: f, start: next, line: line}
	}
	at := 0
	for n, line := range bytes.SplitAfter(f.Raw, []byte("\n")) {
		switch {
		case marks(line, "---"):
			flush(at, at+3, n+1)
		case marks(line, "..."):
			flush(at, at+len(line), n+2)
		}
		at += len(line)
	}
	flush(len(f.Raw), 0, 0)
	return out
}

// marks tells whether a line begins with a marker, which ends at a blank or with the line.
func marks(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || strings.ContainsRune(" \t\r\n", rune(rest[0])))
}

func lineStarts(raw []byte) []int {
	out := []int{0}
	for i, c := range raw {
		if c == '\n' {
			out = append(out, i+1)
		}
	}
	return out
}

// offset is the byte of the document at a line and a column, which counts characters.
func (d *document) offset(line, column int) (int, bool) {
	if line < 1 || line > len(d.lines) {
		return 0, false
	}
	at := d.lines[line-1]
	for range column - 1 {
		if at >= len(d.raw) || d.raw[at] == '\n' {
			return 0, false
		}
		_, size := utf8.DecodeRune(d.raw[at:])
		at += size
	}
	return at, true
}
