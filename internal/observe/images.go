package observe

import (
	"slices"
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/image"
)

// version is what tells one image of a repository from another: its digest, or else its tag.
type version struct{ tag, digest string }

func (v version) known() bool { return v != version{} }

// is tells whether an image is of this version.
func (v version) is(ref image.Reference) bool {
	if v.digest != "" {
		return ref.Digest == v.digest
	}
	return ref.Tag == v.tag
}

// live are the images of the app's repository that the pods name. Argo CD lists what their specs say, not what runs.
func live(app *foreign.ArgoApplication, name string) []image.Reference {
	if app == nil {
		return nil
	}
	var out []image.Reference
	for _, s := range app.Status.Summary.Images {
		if !strings.HasPrefix(s, name) {
			continue
		}
		if ref, err := image.Parse(s); err == nil && ref.Name() == name {
			out = append(out, ref)
		}
	}
	return out
}

// templates are the images of the app's repository that the workloads name.
func (l lens) templates() (out []image.Reference) {
	for _, t := range l.Templates {
		for _, s := range t.Images {
			if ref, err := image.Parse(s); err == nil && ref.Name() == l.tracked.Name() {
				out = append(out, ref)
			}
		}
	}
	return out
}

// runs tells whether a pod names the version.
func (l lens) runs(v version) bool { return slices.ContainsFunc(l.live, v.is) }

// pinnedLive tells whether the pods name a digest of the tracked tag, which nobody but image-updater wrote there.
func (l lens) pinnedLive() bool {
	return slices.ContainsFunc(l.live, func(r image.Reference) bool { return r.Digest != "" && l.ofTag(r) })
}

// ofTag tells whether an image has the tag that is followed, or none.
func (l lens) ofTag(r image.Reference) bool { return r.Tag == "" || r.Tag == l.tracked.Tag }

// expected is the version that image-updater has chosen last, as far as it can be told: with write-back to Argo CD it
// stands in the Application, with git only image-updater's own word is seen.
func (l lens) expected() version {
	if !l.follows || l.update.Paused || l.Children.Application == nil {
		return version{}
	}
	if l.update.WriteBack != v1alpha1.WriteBackGit {
		if v := l.writtenTo(l.Children.Application.Spec.Source); v.known() {
			return v
		}
	}
	return l.claimed()
}

// writtenTo reads the version from the parameters or images of a source.
func (l lens) writtenTo(s *foreign.ArgoSource) version {
	var v version
	switch {
	case s == nil:
	case s.Helm != nil && len(s.Helm.Parameters) > 0:
		v = l.parameter(s.Helm.Parameters)
	case s.Kustomize != nil:
		v = l.kustomized(s.Kustomize.Images)
	}
	if l.update.Policy == v1alpha1.ImagePolicyRolling && v.digest == "" {
		return version{}
	}
	return v
}

// parameter is what was written under the key of the chart, or else under one that the chart may not know.
func (l lens) parameter(params []foreign.ArgoHelmParameter) version {
	i := slices.IndexFunc(params, func(p foreign.ArgoHelmParameter) bool { return p.Name == l.tagKey })
	if i < 0 {
		i = slices.IndexFunc(params, func(p foreign.ArgoHelmParameter) bool { return strings.Contains(p.Value, "@sha256:") })
	}
	if i < 0 {
		return version{}
	}
	tag, digest, _ := strings.Cut(params[i].Value, "@")
	return version{tag: tag, digest: digest}
}

func (l lens) kustomized(images []string) version {
	for _, s := range images {
		if _, to, renamed := strings.Cut(s, "="); renamed {
			s = to
		}
		if ref, err := image.Parse(s); err == nil && ref.Name() == l.tracked.Name() {
			return version{tag: ref.Tag, digest: ref.Digest}
		}
	}
	return version{}
}

// claimed is the version of which image-updater says that it wrote it. It is no proof: it says so in every cycle until
// the commit is synced, and goes on saying it when the chart ignores the value.
func (l lens) claimed() version {
	if l.Children.ImageUpdater == nil {
		return version{}
	}
	for _, u := range l.Children.ImageUpdater.Status.RecentUpdates {
		isDigest := strings.HasPrefix(u.NewVersion, "sha256:")
		switch {
		case isDigest && l.update.Policy == v1alpha1.ImagePolicyRolling:
			return version{digest: u.NewVersion}
		case !isDigest && u.NewVersion != "" && l.update.Policy == v1alpha1.ImagePolicySemver:
			return version{tag: u.NewVersion}
		}
	}
	return version{}
}
