package doctor

import (
	"regexp"
	"strings"
)

// templated tells that a text is not yet what it will be: Helm and ApplicationSets write {{x}}, envsubst and Flux ${x},
// Kubernetes and make $(x), argocd-vault-plugin <x>.
func templated(s string) bool { return placeholder.MatchString(s) }

// wholePlaceholder is one with its end. Inside of {{ }} there may be others: a chart writes {{ "{{" }}x{{ "}}" }} for an ApplicationSet.
const wholePlaceholder = `(?:\{\{(?:[^{}]|\{\{[^{}]*\}\})*\}\}|\$\{[^{}]*\}|\$\([^()]*\)|<[A-Za-z][A-Za-z0-9_:/.#-]*>)`

var (
	placeholder  = regexp.MustCompile(`\{\{|\$\{|\$\(|<[A-Za-z][A-Za-z0-9_:/.#-]*>`)
	placeholders = regexp.MustCompile(wholePlaceholder)
	lastOne      = regexp.MustCompile(wholePlaceholder + `$`)
	opaqueOnly   = regexp.MustCompile(`^` + wholePlaceholder + `$`)
	// ofPath is a parameter of the generator of folders. No folder of an app has a ':' in its name. {{path}} alone is also one of
	// a list, and that may be anything.
	ofPath = regexp.MustCompile(`^\{\{-?\s*\.?path(\.basename|\.basenameNormalized|\[\d+\]|\.path)\s*-?\}\}$`)
)

// opaque is a text of the same length without its placeholders, so that a ',' or ':' inside of one divides nothing.
func opaque(s string) string {
	if !templated(s) {
		return s
	}
	return placeholders.ReplaceAllStringFunc(s, func(p string) string { return strings.Repeat("x", len(p)) })
}

// entriesOf image-list.
func entriesOf(list string) (out []string) {
	at := 0
	for i, c := range opaque(list) {
		if c == ',' {
			out, at = append(out, list[at:i]), i+1
		}
	}
	return append(out, list[at:])
}

// cutAlias takes the alias off an entry.
func cutAlias(entry string) (alias, text string) {
	i := strings.Index(opaque(entry), "=")
	if i < 0 {
		return "", strings.TrimSpace(entry)
	}
	return strings.TrimSpace(entry[:i]), strings.TrimSpace(entry[i+1:])
}

// tagKnown tells whether it is known which tag an image name has, if any. A placeholder at its end may bring a tag along.
func (f *followed) tagKnown() bool {
	last := lastOne.FindString(f.name)
	return !templated(f.tag+f.digest) && (f.tag != "" || last == "" || f.app != nil && f.app.bringsNoTag(last))
}

// bringsNoTag tells that a placeholder cannot stand for a text with a ':': it is a folder, or also stands in the name of the
// Application.
func (a *application) bringsNoTag(p string) bool {
	return a.template && ofPath.MatchString(p) || strings.Contains(a.name, p)
}

// partlyNamed tells whether nothing but a part of the repository is a placeholder: enough for the rules about tags and
// strategies. One in front of everything may bring an alias along.
func (f *followed) partlyNamed() bool {
	inFront := f.alias == "" && strings.IndexAny(f.name, "{$<") == 0
	return !templated(f.alias) && !inFront && imageName.MatchString(opaque(f.name)) && f.tagKnown()
}
