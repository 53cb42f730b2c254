package evidence

import (
	"fmt"
	"path"
	"slices"
)

// Difference is a fact that is on one side only.
type Difference struct {
	// Fact, as Shape says it.
	Fact string
	// Missing: it was recorded and is not there now. Else it is there now and was not recorded.
	Missing bool
}

func (d Difference) String() string {
	if d.Missing {
		return "- " + d.Fact
	}
	return "+ " + d.Fact
}

// Compare two shapes.
func Compare(recorded, now []string) []Difference {
	var differences []Difference
	for _, fact := range recorded {
		if !slices.Contains(now, fact) {
			differences = append(differences, Difference{Fact: fact, Missing: true})
		}
	}
	for _, fact := range now {
		if !slices.Contains(recorded, fact) {
			differences = append(differences, Difference{Fact: fact})
		}
	}
	return differences
}

// Allowed are differences with the reason why they may be: patterns of path.Match over what Difference.String says, where a
// slash and brackets stand for themselves.
type Allowed map[string]string

// Judge returns what is wrong: differences that nothing allows, and allowances that nothing needs any more.
func (a Allowed) Judge(differences []Difference) []string {
	var wrong []string
	used := map[string]bool{}
	for _, d := range differences {
		found := false
		for pattern := range a {
			if matches(pattern, d.String()) {
				found, used[pattern] = true, true
			}
		}
		if !found {
			wrong = append(wrong, d.String())
		}
	}
	for pattern, reason := range a {
		if !used[pattern] {
			wrong = append(wrong, fmt.Sprintf("allowed for nothing: %s (%s)", pattern, reason))
		}
	}
	slices.Sort(wrong)
	return wrong
}

func matches(pattern, text string) bool {
	matched, err := path.Match(plain(pattern), plain(text))
	return err == nil && matched
}

// plain takes the meaning from the characters that path.Match gives one, but for the star.
func plain(text string) string {
	out := []byte(text)
	for i, c := range out {
		switch c {
		case '/':
			out[i] = '|'
		case '[':
			out[i] = '('
		case ']':
			out[i] = ')'
		}
	}
	return string(out)
}
