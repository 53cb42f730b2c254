package doctor

import (
	"slices"

	"go.yaml.in/yaml/v3"
)

// value is a node in a document. The zero value is one that is not there.
type value struct {
	node *yaml.Node
	key  *yaml.Node // nil in a list and at the root
	in   *yaml.Node // the mapping that holds it
	doc  *document
	line int // of a value that stands in a text inside the document: that of the text
}

func (v value) exists() bool { return v.node != nil }

// get follows names. What is null is not there.
func (v value) get(names ...string) value {
	for _, name := range names {
		v = v.child(name, maxAliases)
	}
	return v
}

// maxAliases bounds the merges and aliases that are followed: they may lead in a circle.
const maxAliases = 8

func (v value) child(name string, depth int) value {
	m := resolved(v.node)
	if m == nil || m.Kind != yaml.MappingNode {
		return value{}
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if k := m.Content[i]; k.Kind == yaml.ScalarNode && k.Value == name {
			out := value{node: resolved(m.Content[i+1]), key: k, in: m, doc: v.doc, line: v.line}
			if out.node == nil || out.node.Tag == "!!null" {
				return value{}
			}
			return out
		}
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Tag == "!!merge" && depth > 0 { // one is enough: the parser of Kubernetes takes no two
			return (value{node: m.Content[i+1], doc: v.doc, line: v.line}).child(name, depth-1)
		}
	}
	return value{}
}

func resolved(n *yaml.Node) *yaml.Node {
	for range maxAliases {
		if n == nil || n.Kind != yaml.AliasNode {
			return n
		}
		n = n.Alias
	}
	return nil
}

// has tells whether a name is there, be it with null.
func (v value) has(name string) bool {
	m := resolved(v.node)
	if m == nil || m.Kind != yaml.MappingNode {
		return false
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if m.Content[i].Value == name {
			return true
		}
	}
	return false
}

// parts are entries and items, without those that stand elsewhere: a few aliases of aliases make billions.
func (v value) parts() []value {
	m := resolved(v.node)
	return slices.DeleteFunc(append(v.entries(), v.items()...), func(p value) bool { return !slices.Contains(m.Content, p.node) })
}

// text of a scalar; else empty.
func (v value) text() string {
	if v.node == nil || v.node.Kind != yaml.ScalarNode {
		return ""
	}
	return v.node.Value
}

func (v value) str(names ...string) string { return v.get(names...).text() }

func (v value) isTrue() bool { return v.text() == "true" }

// entries of a mapping, in order.
func (v value) entries() (out []value) {
	m := resolved(v.node)
	if m == nil || m.Kind != yaml.MappingNode {
		return nil
	}
	for i := 0; i+1 < len(m.Content); i += 2 {
		if n := resolved(m.Content[i+1]); n != nil {
			out = append(out, value{node: n, key: m.Content[i], in: m, doc: v.doc, line: v.line})
		}
	}
	return out
}

// items of a list, in order.
func (v value) items() (out []value) {
	l := resolved(v.node)
	if l == nil || l.Kind != yaml.SequenceNode {
		return nil
	}
	for _, c := range l.Content {
		if n := resolved(c); n != nil {
			out = append(out, value{node: n, doc: v.doc, line: v.line})
		}
	}
	return out
}

// texts of a list of scalars.
func (v value) texts() (out []string) {
	for _, i := range v.items() {
		out = append(out, i.text())
	}
	return out
}

func (v value) strings() map[string]string {
	out := map[string]string{}
	for _, e := range v.entries() {
		out[e.key.Value] = e.text()
	}
	return out
}

// where is the file and the line.
func (v value) where() (string, int) {
	switch {
	case v.doc == nil:
		return "", 0
	case v.line > 0:
		return v.doc.file.Path, v.doc.shown(v.line)
	case v.key != nil:
		return v.doc.file.Path, v.doc.shown(v.key.Line)
	case v.node != nil:
		return v.doc.file.Path, v.doc.shown(v.node.Line)
	}
	return v.doc.file.Path, v.doc.shown(1)
}

// inner reads a text that is YAML itself, such as spec.source.helm.values. It cannot be edited.
func (v value) inner() value {
	if v.text() == "" || templated(v.text()) {
		return value{}
	}
	var root yaml.Node
	if err := yaml.Unmarshal([]byte(v.text()), &root); err != nil || len(root.Content) != 1 {
		return value{}
	}
	line := v.node.Line
	return value{node: root.Content[0], doc: v.doc, line: line}
}
