package platform

import (
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// The rules of the CRD once more, for objects that never saw it: files on a desk, objects older than a rule,
// a restored etcd. Each message names the remedy, as the CRD's do. Where Go can know more than CEL (the grammar of
// a version range, what the API server takes as a path), it refuses more, never less.

// form is what a text has to look like, and what is said where it does not.
type form struct {
	pattern   *regexp.Regexp
	maxLength int // characters
	cause     string
	remedy    string
}

func (f form) fits(value string) bool {
	return utf8.RuneCountInString(value) <= f.maxLength && f.pattern.MatchString(value)
}

var (
	dnsLabel  = regexp.MustCompile(`^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$`)
	folder    = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._/-]*$`)
	retention = regexp.MustCompile(`^[1-9][0-9]{0,3}[dwm]$`)

	secretName = form{regexp.MustCompile(`^[a-z0-9]([a-z0-9.-]*[a-z0-9])?$`), 253, "not the name of a Secret", "write it as kubectl get secrets shows it"}
)

// text refuses a value that is too long or not of its form. An empty one was not given.
func (rs *Refusals) text(field, value string, f form) {
	if value != "" {
		rs.must(field, value, f)
	}
}

// must is text for a value that cannot be left out.
func (rs *Refusals) must(field, value string, f form) {
	switch {
	case value == "":
		rs.invalid(field, "missing", f.remedy)
	case utf8.RuneCountInString(value) > f.maxLength:
		rs.invalid(field, fmt.Sprintf("longer than %d characters", f.maxLength), "shorten it")
	case !f.fits(value):
		rs.invalid(field, f.cause, f.remedy)
	}
}

// set refuses a list that is too long, and items that are not of their form or named twice.
func (rs *Refusals) set(field string, items []string, limit int, f form) {
	rs.atMost(field, len(items), limit)
	at := func(i int) string { return fmt.Sprintf("%s[%d]", field, i) }
	seen := make(map[string]bool, len(items))
	for i, item := range items {
		switch {
		case item == "":
			rs.invalid(at(i), "empty", f.remedy)
		case seen[item]:
			rs.invalid(at(i), item+" is named twice", "remove one of them")
		case !f.fits(item):
			rs.must(at(i), item, f)
		}
		seen[item] = true
	}
}

func (rs *Refusals) atMost(field string, n, limit int) {
	if n > limit {
		rs.invalid(field, fmt.Sprintf("more than %d items", limit), "remove some")
	}
}

// oneOf refuses what is not among the values, which are words. An empty value was not given.
func oneOf[T ~string](rs *Refusals, field string, value T, values ...T) {
	if value == "" || slices.Contains(values, value) {
		return
	}
	words := make([]string, len(values))
	for i, v := range values {
		words[i] = string(v)
	}
	last := len(words) - 1
	rs.invalid(field, fmt.Sprintf("not one of %s and %s", strings.Join(words[:last], ", "), words[last]), "choose one of them")
}

// between refuses a number outside its bounds.
func (rs *Refusals) between(field string, n, low, high int32) {
	if n < low || n > high {
		rs.invalid(field, fmt.Sprintf("not between %d and %d", low, high), "choose a number in between")
	}
}
