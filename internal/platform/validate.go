package platform

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// repositoryURL may be plain http here: inside a cluster some Git servers speak nothing else.
var repositoryURL = regexp.MustCompile(`^(https?://|ssh://git@|git@)[A-Za-z0-9._:/-]+$`)

// ValidatePlatform checks the rules of an AfroPlatform that make the expansion of any app wrong when they are broken.
// The error is of type Refusals; its fields are those of the AfroPlatform.
func ValidatePlatform(p *v1alpha1.AfroPlatform) error {
	var rs Refusals
	if p.Name != v1alpha1.PlatformName {
		rs.invalid("metadata.name", "there is one AfroPlatform in a cluster", "name it "+v1alpha1.PlatformName)
	}
	rs.repository("spec.infra.repoURL", p.Spec.Infra.RepoURL)
	if a := p.Spec.ArgoCD; a != nil && a.WorkloadChart != nil {
		if a.WorkloadChart.RepoURL != "" {
			rs.repository("spec.argocd.workloadChart.repoURL", a.WorkloadChart.RepoURL)
		}
		if c := a.WorkloadChart.Path; !folder.MatchString(c) || strings.Contains(c, "..") {
			rs.invalid("spec.argocd.workloadChart.path", "not a folder in the repository", "write a relative path without '..'")
		}
	}
	if len(p.Spec.Registries) == 0 {
		rs.invalid("spec.registries", "empty, so no image could be run", "name at least one registry, for example host: ghcr.io")
	}
	rs.tenants(p)
	if e := p.Spec.Edge; e != nil {
		rs.edge(e)
	}
	rs.databases(p)
	return rs.orNil()
}

func (rs *Refusals) repository(field, u string) {
	if !repositoryURL.MatchString(u) || strings.Contains(u, "..") {
		rs.invalid(field, "not a repository URL", "use https://host/path.git or git@host:path.git, without user, password or '..'")
	}
}

func (rs *Refusals) tenants(p *v1alpha1.AfroPlatform) {
	if len(p.Spec.Tenants) == 0 {
		rs.invalid("spec.tenants", "empty, so no namespace could have an app", "grant at least one namespace")
	}
	for i, t := range p.Spec.Tenants {
		f := fmt.Sprintf("spec.tenants[%d]", i)
		if (len(t.Namespaces) > 0) == (t.NamespaceSelector != nil) {
			rs.invalid(f, "exactly one of namespaces and namespaceSelector is needed", "set one of them")
		}
		if t.NamespaceSelector != nil {
			if _, err := metav1.LabelSelectorAsSelector(t.NamespaceSelector); err != nil {
				rs.invalid(f+".namespaceSelector", "not a label selector", "write matchLabels or matchExpressions")
			}
		}
		if t.Project == "default" {
			rs.invalid(f+".project", "the project default permits everything", "name another AppProject, or leave it out")
		}
		for j, repo := range t.Repositories {
			host, _, _ := strings.Cut(repo, "/")
			if !slices.ContainsFunc(p.Spec.Registries, func(r v1alpha1.Registry) bool { return r.Host == host }) {
				rs.invalid(fmt.Sprintf("%s.repositories[%d]", f, j), repo+" is in no registry of spec.registries", "add the registry, or mend the prefix")
			}
		}
	}
}

func (rs *Refusals) edge(e *v1alpha1.Edge) {
	switch e.Dialect {
	case v1alpha1.DialectIngressNginx, v1alpha1.DialectTraefik:
	case v1alpha1.DialectGateway:
		if e.Gateway == nil || e.Gateway.Name == "" || e.Gateway.Namespace == "" {
			rs.invalid("spec.edge.gateway", "missing; dialect Gateway needs the Gateway that routes attach to", "set namespace and name")
		}
	default:
		rs.invalid("spec.edge.dialect", "not one of IngressNginx, Traefik and Gateway", "choose one of them")
	}
}

func (rs *Refusals) databases(p *v1alpha1.AfroPlatform) {
	if d := p.Spec.Database; d != nil && d.Shared != nil {
		if s := d.Shared; !dnsLabel.MatchString(s.Name) || len(s.Name) > 50 || s.Namespace == "" {
			rs.invalid("spec.database.shared", "needs the namespace and the name of a Cluster, at most 50 characters", "set both")
		}
	}
	if b := p.Spec.Backup; b != nil {
		if b.B2.Bucket == "" || b.B2.Region == "" || b.B2.SecretName == "" {
			rs.invalid("spec.backup.b2", "needs bucket, region and secretName", "set all three")
		}
		if b.Retention != "" && !retention.MatchString(b.Retention) {
			rs.invalid("spec.backup.retention", "not a retention", "write days, weeks or months, for example 14d")
		}
	}
}
