package doctor

import (
	"slices"
	"testing"
)

// What stands inside of a placeholder divides nothing.
func TestPlaceholdersAreWhole(t *testing.T) {
	list := `a=x/{{ b | default "c=d:1,e@f" }}:1,{{ "{{" }}a,b{{ "}}" }}=y/${c:-d,e}/$(f,g)@sha256:0, <path:a/b#c>/{{ d }}, x/{{ b | default "c=d" }}`
	var got [][]string
	for _, entry := range entriesOf(list) {
		alias, text := cutAlias(entry)
		name, tag, digest := splitImage(text)
		got = append(got, []string{alias, name, tag, digest})
	}
	want := [][]string{
		{"a", `x/{{ b | default "c=d:1,e@f" }}`, "1", ""},
		{`{{ "{{" }}a,b{{ "}}" }}`, "y/${c:-d,e}/$(f,g)", "", "sha256:0"},
		{"", "<path:a/b#c>/{{ d }}", "", ""},
		{"", `x/{{ b | default "c=d" }}`, "", ""},
	}
	if !slices.EqualFunc(got, want, slices.Equal) {
		t.Errorf("%q", got)
	}
}

func TestPlaceholdersThatBringNoTag(t *testing.T) {
	set := &application{name: "{{ .name }}-prod", template: true}
	for p, want := range map[string]bool{
		"{{path.basename}}": true, "{{.path.basename}}": true, "{{- .path.basenameNormalized -}}": true, "{{ path[0] }}": true, "{{.path.path}}": true,
		"{{ .name }}": true, "{{path}}": false, "{{.path}}": false, "{{path.filename}}": false, "{{.path.basename}}{{.tag}}": false,
		"{{ .path.basename | tagged }}": false, "{{ .values.path.basename }}": false, "{{name}}": false, "${NAME}": false,
	} {
		if got := set.bringsNoTag(p); got != want {
			t.Errorf("%s: %t", p, got)
		}
	}
}
