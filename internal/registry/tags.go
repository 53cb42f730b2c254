package registry

import (
	"context"
	"fmt"
	"slices"

	"github.com/Masterminds/semver/v3"
	"github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"
)

// maxPages of tags are read at most.
const maxPages = 100

// noVersionError is a repository without a version in the range.
type noVersionError struct{ versions string }

func (e *noVersionError) Error() string { return fmt.Sprintf("no tag is a version in %s", e.versions) }

// eachPage of a repository's tags, until there are no more or f has seen enough.
func eachPage(ctx context.Context, puller *remote.Puller, repository name.Repository, f func(tags []string) (enough bool)) error {
	lister, err := puller.Lister(ctx, repository)
	if err != nil {
		return err
	}
	for page := 0; lister.HasNext(); page++ {
		if page == maxPages {
			return malformedError(fmt.Sprintf("the list of tags has more than %d pages", maxPages))
		}
		tags, err := lister.Next(ctx)
		if err != nil {
			return err
		}
		if f(tags.Tags) {
			return nil
		}
	}
	return nil
}

// newest tag in a range of versions. Where two tags are one version, as v1.2.0 and 1.2.0, the choice does not depend on
// the order of the list.
func newest(ctx context.Context, puller *remote.Puller, repository name.Repository, versions string) (string, error) {
	constraint, err := semver.NewConstraint(versions)
	if err != nil {
		return "", &noVersionError{versions}
	}
	var best *semver.Version
	err = eachPage(ctx, puller, repository, func(tags []string) bool {
		for _, tag := range tags {
			if v, err := semver.NewVersion(tag); err == nil && constraint.Check(v) && newer(v, best) {
				best = v
			}
		}
		return false
	})
	if err != nil {
		return "", err
	}
	if best == nil {
		return "", &noVersionError{versions}
	}
	return best.Original(), nil
}

func newer(v, best *semver.Version) bool {
	if best == nil {
		return true
	}
	c := v.Compare(best)
	return c > 0 || c == 0 && v.Original() > best.Original()
}

// listed tells whether tags/list has a tag, on its first page and at all.
func listed(ctx context.Context, puller *remote.Puller, repository name.Repository, tag string) (first, anywhere bool, err error) {
	page := 0
	err = eachPage(ctx, puller, repository, func(tags []string) bool {
		anywhere = slices.Contains(tags, tag)
		first = anywhere && page == 0
		page++
		return anywhere
	})
	return first, anywhere, err
}
