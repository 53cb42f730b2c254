// Package files reads AfroApps, the AfroPlatform and what belongs to them from files, as people keep them in a
// repository. It asks no cluster and changes nothing. Nothing of our API is passed over in silence: a misspelt field,
// kind or version is a problem that names its file.
package files

import (
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Problem is something wrong in a file.
type Problem struct {
	// File as it was given; "-" is standard input.
	File string
	// Subject is kind/name in lower case, or the line where no object could be read. Empty: the file itself.
	Subject string
	// Text is "field: cause; remedy".
	Text string
}

// String is "FILE: subject: field: cause; remedy", on one line whatever the file holds: a line is a problem, and a
// terminal obeys control characters.
func (p Problem) String() string {
	parts := []string{p.File, p.Subject, p.Text}
	if p.Subject == "" {
		parts = []string{p.File, p.Text}
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, strings.Join(parts, ": "))
}

// Options say how files are read.
type Options struct {
	// Stdin is read for the path "-".
	Stdin io.Reader
	// Lenient passes over fields that this version does not know, for objects that a newer operator may have written, and
	// takes AfroApps without a namespace: their status is read, nothing is made of them.
	Lenient bool
	// Namespace is that of AfroApps that name none. Without it they are a problem.
	Namespace string
}

func atLine(n int) string { return fmt.Sprintf("line %d", n) }
