package platform

import (
	"encoding/json"
	"regexp"
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/image"
)

// The grammar of a range. White space is a blank: in an annotation of image-updater a line could follow another one.
const (
	version  = `v?([0-9]+|[xX*])(\.([0-9]+|[xX*])){0,2}(-[0-9A-Za-z-]+(\.[0-9A-Za-z-]+)*)?`
	bound    = `((=|!=|>=|=>|<=|=<|>|<|~>|~|\^)? *` + version + `|` + version + ` +- +` + version + `)`
	allOf    = bound + `(( *, *| +)` + bound + `)*`
	anyAllOf = `^ *` + allOf + `( *\|\| *` + allOf + `)* *$`
)

var (
	platformForm = form{regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?$`), 32, "not a platform", "write os/arch, for example linux/amd64"}
	rangeForm    = form{regexp.MustCompile(anyAllOf), 64, "not a version range", "write for example 1.x or >=1.2, <2"}
	repoForm     = form{regexp.MustCompile(`^(https://|ssh://git@|git@)[A-Za-z0-9._:/-]+$`), 512, "not a repository URL",
		"use https://host/path.git or git@host:path.git, without user, password or '..'"}
	revisionForm = form{folder, 128, "not a branch or tag", "use letters, digits, '.', '_', '-' and '/'"}
	folderForm   = form{folder, 256, "not a folder in the repository", "write a relative path without '..', for example apps/shop"}
	serviceForm  = form{dnsLabel, 63, "not the name of a Service", "write it as kubectl get services shows it"}
	imageForm    = form{regexp.MustCompile(`^[a-zA-Z0-9]([a-zA-Z0-9._:/-]*[a-zA-Z0-9])?$`), 512, "not an image name",
		"write it as it stands in your manifests, without a tag"}
	keyForm = form{regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`), 128, "not a key of values", "write it with dots, for example image.repository"}
)

func (r *resolver) checkImageUpdate(iu *v1alpha1.ImageUpdate, ref image.Reference) {
	const f = "spec.imageUpdate."
	switch iu.Policy {
	case "", v1alpha1.ImagePolicyPinned:
	case v1alpha1.ImagePolicyRolling:
		if ref.Digest != "" {
			r.refusals.invalid(f+"policy", "Rolling follows a tag, but the image is fixed by a digest", "remove the digest from spec.image, or use policy Pinned")
		}
	case v1alpha1.ImagePolicySemver:
		if iu.Range == "" {
			r.refusals.invalid(f+"range", "missing; policy Semver needs the range of versions to follow", "set for example range: 1.x")
		}
	default:
		r.refusals.invalid(f+"policy", "not one of Rolling, Semver and Pinned", "choose one of them")
	}
	r.checkRange(iu, ref)
	r.refusals.set(f+"platforms", iu.Platforms, 4, platformForm)
	if iu.PullSecret != nil {
		r.refusals.must(f+"pullSecret.name", iu.PullSecret.Name, secretName)
	}
}

// checkRange also looks at the tag to begin with: image-updater compares versions, and from a tag that is none it never
// updates, with an error in its log in every cycle.
func (r *resolver) checkRange(iu *v1alpha1.ImageUpdate, ref image.Reference) {
	const f = "spec.imageUpdate.range"
	if iu.Range == "" {
		return
	}
	r.refusals.must(f, iu.Range, rangeForm)
	r.checkRendered(iu.Range, ref)
	if iu.Policy != "" && iu.Policy != v1alpha1.ImagePolicySemver {
		r.refusals.invalid(f, "only policy Semver follows a range", "remove it, or set policy: Semver")
		return
	}
	if ref.Digest != "" {
		r.refusals.invalid(f, "a range follows tags, but the image is fixed by a digest", "remove the digest from spec.image, or remove the range")
	} else if ref.Tag != "" && !isVersion(ref.Tag) {
		r.refusals.invalid("spec.image", "tag "+ref.Tag+" is no version, and image-updater follows a range only from one",
			"begin with a version of the range, for example "+ref.Name()+":1.4.2, or remove the range")
	}
}

func (r *resolver) checkSource(s *v1alpha1.Source) {
	const f = "spec.source."
	if (s.Kustomize != nil) == (s.Helm != nil) {
		r.refusals.invalid("spec.source", "exactly one of kustomize and helm is needed: image-updater cannot write into plain manifests", "set one of them")
	}
	r.inside(f+"repoURL", s.RepoURL, repoForm)
	r.refusals.text(f+"targetRevision", s.TargetRevision, revisionForm)
	if isReference(s.TargetRevision) {
		r.refusals.invalid(f+"targetRevision", "a reference, and refs/ leads to pull requests of strangers too", "name a branch or tag as it is called")
	}
	if s.Path == "" {
		r.refusals.invalid(f+"path", "missing", "name the folder of your manifests, for example apps/shop")
	}
	r.inside(f+"path", s.Path, folderForm)
	r.refusals.text(f+"serviceName", s.ServiceName, serviceForm)
	if s.Kustomize != nil {
		r.checkKustomize(s.Kustomize)
	}
	if s.Helm != nil {
		r.checkHelm(s.Helm)
	}
}

// isReference tells whether a revision is written as Git keeps it.
func isReference(revision string) bool { return strings.HasPrefix(revision, "refs/") }

func isRevision(s string) bool { return revisionForm.fits(s) && !isReference(s) }

// inside is text for what must not lead out of a repository.
func (r *resolver) inside(field, value string, f form) {
	if strings.Contains(value, "..") {
		r.refusals.invalid(field, "leads out of the repository", f.remedy)
		return
	}
	r.refusals.text(field, value, f)
}

func (r *resolver) checkKustomize(k *v1alpha1.KustomizeSource) {
	const f = "spec.source.kustomize.imageName"
	r.refusals.text(f, k.ImageName, imageForm)
	if strings.LastIndex(k.ImageName, ":") > strings.LastIndex(k.ImageName, "/") {
		r.refusals.invalid(f, "holds a tag, and kustomize replaces no image by that name", imageForm.remedy)
	}
}

func (r *resolver) checkHelm(h *v1alpha1.HelmSource) {
	const f = "spec.source.helm"
	r.refusals.text(f+".imageNameKey", h.ImageNameKey, keyForm)
	r.refusals.text(f+".imageTagKey", h.ImageTagKey, keyForm)
	name, tag := strings.Split(or(h.ImageNameKey, imageNameKey), "."), strings.Split(or(h.ImageTagKey, imageTagKey), ".")
	if within(name, tag) || within(tag, name) {
		r.refusals.invalid(f, "imageNameKey and imageTagKey are the same value, or one is inside the other", "name two values, for example image.repository and image.tag")
	}
	spec := &r.app.Spec
	if spec.Replicas != nil || spec.Env != nil || spec.Resources != nil || spec.Health != nil || spec.RunAsUser != nil {
		r.refusals.invalid(f, "replicas, env, resources, health and runAsUser of your own chart belong into source.helm.values", "move them there")
	}
	r.checkValues(h, name, tag)
}

func (r *resolver) checkValues(h *v1alpha1.HelmSource, keys ...[]string) {
	const f = "spec.source.helm.values"
	if h.Values == nil {
		return
	}
	var values map[string]any
	if err := json.Unmarshal(h.Values.Raw, &values); err != nil || values == nil {
		r.refusals.invalid(f, "not an object", "write keys and values, as in a values file")
		return
	}
	for _, key := range keys {
		if holds(values, key) {
			r.refusals.invalid(f, "holds "+strings.Join(key, ".")+", which would mask every update", "remove it: spec.image is written there")
		}
	}
}

// within tells whether one key is another, or above it.
func within(above, key []string) bool {
	return len(above) <= len(key) && strings.Join(above, ".") == strings.Join(key[:len(above)], ".")
}

// holds tells whether nested values hold a key, or something in its way.
func holds(values map[string]any, path []string) bool {
	v, ok := values[path[0]]
	if !ok || len(path) == 1 {
		return ok
	}
	inner, ok := v.(map[string]any)
	return !ok || holds(inner, path[1:])
}
