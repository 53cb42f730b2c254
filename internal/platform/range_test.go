package platform

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"
)

// TestRenderedRangeMeansTheSame: where a range is readable as it was written, it is readable as it is rendered, and lets the
// same versions pass. As written, image-updater never sees it, but that is what its author has read about.
func TestRenderedRangeMeansTheSame(t *testing.T) {
	chance := rand.New(rand.NewPCG(1, 2))
	var versions []*semver.Version
	for n := range 3 * 4 * 4 {
		for _, behind := range []string{"", "-rc.1"} {
			versions = append(versions, semver.MustParse(fmt.Sprintf("%d.%d.%d%s", 1+n/16, n/4%4, n%4, behind)))
		}
	}
	spans, readable := 0, 0
	for range 6000 {
		written := someRange(chance)
		if !rangeForm.fits(written) {
			continue
		}
		want, err := semver.NewConstraint(written)
		if err != nil {
			continue
		}
		readable++
		rendered := renderedRange(written)
		got, err := semver.NewConstraint(rendered)
		if err != nil {
			t.Fatalf("%q is rendered as %q: %v", written, rendered, err)
		}
		if strings.Contains(rendered, " - ") {
			spans++
		}
		for _, v := range versions {
			if want.Check(v) != got.Check(v) {
				t.Fatalf("%q is rendered as %q, and %s is another matter", written, rendered, v)
			}
		}
	}
	if spans < 200 || readable < 1500 {
		t.Errorf("%d ranges, %d with a span", readable, spans)
	}
}

// someRange has blanks around every "||": to the parser x||x is one version where a span follows.
func someRange(chance *rand.Rand) string {
	pick := func(of ...string) string { return of[chance.IntN(len(of))] }
	version := func() string {
		return pick("", "v") + pick("1", "2", "3", "x") + pick("", ".1", ".x", ".2.3", ".3.x", ".1.1-rc.1")
	}
	bound := func() string {
		if chance.IntN(3) == 0 {
			return version() + pick(" - ", "  - ") + version()
		}
		return pick("", "=", "!=", ">=", "<=", "<", ">", "~", "^", "~>") + pick("", "", " ") + version()
	}
	out := bound()
	for range chance.IntN(4) {
		out += pick(", ", ",", " , ", " ", " || ") + bound()
	}
	return out
}
