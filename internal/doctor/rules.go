package doctor

import (
	"regexp"
	"slices"
	"strings"
	"unicode"
)

// Rule is one way in which nothing happens and nothing is said.
type Rule struct {
	ID       string   `json:"rule"`
	Severity Severity `json:"severity"`
	// Title is the rule in one sentence.
	Title string `json:"title"`
	// Help is why nothing happens, and who says so.
	Help  string `json:"help"`
	check func(*set) []Finding
}

// Rules are all rules, in the order of their ids. An id is never given to another rule.
var Rules = slices.Concat(strategyRules, imageRules, writeBackRules, helmRules, syncRules, updaterRules, installRules, ourRules, liveRules)

func perImageRule(check func(*set, *followed) []Finding) func(*set) []Finding {
	return func(s *set) (out []Finding) {
		for _, f := range s.images {
			out = append(out, check(s, f)...)
		}
		return out
	}
}

// perTagRule needs no knowledge of which image runs, so it is also about those whose repository is not fully known.
func perTagRule(check func(*set, *followed) []Finding) func(*set) []Finding {
	return func(s *set) (out []Finding) {
		for _, f := range slices.Concat(s.images, s.partly) {
			out = append(out, check(s, f)...)
		}
		return out
	}
}

func perAppRule(check func(*set, *application) []Finding) func(*set) []Finding {
	return func(s *set) (out []Finding) {
		for _, a := range s.apps {
			out = append(out, check(s, a)...)
		}
		return out
	}
}

func perUpdaterRule(check func(*set, *updater) []Finding) func(*set) []Finding {
	return func(s *set) (out []Finding) {
		for _, u := range s.updaters {
			out = append(out, check(s, u)...)
		}
		return out
	}
}

// found is a finding at a value. With several edits all are needed: without one of them there are none.
func found(o object, v value, sentence, evidence, remedy string, edits ...[]Edit) []Finding {
	if !v.exists() {
		v = o.value
	}
	f := Finding{Object: o.id(), Sentence: printable(sentence), Evidence: printable(evidence), Remedy: printable(remedy)}
	f.File, f.Line = v.where()
	if !slices.ContainsFunc(edits, func(e []Edit) bool { return len(e) == 0 }) {
		f.Edits = slices.Concat(edits...)
	}
	return []Finding{f}
}

// but gives findings another severity than that of the rule.
func but(s Severity, findings []Finding) []Finding {
	for i := range findings {
		findings[i].Severity = s
	}
	return findings
}

// quoted is a value as it stands in the file.
func quoted(v value) string {
	text := v.text()
	if v.node != nil && text == "" {
		text = strings.Join(v.texts(), ", ")
	}
	if v.key == nil {
		return text
	}
	return v.key.Value + ": " + text
}

// maxText bounds what is repeated of a file.
const maxText = 600

// credentials stand in front of the host of an address.
var credentials = regexp.MustCompile(`(://)[^/@\s]+@`)

// printable keeps what a person wrote from adding lines to a report, colours to a terminal, or a password to the log of a CI.
func printable(s string) string {
	s = credentials.ReplaceAllString(s, "$1***@")
	s = strings.Map(func(r rune) rune {
		switch {
		case r == '\n' || r == '\t':
			return ' '
		case !unicode.IsPrint(r):
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?"))
	if chars := []rune(s); len(chars) > maxText {
		return string(chars[:maxText-3]) + "..."
	}
	return s
}

// nearest is the word that a misspelt one was meant to be, if one is near enough.
func nearest(word string, words []string) string {
	best, least := "", 3
	for _, w := range words {
		if d := distance(word, w); d < least && d < len(w)/2 {
			best, least = w, d
		}
	}
	return best
}

// distance counts the letters that have to be changed.
func distance(a, b string) int {
	if len(a) > 64 || len(b) > 64 {
		return 64
	}
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(a); i++ {
		diagonal := row[0]
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := diagonal
			if a[i-1] != b[j-1] {
				cost++
			}
			diagonal = row[j]
			row[j] = min(cost, row[j]+1, row[j-1]+1)
		}
	}
	return row[len(b)]
}
