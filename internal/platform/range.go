package platform

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/image"
)

// renderedRange writes a range as image-updater is given it. Without commas, which mean the same as blanks: in its
// annotation a comma begins the next image. With blanks around each "||". Spans (1.2 - 1.4) come first: behind another bound and a blank the parser takes
// them for a part of that bound.
func renderedRange(versions string) string {
	alternatives := strings.Split(versions, "||")
	for i, a := range alternatives {
		alternatives[i] = strings.Join(spansFirst(strings.FieldsFunc(a, func(c rune) bool { return c == ' ' || c == ',' })), " ")
	}
	return strings.Join(alternatives, " || ")
}

func spansFirst(words []string) []string {
	var spans, others []string
	for len(words) > 0 {
		if len(words) > 2 && words[1] == "-" {
			spans, words = append(spans, words[:3]...), words[3:]
			continue
		}
		others, words = append(others, words[0]), words[1:]
	}
	return slices.Concat(spans, others)
}

// oneWord is a tag to image-updater, whatever else it is.
var oneWord = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

// checkRendered asks image-updater's own parser about what it will read: what it cannot read is an error in its log in every
// cycle, and nowhere else.
func (r *resolver) checkRendered(versions string, ref image.Reference) {
	const f = "spec.imageUpdate.range"
	rendered := renderedRange(versions)
	if !rangeForm.fits(versions) {
		return
	}
	if _, err := semver.NewConstraint(rendered); err != nil {
		r.refusals.invalid(f, "image-updater cannot read "+rendered,
			"write for example 1.x or >=1.2, <2; a number has at most 64 bits, and behind '-' no leading zero")
	}
	if ref.Registry != "" && !strings.Contains(ref.Registry, ".") && !oneWord.MatchString(rendered) {
		// An image name with such a range is no image reference, and what image-updater then tries takes only a first element
		// with a dot for a registry.
		r.refusals.add(f, v1alpha1.ReasonFeatureUnsupported,
			fmt.Sprintf("image-updater finds the registry %s, whose name has no dot, only beside a range of one word", ref.Registry),
			"write the range in one word, for example 1.x, or use a registry whose name has a dot")
	}
}

// isVersion tells whether image-updater can compare a tag with others.
func isVersion(tag string) bool {
	_, err := semver.NewVersion(tag)
	return err == nil
}
