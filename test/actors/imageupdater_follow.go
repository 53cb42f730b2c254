package actors

import (
	"context"
	"errors"
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

const updaterPrefix = "argocd-image-updater.argoproj.io/"

// followed is one image to follow, from an ImageUpdater or from annotations.
type followed struct {
	alias, repository, constraint string // of imageName repository:constraint
	strategy                      string
	force                         bool
	allow                         string
	ignore, platforms             []string
	helmName, helmTag, helmSpec   string
	kustomizeName                 string
}

// writeBack is where new images are written.
type writeBack struct {
	method, target string
	repository     string // URL
	// pullRequest is where commits wait until somebody merges them.
	pullRequest bool
}

// byReference reads an applicationRef. What an image does not say, the reference says, and then the ImageUpdater.
func byReference(cr *object, ref map[string]any, app *object) match {
	m := match{app: app}
	spec := mapping(cr, "spec")
	m.writeBack.method = first(field(ref, "writeBackConfig", "method"), field(spec, "writeBackConfig", "method"), "argocd")
	git := func(name string) string {
		path := []string{"writeBackConfig", "gitConfig", name}
		return first(field(ref, path...), field(spec, path...))
	}
	m.writeBack.target, m.writeBack.repository = git("writeBackTarget"), first(git("repository"), text(app, "spec", "source", "repoURL"))
	m.writeBack.pullRequest = field(ref, "writeBackConfig", "gitConfig", "pullRequest") != nil
	for _, image := range entries(ref["images"]) {
		settings := func(name string) []any {
			path := []string{"commonUpdateSettings", name}
			return []any{field(image, path...), field(ref, path...), field(spec, path...)}
		}
		f := followed{
			alias:         first(image["alias"]),
			strategy:      first(append(settings("updateStrategy"), "semver")...),
			force:         slices.Contains(settings("forceUpdate"), any(true)),
			allow:         first(settings("allowTags")...),
			ignore:        texts(field(image, "commonUpdateSettings", "ignoreTags")),
			helmName:      first(field(image, "manifestTargets", "helm", "name")),
			helmTag:       first(field(image, "manifestTargets", "helm", "tag")),
			helmSpec:      first(field(image, "manifestTargets", "helm", "spec")),
			kustomizeName: first(field(image, "manifestTargets", "kustomize", "name")),
			platforms:     firstList(settings("platforms")),
		}
		f.repository, f.constraint = splitTag(first(image["imageName"]))
		m.images = append(m.images, f.withDefaults())
	}
	return m
}

// byAnnotations reads the annotations of an Application. Without an alias, no annotation of an image applies.
func byAnnotations(app *object) match {
	annotations := app.GetAnnotations()
	m := match{app: app}
	m.writeBack.method = first(annotations[updaterPrefix+"write-back-method"], "argocd")
	m.writeBack.target = annotations[updaterPrefix+"write-back-target"]
	m.writeBack.repository = text(app, "spec", "source", "repoURL")
	for entry := range strings.SplitSeq(annotations[updaterPrefix+"image-list"], ",") {
		alias, name, ok := strings.Cut(strings.TrimSpace(entry), "=")
		if !ok {
			alias, name = "", alias
		}
		if name == "" {
			continue
		}
		of := func(setting string) string {
			if alias == "" {
				return ""
			}
			return annotations[updaterPrefix+alias+"."+setting]
		}
		f := followed{
			alias:         alias,
			strategy:      first(of("update-strategy"), annotations[updaterPrefix+"update-strategy"], "semver"),
			force:         first(of("force-update"), annotations[updaterPrefix+"force-update"]) == "true",
			allow:         of("allow-tags"),
			ignore:        strings.Split(of("ignore-tags"), ","),
			helmName:      of("helm.image-name"),
			helmTag:       of("helm.image-tag"),
			helmSpec:      of("helm.image-spec"),
			kustomizeName: of("kustomize.image-name"),
			platforms:     strings.FieldsFunc(of("platforms"), func(r rune) bool { return r == ',' || r == ' ' }),
		}
		f.repository, f.constraint = splitTag(name)
		m.images = append(m.images, f.withDefaults())
	}
	return m
}

// withDefaults: image-updater's own, which most charts do not know.
func (f followed) withDefaults() followed {
	if f.helmName == "" {
		f.helmName = "image.name"
	}
	if f.helmTag == "" {
		f.helmTag = "image.tag"
	}
	return f
}

// first text that is not empty.
func first(values ...any) string {
	for _, value := range values {
		if s, ok := value.(string); ok && s != "" {
			return s
		}
	}
	return ""
}

// firstList that is not empty.
func firstList(values []any) []string {
	for _, value := range values {
		if list := texts(value); len(list) > 0 {
			return list
		}
	}
	return nil
}

// newest is the tag that is to run, and what image-updater calls its version: the digest, or the tag.
func (f followed) newest(ctx context.Context, registry Registry, current string) (tag, version string, err error) {
	switch f.strategy {
	case "digest":
		if f.constraint == "" {
			return "", "", fmt.Errorf("cannot use update strategy 'digest' for image '%s' without a version constraint", f.repository)
		}
		if !f.takes(f.constraint) {
			return "", "", errSkipped
		}
		digest, err := registry.Digest(ctx, f.repository+":"+f.constraint)
		if err != nil || digest == current {
			return f.constraint + "@" + digest, digest, err
		}
		if fits, err := f.fits(ctx, registry, digest); err != nil || !fits {
			return f.constraint, current, err
		}
		return f.constraint + "@" + digest, digest, nil
	case "semver":
		tag, err := f.newestVersion(ctx, registry, current)
		return tag, tag, err
	default: // newest-build, alphabetical: one tag that moves is always the newest
		return current, current, nil
	}
}

// errSkipped is no error to image-updater: no tag is left, and it says so in its log only.
var errSkipped = errors.New("no tags found")

// takes tells whether a tag may be taken. What allows tags and is not written as an expression allows none.
func (f followed) takes(tag string) bool {
	if f.allow != "" && f.allow != "any" {
		expression, ok := strings.CutPrefix(f.allow, "regexp:")
		if allowed, err := regexp.MatchString(expression, tag); !ok || err != nil || !allowed {
			return false
		}
	}
	return !slices.ContainsFunc(f.ignore, func(glob string) bool {
		ignored, _ := path.Match(glob, tag)
		return ignored
	})
}

// newestVersion is the highest tag that the constraint allows, or the current one.
func (f followed) newestVersion(ctx context.Context, registry Registry, current string) (string, error) {
	tags, err := registry.Tags(ctx, f.repository)
	if err != nil {
		return "", err
	}
	constraint, err := semver.NewConstraint(first(f.constraint, "*"))
	if err != nil {
		return "", err
	}
	newest := current
	highest, _ := semver.NewVersion(current)
	for _, tag := range tags {
		version, err := semver.NewVersion(tag)
		if err == nil && f.takes(tag) && constraint.Check(version) && (highest == nil || version.GreaterThan(highest)) {
			newest, highest = tag, version
		}
	}
	return newest, nil
}
