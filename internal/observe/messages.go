package observe

import (
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	// maxMessage is the bound of every message and fix of the API, in bytes.
	maxMessage = 1024
	// maxQuote bounds what is quoted of another system, so that our own words around it are never cut.
	maxQuote = 640
)

// bounded makes one printable line of a text, cut at the bound of the API.
func bounded(s string) string { return cut(oneLine(s), maxMessage) }

// cut shortens a text to a number of bytes, between two characters.
func cut(s string, limit int) string {
	const more = "…"
	if len(s) <= limit {
		return s
	}
	s = s[:limit-len(more)]
	for len(s) > 0 {
		if r, size := utf8.DecodeLastRuneInString(s); r != utf8.RuneError || size != 1 {
			break
		}
		s = s[:len(s)-1]
	}
	return s + more
}

// oneLine keeps what can be printed, and makes one space of every other run of characters: a status is shown in terminals,
// and its words are other people's.
func oneLine(s string) string {
	var b strings.Builder
	gap := false
	for _, r := range s {
		if r == utf8.RuneError || !unicode.IsGraphic(r) || unicode.IsSpace(r) {
			gap = true
			continue
		}
		if gap && b.Len() > 0 {
			b.WriteByte(' ')
		}
		gap = false
		b.WriteRune(r)
	}
	return b.String()
}

// churn is what other systems put into their messages anew each time, while nothing has changed. Each would be a write of
// our status. The recorded messages are the cases of the test.
var churn = []struct {
	pattern *regexp.Regexp
	with    string
}{
	// Argo CD: "… Retrying attempt #2 at 11:34AM.", "… (retried 5 times)."
	{regexp.MustCompile(`(?i)\.? Retrying attempt #?[0-9]+( at [0-9]{1,2}:[0-9]{2} ?[AP]M)?\.?`), ""},
	{regexp.MustCompile(`(?i) ?\(retried [0-9]+ times?\)`), ""},
	// The repo-server's cache: the same error, some minutes later.
	{regexp.MustCompile(`(?i)Manifest generation error \(cached\): `), ""},
	{regexp.MustCompile(`(?i)\(cached\) ?`), ""},
	// gRPC's wrapping says nothing.
	{regexp.MustCompile(`(?i)rpc error: code = [A-Za-z]+ desc = `), ""},
	// Times of day, and attempts.
	{regexp.MustCompile(`(?i) ?\bat [0-9]{1,2}:[0-9]{2}(:[0-9]{2}(\.[0-9]+)?)?( ?[AP]M)?\b`), ""},
	{regexp.MustCompile(`(?i)\b(attempt|retry|try) #?[0-9]+( ?(of|/) ?[0-9]+)?`), "$1"},
	{regexp.MustCompile(`(?i)\b(after|retried) [0-9]+ (attempts|retries|tries|times)`), "$1 some $2"},
	{regexp.MustCompile(`(?i)\b[0-9]+ (error|warning)\(s\)`), "$1(s)"},
	// Durations that grow.
	{regexp.MustCompile(`(?i)\b(after|for|within|in|waited|took|elapsed:?) ([0-9]+(\.[0-9]+)?(ns|us|µs|ms|s|m|h))+\b`), "$1 some time"},
	// Temporary files and other generated names.
	{regexp.MustCompile(`(?i)[^\s"'` + "`" + `]*/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}[^\s"'` + "`" + `]*`), "<file>"},
	{regexp.MustCompile(`(?i)[^\s"'` + "`" + `=]*/te?mp/[^\s"'` + "`" + `:]+`), "<file>"},
	{regexp.MustCompile(`(?i)\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b`), "<id>"},
	{regexp.MustCompile(`(?i)\bsha256:[0-9a-f]{64}\b`), "<digest>"},
	{regexp.MustCompile(`(?i)\b[0-9a-f]{64}\b`), "<digest>"},
	{regexp.MustCompile(`(?i)\b[0-9a-f]{40}\b`), "<commit>"},
	{regexp.MustCompile(`(?i)\b([a-z0-9]([a-z0-9-]*[a-z0-9])?)-[0-9a-f]{8,10}-[a-z0-9]{5}\b`), "$1-<pod>"},
	{regexp.MustCompile(`(?i)\b([a-z0-9]([a-z0-9-]*[a-z0-9])?)-[0-9]+-[0-9]{6,}\b`), "$1-<order>"},
	{regexp.MustCompile(`(?i)\b0x[0-9a-f]{4,}\b`), "<address>"},
	{regexp.MustCompile(`(?i)[0-9.]+:[0-9]{4,5}->`), "->"},
	{regexp.MustCompile(`(?i)(acme/[a-z-]+(/v[0-9])?)(/[0-9A-Za-z_-]+)+`), "$1/<id>"},
}

// dates are removed too, unless they say from when on something is allowed again: that one stays what it is.
var dates = regexp.MustCompile(`(?i)(retry after |not before |until )?\b[0-9]{4}[-/][0-9]{2}[-/][0-9]{2}[T ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]+)?( ?(Z|UTC|[+-][0-9]{2}:?[0-9]{2}))?`)

// quote takes what another system says, without what changes from one time to the next. Quoting a quote changes nothing.
func quote(s string) string {
	s = cut(oneLine(s), 4*maxMessage)
	for range 4 {
		before := s
		if s = quoteOnce(s); s == before {
			break
		}
	}
	return cut(s, maxQuote)
}

func quoteOnce(s string) string {
	s = dates.ReplaceAllStringFunc(s, func(d string) string {
		if d[0] >= '0' && d[0] <= '9' {
			return ""
		}
		return d
	})
	for _, c := range churn {
		s = c.pattern.ReplaceAllString(s, c.with)
	}
	return strings.TrimRight(oneLine(s), " .")
}
