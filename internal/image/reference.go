// Package image reads image references strictly and writes them again from their parts, so that
// nothing a person typed reaches image-updater or a manifest as it was typed.
package image

import (
	"fmt"
	"regexp"
	"strings"
)

// Reference is an image reference in its parts. At least one of Tag and Digest is set.
type Reference struct {
	Registry   string // host with port, for example ghcr.io
	Repository string // path below the host, for example acme/shop
	Tag        string // for example latest; empty when only a digest was given
	Digest     string // sha256:… ; empty when only a tag was given
}

const (
	maxLength     = 512
	maxNameLength = 255
)

// The grammar is that of github.com/distribution/reference, by which kubelets and image-updater read; image-updater makes
// something else of a name that does not keep it, and follows that.
var (
	registryPattern   = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?([.][a-z0-9]([a-z0-9-]*[a-z0-9])?)*(:[0-9]{1,5})?$`)
	repositoryPattern = regexp.MustCompile(`^[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*$`)
	tagPattern        = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)
	digestPattern     = regexp.MustCompile(`^sha256:[a-f0-9]{64}$`)
	versionPattern    = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]+([-+][0-9A-Za-z.-]+)?$`)
)

// Parse reads a reference that names its registry and a tag or a digest. The error says what is wrong in a
// form that fits behind the field's name.
func Parse(s string) (Reference, error) {
	if len(s) > maxLength {
		return Reference{}, fmt.Errorf("longer than %d characters", maxLength)
	}
	rest, digest, hasDigest := strings.Cut(s, "@")
	registry, path, found := strings.Cut(rest, "/")
	if !found || !isHost(registry) {
		return Reference{}, fmt.Errorf("names no registry")
	}
	repository, tag, hasTag := strings.Cut(path, ":")
	r := Reference{Registry: registry, Repository: repository, Tag: tag, Digest: digest}
	switch {
	case !registryPattern.MatchString(registry):
		return Reference{}, fmt.Errorf("names no valid registry")
	case !repositoryPattern.MatchString(repository):
		return Reference{}, fmt.Errorf("names no valid repository")
	case len(r.Name()) > maxNameLength:
		return Reference{}, fmt.Errorf("names a repository of more than %d characters", maxNameLength)
	case hasTag && !tagPattern.MatchString(tag):
		return Reference{}, fmt.Errorf("has no valid tag")
	case hasDigest && !digestPattern.MatchString(digest):
		return Reference{}, fmt.Errorf("has no valid sha256 digest")
	case !hasTag && !hasDigest:
		return Reference{}, fmt.Errorf("has no tag and no digest")
	}
	return r, nil
}

// isHost tells a registry from the first element of a Docker Hub repository.
func isHost(s string) bool {
	return s == "localhost" || strings.ContainsAny(s, ".:")
}

// Name is the registry and the repository, without tag and digest. Example: ghcr.io/acme/shop.
func (r Reference) Name() string { return r.Registry + "/" + r.Repository }

// TagOrDigest is what stands behind the name in the values of a chart. Examples: latest, latest@sha256:…, sha256:….
func (r Reference) TagOrDigest() string {
	if r.Tag != "" && r.Digest != "" {
		return r.Tag + "@" + r.Digest
	}
	return r.Tag + r.Digest
}

// String writes the reference again from its parts.
func (r Reference) String() string {
	s := r.Name()
	if r.Tag != "" {
		s += ":" + r.Tag
	}
	if r.Digest != "" {
		s += "@" + r.Digest
	}
	return s
}

// IsVersion tells whether the tag is a full semantic version, with or without a leading v.
func (r Reference) IsVersion() bool { return versionPattern.MatchString(r.Tag) }

// Within tells whether the reference lies below a prefix of whole path elements.
func (r Reference) Within(prefix string) bool {
	return r.Name() == prefix || strings.HasPrefix(r.Name(), prefix+"/")
}
