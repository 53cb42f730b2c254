package files

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
)

// document is one document of a file.
type document struct {
	file string
	line int // on which it begins, from 1
	raw  []byte
}

var byteOrderMark = []byte("\xef\xbb\xbf")

// split cuts a file into documents: a stream of YAML, or JSON objects one after the other.
func split(f file) []document {
	raw := bytes.TrimPrefix(f.raw, byteOrderMark)
	if docs, ok := splitJSON(f.path, raw); ok {
		return docs
	}
	return splitYAML(f.path, raw)
}

// splitJSON takes JSON apart, if that is what it is: YAML's flow style also begins with a brace.
func splitJSON(path string, raw []byte) ([]document, bool) {
	if !bytes.HasPrefix(bytes.TrimSpace(raw), []byte("{")) {
		return nil, false
	}
	var out []document
	d := json.NewDecoder(bytes.NewReader(raw))
	for {
		var object json.RawMessage
		switch err := d.Decode(&object); {
		case errors.Is(err, io.EOF):
			return out, true
		case err != nil:
			return nil, false
		}
		begin := int(d.InputOffset()) - len(object)
		out = append(out, document{file: path, line: 1 + bytes.Count(raw[:begin], []byte("\n")), raw: object})
	}
}

// splitYAML cuts at the markers of YAML itself. A parser that is given two documents reads the first and says nothing of
// the second, so no marker may be missed: "--- # shop" is one, "----" is none.
func splitYAML(path string, raw []byte) []document {
	var out []document
	doc := document{file: path, line: 1}
	flush := func(next int) {
		if len(bytes.TrimSpace(doc.raw)) > 0 {
			out = append(out, doc)
		}
		doc = document{file: path, line: next}
	}
	for n, line := range bytes.SplitAfter(raw, []byte("\n")) {
		switch {
		case marks(line, "---"):
			flush(n + 1)
			doc.raw = append(doc.raw, line[3:]...)
		case marks(line, "..."):
			flush(n + 2)
		default:
			doc.raw = append(doc.raw, line...)
		}
	}
	flush(0)
	return out
}

// marks tells whether a line begins with a marker, which ends at a blank or with the line.
func marks(line []byte, marker string) bool {
	rest, ok := bytes.CutPrefix(line, []byte(marker))
	return ok && (len(rest) == 0 || bytes.ContainsRune([]byte(" \t\r\n"), rune(rest[0])))
}
