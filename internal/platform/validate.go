package platform

import (
	"fmt"
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// ValidatePlatform checks the rules of an AfroPlatform's CRD, and those that the CRD cannot know, for one that never saw it.
// The error is of type Refusals; its fields are those of the AfroPlatform.
func ValidatePlatform(p *v1alpha1.AfroPlatform) error {
	var rs Refusals
	if p.Name != v1alpha1.PlatformName {
		rs.invalid("metadata.name", "there is one AfroPlatform in a cluster", "name it "+v1alpha1.PlatformName)
	}
	rs.repository("spec.infra.repoURL", p.Spec.Infra.RepoURL)
	rs.text("spec.infra.targetRevision", p.Spec.Infra.TargetRevision, revisionForm)
	rs.argocd(p.Spec.ArgoCD)
	rs.updater(p.Spec.ImageUpdater)
	rs.registries(p.Spec.Registries)
	rs.tenants(p)
	if e := p.Spec.Edge; e != nil {
		rs.edge(e)
	}
	if d := p.Spec.Database; d != nil {
		rs.databases(d)
	}
	if b := p.Spec.Backup; b != nil {
		rs.backup(b)
	}
	if l := p.Spec.Limits; l != nil {
		rs.count("spec.limits.maxReplicas", l.MaxReplicas, 100)
		rs.count("spec.limits.maxHosts", l.MaxHosts, 10)
	}
	return rs.orNil()
}

// repository has to be given.
func (rs *Refusals) repository(field, u string) {
	if strings.Contains(u, "..") {
		rs.invalid(field, repositoryForm.cause, repositoryForm.remedy)
		return
	}
	rs.must(field, u, repositoryForm)
}

// count is between 1 and a limit, for a number that may be left out.
func (rs *Refusals) count(field string, n *int32, limit int32) {
	if n != nil {
		rs.between(field, *n, 1, limit)
	}
}

func (rs *Refusals) argocd(a *v1alpha1.ArgoCD) {
	if a == nil {
		return
	}
	rs.text("spec.argocd.namespace", a.Namespace, labelForm)
	c := a.WorkloadChart
	if c == nil {
		return
	}
	const f = "spec.argocd.workloadChart."
	if c.RepoURL != "" {
		rs.repository(f+"repoURL", c.RepoURL)
	}
	rs.text(f+"targetRevision", c.TargetRevision, revisionForm)
	if strings.Contains(c.Path, "..") {
		rs.invalid(f+"path", chartForm.cause, chartForm.remedy)
		return
	}
	rs.must(f+"path", c.Path, chartForm)
}

func (rs *Refusals) updater(u *v1alpha1.ImageUpdater) {
	if u == nil {
		return
	}
	const f = "spec.imageUpdater."
	oneOf(rs, f+"flavour", u.Flavour, v1alpha1.UpdaterAuto, v1alpha1.UpdaterCRD, v1alpha1.UpdaterAnnotations)
	if w := u.WriteBack; w != nil {
		oneOf(rs, f+"writeBack.method", w.Method, v1alpha1.WriteBackArgoCD, v1alpha1.WriteBackGit)
		rs.text(f+"writeBack.gitSecretName", w.GitSecretName, secretName)
		if w.GitSecretName != "" && w.Method != v1alpha1.WriteBackGit {
			rs.invalid(f+"writeBack.gitSecretName", "only method Git pushes", "set method: Git, or remove it")
		}
	}
	rs.set(f+"platforms", u.Platforms, 4, platformForm)
}

func (rs *Refusals) registries(registries []v1alpha1.Registry) {
	if len(registries) == 0 {
		rs.invalid("spec.registries", "empty, so no image could be run", "name at least one registry, for example host: ghcr.io")
	}
	hosts := make([]string, len(registries))
	for i, r := range registries {
		hosts[i] = r.Host
		f := fmt.Sprintf("spec.registries[%d].pullSecrets", i)
		rs.atMost(f, len(r.PullSecrets), 20)
		for j, s := range r.PullSecrets {
			rs.must(fmt.Sprintf("%s[%d].name", f, j), s.Name, secretName)
		}
		rs.probes(fmt.Sprintf("spec.registries[%d].", i), r)
	}
	rs.set("spec.registries", hosts, 20, registryForm)
}
