// Package platform reads an AfroApp against its AfroPlatform: what the namespace was granted, what the
// defaults are, and what has to be refused. Pure: it knows no cluster and no clock.
package platform

import (
	"fmt"
	"strings"
	"unicode"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// Refusal says which field cannot be had, why, and what to do.
type Refusal struct {
	Field  string // path in the spec, for example spec.hosts[0]
	Reason string // one of the reasons of Accepted
	Cause  string
	Remedy string
}

// String is "field: cause; remedy".
func (r Refusal) String() string {
	return fmt.Sprintf("%s: %s; %s", r.Field, r.Cause, r.Remedy)
}

// Refusals are all refusals of one app, in the order of its fields. As an error it is never empty.
type Refusals []Refusal

// Error joins the refusals, one a line.
func (rs Refusals) Error() string {
	lines := make([]string, len(rs))
	for i, r := range rs {
		lines[i] = r.String()
	}
	return strings.Join(lines, "\n")
}

// orNil makes an error of refusals, if there are any.
func (rs Refusals) orNil() error {
	if len(rs) == 0 {
		return nil
	}
	return rs
}

func (rs *Refusals) add(field, reason, cause, remedy string) {
	*rs = append(*rs, Refusal{Field: field, Reason: reason, Cause: printable(cause), Remedy: printable(remedy)})
}

func (rs *Refusals) invalid(field, cause, remedy string) {
	rs.add(field, v1alpha1.ReasonInvalid, cause, remedy)
}

// maxText bounds a cause or a remedy, in characters: both may repeat what a person wrote.
const maxText = 400

// printable keeps what a person wrote from adding lines to a message, or colours to a terminal.
func printable(s string) string {
	s = strings.Map(func(c rune) rune {
		if unicode.IsPrint(c) {
			return c
		}
		return '?'
	}, s)
	if chars := []rune(s); len(chars) > maxText {
		return string(chars[:maxText-3]) + "..."
	}
	return s
}
