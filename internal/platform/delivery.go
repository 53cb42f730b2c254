package platform

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/image"
)

// The values of the workload chart, and of own charts that do not say otherwise, that hold the image.
const (
	imageNameKey = "image.repository"
	imageTagKey  = "image.tag"
)

// DefaultChartPath is the folder of the workload chart in the infra repository.
const DefaultChartPath = "charts/afroapp-workload"

// ArgoCDNamespace of a platform.
func ArgoCDNamespace(p *v1alpha1.AfroPlatform) string {
	if p.Spec.ArgoCD == nil {
		return "argocd"
	}
	return or(p.Spec.ArgoCD.Namespace, "argocd")
}

// ProjectOf is the AppProject of a namespace, and whether the controller makes it.
func ProjectOf(t *v1alpha1.Tenant, namespace string) (name string, managed bool) {
	if t.Project != "" {
		return t.Project, false
	}
	return "afro-" + namespace, true
}

func (r *resolver) delivery() Delivery {
	spec := &r.app.Spec
	d := Delivery{ArgoCDNamespace: ArgoCDNamespace(r.platform), Orphan: spec.OnDelete == v1alpha1.WorkloadOrphan}
	d.Project, _ = ProjectOf(r.tenant, r.ns.Name)
	d.Image = r.image()
	d.Source = r.source(d.Image)
	d.Update = r.update(d.Image, d.Source)
	r.writable(d)
	d.Workload = r.workload()
	oneOf(&r.refusals, "spec.onDelete", spec.OnDelete, v1alpha1.WorkloadRemove, v1alpha1.WorkloadOrphan)
	return d
}

func (r *resolver) image() image.Reference {
	ref, err := image.Parse(r.app.Spec.Image)
	if err != nil {
		r.refusals.invalid("spec.image", err.Error(), "write registry/repository:tag, for example ghcr.io/acme/shop:latest")
		return ref
	}
	known := slices.ContainsFunc(r.platform.Spec.Registries, func(x v1alpha1.Registry) bool { return x.Host == ref.Registry })
	if !known || !slices.ContainsFunc(r.tenant.Repositories, ref.Within) {
		r.refusals.add("spec.image", v1alpha1.ReasonImageNotPermitted,
			fmt.Sprintf("%s does not grant repository %s", r.rule(), ref.Name()),
			fmt.Sprintf("use a repository under %s, or ask the admin of the cluster", strings.Join(r.tenant.Repositories, ", ")))
	}
	return ref
}

func (r *resolver) source(ref image.Reference) Source {
	infra := r.platform.Spec.Infra
	src := r.app.Spec.Source
	if src == nil {
		return chartSource(r.platform)
	}
	s := Source{Type: SourceHelm, RepoURL: or(src.RepoURL, infra.RepoURL), Path: src.Path,
		ImageNameKey: imageNameKey, ImageTagKey: imageTagKey}
	own := SameRepository(s.RepoURL, infra.RepoURL)
	s.Revision = or(src.TargetRevision, revision(infra.TargetRevision, own))
	r.checkSource(src)
	s.RepoURL = r.grantSource(s, own)
	switch {
	case src.Kustomize != nil:
		s.Type, s.KustomizeImage = SourceKustomize, or(src.Kustomize.ImageName, ref.Name())
	case src.Helm != nil:
		s.ImageNameKey, s.ImageTagKey = or(src.Helm.ImageNameKey, s.ImageNameKey), or(src.Helm.ImageTagKey, s.ImageTagKey)
		s.Values = src.Helm.Values
	}
	return s
}

func chartSource(p *v1alpha1.AfroPlatform) Source {
	infra := p.Spec.Infra
	s := Source{Type: SourceChart, RepoURL: infra.RepoURL, Revision: or(infra.TargetRevision, "HEAD"), Path: DefaultChartPath,
		ImageNameKey: imageNameKey, ImageTagKey: imageTagKey}
	if p.Spec.ArgoCD == nil || p.Spec.ArgoCD.WorkloadChart == nil {
		return s
	}
	chart := p.Spec.ArgoCD.WorkloadChart
	s.RepoURL, s.Path = or(chart.RepoURL, s.RepoURL), chart.Path
	s.Revision = or(chart.TargetRevision, revision(infra.TargetRevision, SameRepository(s.RepoURL, infra.RepoURL)))
	return s
}

// revision is the default branch of a source: the infra repository's own, or what another repository calls HEAD.
func revision(infra string, own bool) string {
	if own {
		return or(infra, "HEAD")
	}
	return "HEAD"
}

// grantSource also bounds the revision of the infra repository: its own is reviewed, while another branch, a commit or a
// pull request may hold what a stranger pushed. Who owns another repository answers for all of it. The repository is returned
// as the admin wrote it: by that text Argo CD finds its credentials, and the AppProject permits it.
func (r *resolver) grantSource(s Source, own bool) string {
	infra := r.platform.Spec.Infra
	if own {
		if !grantsPath(r.tenant, r.ns.Name, s.Path) {
			r.refusals.add("spec.source.path", v1alpha1.ReasonSourceNotPermitted,
				fmt.Sprintf("%s does not grant folder %s of the infra repository", r.rule(), s.Path),
				"use a folder under apps/"+r.ns.Name+" or what spec.tenants[].sourcePaths says, or ask the admin of the cluster")
		}
		if main := revision(infra.TargetRevision, own); s.Revision != main && isRevision(s.Revision) && !grantsRevision(r.tenant, s.Revision) {
			r.refusals.add("spec.source.targetRevision", v1alpha1.ReasonSourceNotPermitted,
				fmt.Sprintf("%s does not grant revision %s of the infra repository", r.rule(), s.Revision),
				"leave it out to deploy from "+main+", or ask the admin of the cluster to add it to spec.tenants[].sourceRevisions")
		}
		return infra.RepoURL
	}
	granted, ok := grantedSource(r.tenant, s.RepoURL)
	if !ok {
		r.refusals.add("spec.source.repoURL", v1alpha1.ReasonSourceNotPermitted,
			r.rule()+" does not grant this repository", "leave it out to use the infra repository, or ask the admin of the cluster")
	}
	return granted
}

func (r *resolver) update(ref image.Reference, s Source) Update {
	iu := r.app.Spec.ImageUpdate
	if iu == nil {
		iu = &v1alpha1.ImageUpdate{}
	}
	platforms, writeBack := []string{"linux/amd64"}, v1alpha1.WriteBack{}
	if pu := r.platform.Spec.ImageUpdater; pu != nil {
		if len(pu.Platforms) > 0 {
			platforms = pu.Platforms
		}
		writeBack = deref(pu.WriteBack, writeBack)
	}
	if len(iu.Platforms) > 0 {
		platforms = iu.Platforms
	}
	r.checkImageUpdate(iu, ref)
	return Update{
		Flavour: r.flavours.Updater(r.platform), Policy: policy(iu, ref), Range: renderedRange(iu.Range), Paused: iu.Paused, ForceUpdate: iu.ForceUpdate, Platforms: platforms,
		PullSecret: r.pullSecret(iu, ref), WriteBack: or(writeBack.Method, v1alpha1.WriteBackArgoCD), GitSecret: gitSecret(r.platform, writeBack, s),
	}
}

// gitSecret is given where the admin named the repository too. A tenant's own one may be on any host, which would be sent the
// platform's right to push; there Argo CD's credentials are looked up by URL.
func gitSecret(p *v1alpha1.AfroPlatform, w v1alpha1.WriteBack, s Source) string {
	if SameRepository(s.RepoURL, p.Spec.Infra.RepoURL) || SameRepository(s.RepoURL, chartSource(p).RepoURL) {
		return w.GitSecretName
	}
	return ""
}

// policy infers what was not said: a range is followed, a digest or a full version stays, any other tag is taken to move.
func policy(iu *v1alpha1.ImageUpdate, ref image.Reference) v1alpha1.ImagePolicy {
	switch {
	case iu.Policy != "":
		return iu.Policy
	case iu.Range != "":
		return v1alpha1.ImagePolicySemver
	case ref.Digest != "" || ref.IsVersion():
		return v1alpha1.ImagePolicyPinned
	}
	return v1alpha1.ImagePolicyRolling
}

func (r *resolver) pullSecret(iu *v1alpha1.ImageUpdate, ref image.Reference) string {
	var offered []v1alpha1.LocalSecretReference
	for _, reg := range r.platform.Spec.Registries {
		if reg.Host == ref.Registry {
			offered = reg.PullSecrets
		}
	}
	if iu.PullSecret == nil {
		if len(offered) == 0 {
			return ""
		}
		return offered[0].Name
	}
	if ref.Registry != "" && secretName.pattern.MatchString(iu.PullSecret.Name) && !slices.Contains(offered, *iu.PullSecret) {
		r.refusals.add("spec.imageUpdate.pullSecret", v1alpha1.ReasonPullSecretNotPermitted,
			fmt.Sprintf("the AfroPlatform offers no pull Secret %s for %s", iu.PullSecret.Name, ref.Registry),
			"leave it out to use the default one, or ask the admin to add it to spec.registries")
	}
	return iu.PullSecret.Name
}

var (
	commitHash = regexp.MustCompile(`^[0-9a-f]{7,64}$`)
	releaseTag = regexp.MustCompile(`^v?[0-9]+\.[0-9]+\.[0-9]+([-+].*)?$`)
)

// writable refuses a git write-back that git would refuse: each of these fails in image-updater's log and nowhere else.
func (r *resolver) writable(d Delivery) {
	if d.Update.WriteBack != v1alpha1.WriteBackGit || d.Update.Policy == v1alpha1.ImagePolicyPinned {
		return
	}
	field := "spec.source.targetRevision"
	if d.Source.Type == SourceChart {
		field = "spec.source"
	}
	if commitHash.MatchString(d.Source.Revision) || releaseTag.MatchString(d.Source.Revision) {
		r.refusals.add(field, v1alpha1.ReasonFeatureUnsupported,
			fmt.Sprintf("image-updater cannot commit to revision %s, which is no branch", d.Source.Revision),
			"deploy from a branch, use imageUpdate.policy Pinned, or let the AfroPlatform write back to Argo CD")
	}
	if d.Update.GitSecret != "" && strings.HasPrefix(d.Source.RepoURL, "http://") {
		r.refusals.add(field, v1alpha1.ReasonFeatureUnsupported,
			"image-updater refuses an http:// repository with credentials from a Secret",
			"use an https:// or ssh repository, or leave imageUpdater.writeBack.gitSecretName of the AfroPlatform out")
	}
}
