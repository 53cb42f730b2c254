package platform

import (
	"path"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// Namespace is what has to be known of the namespace of an app.
type Namespace struct {
	Name   string
	UID    types.UID
	Labels map[string]string
}

// TenantOf finds the first tenant that matches a namespace.
func TenantOf(p *v1alpha1.AfroPlatform, ns Namespace) (*v1alpha1.Tenant, bool) {
	byNameOnly := isSystem(p, ns.Name)
	for i := range p.Spec.Tenants {
		t := &p.Spec.Tenants[i]
		if slices.Contains(t.Namespaces, ns.Name) || !byNameOnly && matches(t, ns) {
			return t, true
		}
	}
	return nil, false
}

func matches(t *v1alpha1.Tenant, ns Namespace) bool {
	if t.NamespaceSelector != nil {
		selector, err := metav1.LabelSelectorAsSelector(t.NamespaceSelector)
		return err == nil && selector.Matches(labels.Set(ns.Labels))
	}
	return slices.Contains(t.Namespaces, "*")
}

// operatorNamespace is where config/ installs the operator, and with it the key of all passwords.
const operatorNamespace = "afroapp-system"

// isSystem tells the namespaces of the cluster and of the platform from those of tenants. An app there could use Secrets that
// are everybody's: "*" and a label that somebody set are no consent to that.
func isSystem(p *v1alpha1.AfroPlatform, namespace string) bool {
	system := []string{"kube-system", "kube-public", "kube-node-lease", operatorNamespace, ArgoCDNamespace(p)}
	if d := p.Spec.Database; d != nil && d.Shared != nil {
		system = append(system, d.Shared.Namespace)
	}
	return slices.Contains(system, namespace)
}

// grantsHost tells whether a tenant may claim a host.
func grantsHost(t *v1alpha1.Tenant, host string) bool {
	if slices.Contains(t.Hosts, host) {
		return true
	}
	return slices.ContainsFunc(t.HostSuffixes, func(s string) bool { return strings.HasSuffix(host, "."+s) })
}

// grantsMachine tells whether a tenant may take a machine name of the tailnet that is not an app's own. Suffixes are for names
// that the tenant's own DNS answers; on the tailnet everybody stands beside everybody.
func grantsMachine(t *v1alpha1.Tenant, label, domain string) bool {
	return slices.Contains(t.Hosts, label) || slices.Contains(t.Hosts, label+"."+domain)
}

// grantsPath tells whether a tenant may deploy from a folder of the infra repository.
func grantsPath(t *v1alpha1.Tenant, namespace, folder string) bool {
	folder = path.Clean(folder)
	prefixes := t.SourcePaths
	if len(prefixes) == 0 {
		prefixes = []string{"apps/{namespace}"}
	}
	return slices.ContainsFunc(prefixes, func(p string) bool {
		p = strings.TrimSuffix(strings.ReplaceAll(p, "{namespace}", namespace), "/")
		return folder == p || strings.HasPrefix(folder, p+"/")
	})
}

// grantedSource finds the grant for a repository, as the admin wrote it.
func grantedSource(t *v1alpha1.Tenant, repoURL string) (string, bool) {
	i := slices.IndexFunc(t.Sources, func(u string) bool { return SameRepository(u, repoURL) })
	if i < 0 {
		return "", false
	}
	return t.Sources[i], true
}

// grantsRevision tells whether a tenant may deploy a revision of the infra repository that is not the repository's own.
func grantsRevision(t *v1alpha1.Tenant, revision string) bool {
	return slices.Contains(t.SourceRevisions, "*") || slices.Contains(t.SourceRevisions, revision)
}

// grantsMode tells whether a list of grants holds a value; an absent list grants all.
func grantsMode[T comparable](grants []T, want T) bool {
	return len(grants) == 0 || slices.Contains(grants, want)
}
