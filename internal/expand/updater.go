package expand

import (
	"strconv"
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// alias is the name of the one image in image-updater's terms. A DNS label: 0.x rewrites '/', 1.x does not.
const alias = "app"

func cut(key string) (head, rest string, nested bool) { return strings.Cut(key, ".") }

func strategy(u platform.Update) string {
	if u.Policy == v1alpha1.ImagePolicySemver {
		return "semver"
	}
	return "digest"
}

// imageUpdater matches its Application by the exact name. Strategy and force are written out for the image:
// the CRDs of 1.0 to 1.3 store `semver` where they are omitted. No spec.namespace: 1.2.0 refuses it.
func (b *builder) imageUpdater() Intent {
	u := b.eff.Delivery.Update
	settings := map[string]any{"updateStrategy": strategy(u), "forceUpdate": u.ForceUpdate, "platforms": u.Platforms}
	if u.PullSecret != "" {
		settings["pullSecret"] = b.pullSecret()
	}
	if u.Paused {
		settings["ignoreTags"] = []any{"*"}
	}
	return intent(v1alpha1.LaneDelivery, foreign.ImageUpdater, b.eff.Delivery.ArgoCDNamespace, b.names.shared, map[string]any{
		"spec": map[string]any{"applicationRefs": []any{map[string]any{
			"namePattern":     b.names.shared,
			"useAnnotations":  false,
			"writeBackConfig": b.writeBack(),
			"images": []any{map[string]any{
				"alias":                alias,
				"imageName":            trackedImage(b.eff.Delivery.Image, u),
				"commonUpdateSettings": settings,
				"manifestTargets":      b.manifestTargets(),
			}},
		}}},
	})
}

func (b *builder) manifestTargets() map[string]any {
	s := b.eff.Delivery.Source
	if s.Type == platform.SourceKustomize {
		return map[string]any{"kustomize": map[string]any{"name": s.KustomizeImage}}
	}
	return map[string]any{"helm": map[string]any{"name": s.ImageNameKey, "tag": s.ImageTagKey}}
}

// writeBack leaves the git target at its default, .argocd-source-<application>.yaml beside the source: Argo CD reads it as
// parameters, which nothing masks. A target in a values file can be masked, and Argo CD would not say so.
func (b *builder) writeBack() map[string]any {
	if b.eff.Delivery.Update.WriteBack != v1alpha1.WriteBackGit {
		return map[string]any{"method": "argocd"}
	}
	git := map[string]any{"repository": b.eff.Delivery.Source.RepoURL}
	if b.eff.Delivery.Source.Revision != "HEAD" {
		git["branch"] = b.eff.Delivery.Source.Revision
	}
	return map[string]any{"method": b.gitMethod(), "gitConfig": git}
}

func (b *builder) gitMethod() string {
	if s := b.eff.Delivery.Update.GitSecret; s != "" {
		return "git:secret:" + b.eff.Delivery.ArgoCDNamespace + "/" + s
	}
	return "git"
}

// pullSecret is in Argo CD's namespace: image-updater 1.3 and later reads no other.
func (b *builder) pullSecret() string {
	return "pullsecret:" + b.eff.Delivery.ArgoCDNamespace + "/" + b.eff.Delivery.Update.PullSecret
}

const updaterPrefix = "argocd-image-updater.argoproj.io/"

// updaterAnnotations tell the same to image-updater 0.x, or to an ImageUpdater of the admin with useAnnotations.
func (b *builder) updaterAnnotations() map[string]string {
	u, s := b.eff.Delivery.Update, b.eff.Delivery.Source
	a := map[string]string{
		"image-list":               alias + "=" + trackedImage(b.eff.Delivery.Image, u),
		alias + ".update-strategy": strategy(u),
		alias + ".force-update":    strconv.FormatBool(u.ForceUpdate),
		alias + ".platforms":       strings.Join(u.Platforms, ","),
		"write-back-method":        "argocd",
	}
	if u.PullSecret != "" {
		a[alias+".pull-secret"] = b.pullSecret()
	}
	if u.Paused {
		a[alias+".ignore-tags"] = "*"
	}
	if s.Type == platform.SourceKustomize {
		a[alias+".kustomize.image-name"] = s.KustomizeImage
	} else {
		a[alias+".helm.image-name"], a[alias+".helm.image-tag"] = s.ImageNameKey, s.ImageTagKey
	}
	if u.WriteBack == v1alpha1.WriteBackGit {
		a["write-back-method"], a["git-repository"] = b.gitMethod(), s.RepoURL
		if s.Revision != "HEAD" {
			a["git-branch"] = s.Revision
		}
	}
	out := make(map[string]string, len(a))
	for k, v := range a {
		out[updaterPrefix+k] = v
	}
	return out
}
