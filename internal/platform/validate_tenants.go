package platform

import (
	"fmt"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

func (rs *Refusals) tenants(p *v1alpha1.AfroPlatform) {
	if len(p.Spec.Tenants) == 0 {
		rs.invalid("spec.tenants", "empty, so no namespace could have an app", "grant at least one namespace")
	}
	names := make([]string, len(p.Spec.Tenants))
	for i, t := range p.Spec.Tenants {
		names[i] = t.Name
		rs.tenant(fmt.Sprintf("spec.tenants[%d]", i), t)
		for j, repo := range t.Repositories {
			host, _, _ := strings.Cut(repo, "/")
			if !slices.ContainsFunc(p.Spec.Registries, func(r v1alpha1.Registry) bool { return r.Host == host }) {
				rs.invalid(fmt.Sprintf("spec.tenants[%d].repositories[%d]", i, j), repo+" is in no registry of spec.registries", "add the registry, or mend the prefix")
			}
		}
	}
	rs.set("spec.tenants", names, 200, nameForm)
}

func (rs *Refusals) tenant(f string, t v1alpha1.Tenant) {
	if (len(t.Namespaces) > 0) == (t.NamespaceSelector != nil) {
		rs.invalid(f, "exactly one of namespaces and namespaceSelector is needed", "set one of them")
	}
	rs.set(f+".namespaces", t.Namespaces, 500, grantForm)
	if t.NamespaceSelector != nil {
		if _, err := metav1.LabelSelectorAsSelector(t.NamespaceSelector); err != nil {
			rs.invalid(f+".namespaceSelector", "not a label selector", "write matchLabels or matchExpressions")
		}
	}
	if t.Project == "default" {
		rs.invalid(f+".project", "the project default permits everything", "name another AppProject, or leave it out")
	}
	rs.text(f+".project", t.Project, labelForm)
	rs.set(f+".hostSuffixes", t.HostSuffixes, 50, domainForm)
	rs.set(f+".hosts", t.Hosts, 200, hostForm)
	if len(t.Repositories) == 0 {
		rs.invalid(f+".repositories", "empty, so no image could be run", "grant at least one prefix, for example ghcr.io/acme")
	}
	rs.set(f+".repositories", t.Repositories, 100, prefixForm)
	rs.set(f+".sources", t.Sources, 50, sourceForm)
	rs.set(f+".sourcePaths", t.SourcePaths, 50, anyForm(256))
	rs.set(f+".sourceRevisions", t.SourceRevisions, 50, grantedForm)
	for i, revision := range t.SourceRevisions {
		if isReference(revision) {
			rs.invalid(fmt.Sprintf("%s.sourceRevisions[%d]", f, i), grantedForm.cause, grantedForm.remedy)
		}
	}
	rs.kinds(f+".kinds", t.Kinds)
	words(rs, f+".databaseModes", t.DatabaseModes, v1alpha1.DatabaseShared, v1alpha1.DatabaseDedicated)
	words(rs, f+".visibilities", t.Visibilities, v1alpha1.VisibilityPublic, v1alpha1.VisibilityTailnet)
}

// words refuses words that are not among the values, or that stand there twice.
func words[T ~string](rs *Refusals, field string, items []T, values ...T) {
	for i, item := range items {
		at := fmt.Sprintf("%s[%d]", field, i)
		if item == "" {
			rs.invalid(at, "empty", "remove it")
		}
		oneOf(rs, at, item, values...)
		if slices.Contains(items[:i], item) {
			rs.invalid(at, string(item)+" is named twice", "remove one of them")
		}
	}
}
