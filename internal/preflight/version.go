package preflight

import (
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
)

// imageVersion is the version that an image's tag tells, as it is written there; empty for latest, main or a digest alone.
func imageVersion(image string) string {
	name, _, _ := strings.Cut(image, "@")
	name = name[strings.LastIndex(name, "/")+1:]
	_, tag, _ := strings.Cut(name, ":")
	if len(tag) > 64 || parseVersion(tag) == nil {
		return ""
	}
	return tag
}

// parseVersion reads 1.2.3 or v1.2.3, with or without what follows a '-' or '+'. Nil for what is no version.
func parseVersion(s string) *version.Version {
	v, err := version.ParseSemantic(s)
	if err != nil {
		return nil
	}
	return v.WithPreRelease("")
}

// before tells whether a version is known, and older.
func before(v *version.Version, than string) bool {
	return v != nil && v.LessThan(version.MustParseSemantic(than))
}
