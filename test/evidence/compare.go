package evidence

import (
	"fmt"
	"slices"
	"strings"
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

// Allowed are differences with the reason why they may be: what Difference.String says, or its beginning and a star.
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

// matches a text as a whole, or its beginning where the pattern ends with a star.
func matches(pattern, text string) bool {
	beginning, open := strings.CutSuffix(pattern, "*")
	return text == pattern || open && strings.HasPrefix(text, beginning)
}
