package chart

import (
	"testing"
	"unicode/utf8"
)

// FuzzEnvValueStaysData gives any text as the value of a variable; what is decoded must be that text, in that
// variable, with nothing beside it. The seeds run with every go test.
func FuzzEnvValueStaysData(f *testing.F) {
	seeds := []string{
		"", " ", "\n", "\r\n", "a\n\n  b\n", "\\", `\<`, `\\<no value>`, "<no value>", "{{ . }}", "{{/*", "---", "...",
		"%YAML 1.2", "|", ">-", "? a : b", "#c", "'", `"`, "\u0085", "\u2029", "\ufeff", "\ufffe", "\x00", "\x7f", "\U0001F600", "\u00e9",
	}
	for _, s := range seeds {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, value string) {
		if !utf8.ValidString(value) {
			t.Skip("values arrive as JSON, which is UTF-8")
		}
		w := decode(t, mustRender(t, map[string]any{
			"nameOverride": "shop",
			"image":        map[string]any{"repository": "ghcr.io/acme/shop", "tag": "latest"},
			"env":          []any{map[string]any{"name": "A", "value": value}},
		}))
		checkInvariants(t, "shop", w)
		equal(t, "variables", len(w.container().Env), 1)
		equal(t, "value", w.env()["A"].Value, value)
	})
}
