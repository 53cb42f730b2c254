package registry

import (
	"regexp"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

const maxMessage = 256

// changing is what differs from one attempt to the next: times, durations, addresses with ports, and ids. A digest is none
// of these. Order matters: a time holds what looks like a port.
var changing = regexp.MustCompile(`(?i)` + strings.Join([]string{
	`(?:(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*, )?\d{1,2} (?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]* \d{4} \d\d:\d\d:\d\d(?: [a-z]{3,4})?`,
	`\b\d{4}-\d\d-\d\d[t ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:z| ?[+-]\d\d:?\d\d)?`,
	`\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`,
	`\bsha(?:256|512):[0-9a-f]+`,
	`(?:\d{1,3}\.){3}\d{1,3}:\d+`,
	`\[[0-9a-f:]+\]:\d+`,
	`\b\d+(?:\.\d+)?(?:ns|µs|μs|us|ms|s|m|h)(?:\d+(?:\.\d+)?(?:ms|s|m))*\b`,
	`\b\d+ (?:milliseconds?|seconds?|minutes?|hours?)\b`,
	`\b[0-9a-z_-]{16,}\b`,
	`\b\d{6,}\b`,
}, "|"))

// stable makes a message of one line that says the same as long as the same happens: a message goes into a status, and
// each change of a status is a write.
func stable(s string) string {
	s = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || r == utf8.RuneError {
			return ' '
		}
		return r
	}, s)
	s = changing.ReplaceAllStringFunc(s, func(found string) string {
		switch {
		case strings.HasPrefix(strings.ToLower(found), "sha"), isWord(found):
			return found
		}
		return "…"
	})
	return cut(strings.Join(strings.Fields(s), " "))
}

// isWord tells a long word, as a name of a package has, from an id.
func isWord(s string) bool {
	digits := strings.ContainsAny(s, "0123456789")
	mixed := strings.ToLower(s) != s && strings.ToUpper(s) != s && !strings.ContainsAny(s, "_-")
	return !digits && !mixed
}

// cut bounds a message, between two characters.
func cut(s string) string {
	if len(s) <= maxMessage {
		return s
	}
	const end = "…"
	at := maxMessage - len(end)
	for !utf8.RuneStart(s[at]) {
		at--
	}
	return s[:at] + end
}

// after is a failure that follows another. It goes on, also as another kind: an overloaded registry fails in turns, and nothing was
// heard all the while. It keeps its words where the new ones differ in nothing but words with a digit. What changes unforeseen in
// a message, changes there.
func (f *Failure) after(old *Failure, now time.Time) *Failure {
	if old == nil || (old.Kind == NotAllowed) != (f.Kind == NotAllowed) {
		return &Failure{f.Kind, f.Code, f.Message, now, now}
	}
	if old.Kind == f.Kind && old.Code == f.Code && skeleton(old.Message) == skeleton(f.Message) {
		return &Failure{old.Kind, old.Code, old.Message, old.Since, now}
	}
	return &Failure{f.Kind, f.Code, f.Message, old.Since, now}
}

func skeleton(s string) string {
	var kept []string
	for word := range strings.FieldsSeq(s) {
		if !strings.ContainsAny(word, "0123456789…") {
			kept = append(kept, word)
		}
	}
	return strings.Join(kept, " ")
}

func (f *Failure) is(k Kind) bool { return f != nil && f.Kind == k }
