package doctor

import (
	"bytes"
	"cmp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// Edit replaces the bytes from Start to End of a file.
type Edit struct {
	File       string
	Start, End int
	Text       string
}

// set replaces a scalar. Comments, quotes and all other bytes stay. Nothing, if that cannot be done safely.
func (v value) set(text string) []Edit {
	if !v.editable() || v.node.Kind != yaml.ScalarNode {
		return nil
	}
	return v.doc.change(v.node, text)
}

// rename replaces the name of an entry.
func (v value) rename(name string) []Edit {
	if !v.editable() || v.key == nil {
		return nil
	}
	return v.doc.change(v.key, name)
}

// add writes an entry behind this one, in the same mapping. The text is YAML.
func (v value) add(name, text string) []Edit {
	if !v.editable() || v.in == nil {
		return nil
	}
	var entry yaml.Node
	if err := yaml.Unmarshal([]byte(text), &entry); err != nil || len(entry.Content) != 1 {
		return nil
	}
	return v.doc.verified(func(of map[*yaml.Node]*yaml.Node) {
		m := of[v.in]
		at := slices.Index(m.Content, of[v.key])
		m.Content = slices.Insert(m.Content, at+2, &yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: name}, entry.Content[0])
	}, v.doc.below(v, name+": "+text)...)
}

// drop removes an entry that stands on a line of its own.
func (v value) drop() []Edit {
	if !v.editable() || v.in == nil || len(v.in.Content) < 4 {
		return nil
	}
	start, ok := v.doc.offset(v.key.Line, 1)
	end, more := v.doc.offset(v.key.Line+1, 1)
	if !ok || !more {
		return nil
	}
	return v.doc.verified(func(of map[*yaml.Node]*yaml.Node) {
		m := of[v.in]
		at := slices.Index(m.Content, of[v.key])
		m.Content = slices.Delete(m.Content, at, at+2)
	}, v.doc.edit(start, end, ""))
}

// editable tells that a node stands in a file as it is, and not by way of another.
func (v value) editable() bool {
	return v.doc != nil && v.node != nil && v.line == 0 && !v.doc.fixed
}

// change replaces the text of a scalar, plain as it was if it still can be, else in quotes.
func (d *document) change(n *yaml.Node, text string) []Edit {
	start, end, ok := d.token(n)
	if !ok || strings.ContainsFunc(text, func(r rune) bool { return r < ' ' }) {
		return nil
	}
	single := "'" + strings.ReplaceAll(text, "'", "''") + "'"
	double := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(text) + `"`
	candidates := []string{text, single, double}
	switch n.Style {
	case yaml.DoubleQuotedStyle:
		candidates = []string{double}
	case yaml.SingleQuotedStyle:
		candidates = []string{single}
	}
	var edits [][]Edit
	for _, c := range candidates {
		edits = append(edits, d.edit(start, end, c))
	}
	return d.verified(func(of map[*yaml.Node]*yaml.Node) { of[n].Value, of[n].Tag = text, tagOf(n, text) }, edits...)
}

// tagOf keeps a boolean a boolean and a number a number; any other scalar that is written is meant as text.
func tagOf(n *yaml.Node, text string) string {
	_, err := strconv.Atoi(text)
	if n.Tag == "!!bool" && (text == "true" || text == "false") || n.Tag == "!!int" && err == nil {
		return n.Tag
	}
	return "!!str"
}

// token is where a scalar begins and ends. Only those on one line are found.
func (d *document) token(n *yaml.Node) (start, end int, ok bool) {
	start, ok = d.offset(n.Line, n.Column)
	if !ok {
		return 0, 0, false
	}
	rest := d.raw[start:]
	if i := bytes.IndexByte(rest, '\n'); i >= 0 {
		rest = rest[:i]
	}
	switch n.Style {
	case 0:
		return start, start + len(n.Value), n.Value != "" && bytes.HasPrefix(rest, []byte(n.Value))
	case yaml.DoubleQuotedStyle:
		return closing(rest, start, '"', '\\')
	case yaml.SingleQuotedStyle:
		return closing(rest, start, '\'', 0)
	}
	return 0, 0, false
}

func closing(rest []byte, start int, quote, escape byte) (int, int, bool) {
	if len(rest) == 0 || rest[0] != quote {
		return 0, 0, false
	}
	for i := 1; i < len(rest); i++ {
		switch {
		case escape != 0 && rest[i] == escape:
			i++
		case rest[i] == quote && escape == 0 && i+1 < len(rest) && rest[i+1] == quote:
			i++
		case rest[i] == quote:
			return start, start + i + 1, true
		}
	}
	return 0, 0, false
}

// below are the ways to write an entry next to another.
func (d *document) below(v value, entry string) (out [][]Edit) {
	if v.in.Style&yaml.FlowStyle != 0 {
		if at, ok := d.offset(v.in.Line, v.in.Column); ok && at < len(d.raw) && d.raw[at] == '{' {
			out = append(out, d.edit(at+1, at+1, entry+", "))
		}
		return out
	}
	line := d.lines[v.key.Line-1]
	at, ok := d.offset(v.key.Line, v.key.Column)
	if !ok {
		return nil
	}
	eol := "\n"
	next := len(d.raw)
	if v.key.Line < len(d.lines) {
		next = d.lines[v.key.Line]
		if bytes.HasSuffix(d.raw[line:next], []byte("\r\n")) {
			eol = "\r\n"
		}
	}
	indent := strings.Repeat(" ", v.key.Column-1)
	if !bytes.HasSuffix(d.raw[line:next], []byte("\n")) {
		return append(out, d.edit(next, next, eol+indent+entry))
	}
	out = append(out, d.edit(next, next, indent+entry+eol))
	if len(bytes.TrimLeft(d.raw[line:at], " ")) == 0 {
		out = append(out, d.edit(line, line, indent+entry+eol))
	}
	return out
}

func (d *document) edit(start, end int, text string) []Edit {
	return []Edit{{File: d.file.Path, Start: d.start + start, End: d.start + end, Text: text}}
}

// verified gives the first of some edits that, read again, make exactly the document that is meant.
func (d *document) verified(mutate func(map[*yaml.Node]*yaml.Node), candidates ...[]Edit) []Edit {
	of := map[*yaml.Node]*yaml.Node{}
	want := clone(d.root, of)
	mutate(of)
	for _, edits := range candidates {
		raw := Apply(d.file.Raw, edits)
		if got := d.again(raw, edits); got != nil && same(want, got) {
			return edits
		}
	}
	return nil
}

// again reads the document of an edited file.
func (d *document) again(raw []byte, edits []Edit) *yaml.Node {
	grown := len(raw) - len(d.file.Raw)
	edited := &document{file: &File{Path: d.file.Path}, raw: raw[d.start : d.start+len(d.raw)+grown]}
	if len(edits) == 0 || len(split(&File{Raw: edited.raw})) != 1 || edited.parse() != nil {
		return nil
	}
	return edited.root
}

func clone(n *yaml.Node, of map[*yaml.Node]*yaml.Node) *yaml.Node {
	c := &yaml.Node{Kind: n.Kind, Tag: n.Tag, Value: n.Value}
	of[n] = c
	for _, x := range n.Content {
		c.Content = append(c.Content, clone(x, of))
	}
	return c
}

// same compares what is meant, not how it is written. Entries of a mapping have no order.
func same(a, b *yaml.Node) bool {
	if a.Kind != b.Kind || a.Tag != b.Tag || a.Value != b.Value || len(a.Content) != len(b.Content) {
		return false
	}
	if a.Kind == yaml.MappingNode {
		return sameMapping(a, b)
	}
	for i := range a.Content {
		if !same(a.Content[i], b.Content[i]) {
			return false
		}
	}
	return true
}

func sameMapping(a, b *yaml.Node) bool {
	for i := 0; i+1 < len(a.Content); i += 2 {
		if entry := find(b, a.Content[i]); entry == nil || !same(a.Content[i+1], entry) {
			return false
		}
	}
	return true
}

func find(m, key *yaml.Node) *yaml.Node {
	for i := 0; i+1 < len(m.Content); i += 2 {
		if same(m.Content[i], key) {
			return m.Content[i+1]
		}
	}
	return nil
}

// Apply makes edits of one file. They must not overlap.
func Apply(raw []byte, edits []Edit) []byte {
	edits = slices.Clone(edits)
	slices.SortStableFunc(edits, func(a, b Edit) int { return cmp.Or(cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End)) })
	var out []byte
	at := 0
	for _, e := range edits {
		out = append(append(out, raw[at:e.Start]...), e.Text...)
		at = e.End
	}
	return append(out, raw[at:]...)
}

// together are the edits of all findings, each once. Of two that touch the same bytes the first is taken; the other is
// found again afterwards, if it is still needed.
func together(findings []Finding) (out []Edit) {
	for _, f := range findings {
		if !slices.ContainsFunc(f.Edits, func(e Edit) bool { return slices.ContainsFunc(out, e.touches) }) {
			out = append(out, f.Edits...)
		}
	}
	return out
}

func (e Edit) touches(other Edit) bool {
	return e.File == other.File && e.Start <= other.End && other.Start <= e.End
}
