package preflight

import (
	"slices"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// What the spec names, with its defaults. Who reads asks these, so that nothing else is read.

// ClusterIssuerOf is the ClusterIssuer of certificates per host; empty for none.
func ClusterIssuerOf(p *v1alpha1.AfroPlatform) string {
	if e := p.Spec.Edge; e != nil && e.TLS != nil {
		return e.TLS.ClusterIssuer
	}
	return ""
}

func tlsMode(p *v1alpha1.AfroPlatform) v1alpha1.TLSMode {
	if e := p.Spec.Edge; e != nil && e.TLS != nil {
		return or(e.TLS.Mode, v1alpha1.TLSWildcard)
	}
	return v1alpha1.TLSWildcard
}

// IngressClassesOf are the IngressClasses that the edge and the tailnet name, each once.
func IngressClassesOf(p *v1alpha1.AfroPlatform) []string {
	e := p.Spec.Edge
	if e == nil {
		return nil
	}
	var names []string
	if name := edgeClass(e); name != "" {
		names = append(names, name)
	}
	if name := tailnetClass(e); name != "" && name != edgeClass(e) {
		names = append(names, name)
	}
	return names
}

func edgeClass(e *v1alpha1.Edge) string {
	switch e.Dialect {
	case v1alpha1.DialectIngressNginx:
		return or(e.IngressClassName, "nginx")
	case v1alpha1.DialectTraefik:
		return or(e.IngressClassName, "traefik")
	}
	return ""
}

func tailnetClass(e *v1alpha1.Edge) string {
	if e.Tailnet == nil {
		return ""
	}
	return or(e.Tailnet.IngressClassName, "tailscale")
}

// GatewayOf is the Gateway that routes attach to, where the dialect is Gateway.
func GatewayOf(p *v1alpha1.AfroPlatform) (v1alpha1.GatewayReference, bool) {
	e := p.Spec.Edge
	if e == nil || e.Dialect != v1alpha1.DialectGateway || e.Gateway == nil {
		return v1alpha1.GatewayReference{}, false
	}
	g := *e.Gateway
	g.HTTPSListener, g.HTTPListener = or(g.HTTPSListener, "https"), or(g.HTTPListener, "http")
	return g, true
}

// SharedClusterOf is the Cluster that apps share; nil for none.
func SharedClusterOf(p *v1alpha1.AfroPlatform) *v1alpha1.SharedCluster {
	if d := p.Spec.Database; d != nil {
		return d.Shared
	}
	return nil
}

// DatabasesOffered tells whether apps may have databases.
func DatabasesOffered(p *v1alpha1.AfroPlatform) bool {
	d := p.Spec.Database
	return d != nil && (d.Shared != nil || d.Dedicated != nil)
}

// BackupsOffered tells whether databases are backed up.
func BackupsOffered(p *v1alpha1.AfroPlatform) bool {
	return DatabasesOffered(p) && p.Spec.Backup != nil
}

// GitWriteBackOf is how image-updater commits; nil where it writes to the Application.
func GitWriteBackOf(p *v1alpha1.AfroPlatform) *v1alpha1.WriteBack {
	if u := p.Spec.ImageUpdater; u != nil && u.WriteBack != nil && u.WriteBack.Method == v1alpha1.WriteBackGit {
		return u.WriteBack
	}
	return nil
}

// ProjectsOf are the AppProjects that tenants name.
func ProjectsOf(p *v1alpha1.AfroPlatform) []string {
	var names []string
	for _, t := range p.Spec.Tenants {
		if t.Project != "" {
			names = append(names, t.Project)
		}
	}
	return once(names)
}

// PullSecretsOf are the pull Secrets of all registries.
func PullSecretsOf(p *v1alpha1.AfroPlatform) []string {
	var names []string
	for _, registry := range p.Spec.Registries {
		for _, s := range registry.PullSecrets {
			names = append(names, s.Name)
		}
	}
	return once(names)
}

func once(names []string) []string {
	slices.Sort(names)
	return slices.Compact(names)
}

// or gives a default to an empty value.
func or[T comparable](value, def T) T {
	var zero T
	if value == zero {
		return def
	}
	return value
}
