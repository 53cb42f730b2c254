package platform

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

func (r *resolver) edge() *Edge {
	spec := &r.app.Spec
	r.checkEdge()
	if len(spec.Hosts) == 0 {
		return nil
	}
	exposure := deref(spec.Exposure, v1alpha1.Exposure{})
	visibility := or(exposure.Visibility, v1alpha1.VisibilityPublic)
	if !grantsMode(r.tenant.Visibilities, visibility) {
		r.refusals.add("spec.exposure.visibility", v1alpha1.ReasonVisibilityNotPermitted,
			fmt.Sprintf("%s does not grant visibility %s", r.rule(), visibility), "use another visibility, or ask the admin of the cluster")
	}
	pe := r.platform.Spec.Edge
	if pe == nil {
		r.refusals.add("spec.hosts", v1alpha1.ReasonNotOffered, "the AfroPlatform has no edge", "remove spec.hosts, or ask the admin of the cluster to set spec.edge")
		return nil
	}
	if limit := deref(limits(r.platform).MaxHosts, 10); len(spec.Hosts) > int(limit) {
		r.refusals.add("spec.hosts", v1alpha1.ReasonLimitExceeded, fmt.Sprintf("more than the %d hosts that the AfroPlatform allows", limit), "remove some, or ask the admin of the cluster")
	}
	e := &Edge{Dialect: pe.Dialect, Hosts: spec.Hosts, Paths: spec.Paths}
	if len(e.Paths) == 0 {
		e.Paths = []string{"/"}
	}
	if visibility == v1alpha1.VisibilityTailnet {
		r.tailnet(e, pe.Tailnet, exposure)
		return e
	}
	r.public(e, pe, exposure)
	return e
}

func limits(p *v1alpha1.AfroPlatform) v1alpha1.Limits { return deref(p.Spec.Limits, v1alpha1.Limits{}) }

func (r *resolver) public(e *Edge, pe *v1alpha1.Edge, exposure v1alpha1.Exposure) {
	for i, host := range e.Hosts {
		if isHost(host) && !grantsHost(r.tenant, host) {
			r.refusals.add(fmt.Sprintf("spec.hosts[%d]", i), v1alpha1.ReasonHostNotPermitted,
				fmt.Sprintf("%s does not grant host %s", r.rule(), host), "use a host under "+offers(r.tenant)+", or ask the admin of the cluster")
		}
	}
	switch pe.Dialect {
	case v1alpha1.DialectGateway:
		g := deref(pe.Gateway, v1alpha1.GatewayReference{})
		g.HTTPSListener, g.HTTPListener = or(g.HTTPSListener, "https"), or(g.HTTPListener, "http")
		e.Gateway = g
	case v1alpha1.DialectTraefik:
		e.ClassName = or(pe.IngressClassName, "traefik")
	default:
		e.ClassName = or(pe.IngressClassName, "nginx")
	}
	r.features(e, exposure)
	r.certificate(e, deref(pe.TLS, v1alpha1.EdgeTLS{}))
}

// offers says which hosts a tenant may claim.
func offers(t *v1alpha1.Tenant) string {
	all := append(slices.Clone(t.HostSuffixes), t.Hosts...)
	if len(all) == 0 {
		return "a domain that is granted (none is yet)"
	}
	return strings.Join(all, ", ")
}

// features takes what the dialect can do, and refuses the rest: a limit that is silently absent is worse than none.
func (r *resolver) features(e *Edge, x v1alpha1.Exposure) {
	if x.Streaming != nil {
		e.IdleTimeout, _ = time.ParseDuration(x.Streaming.IdleTimeout)
	}
	e.MaxBodySize = x.MaxBodySize
	if x.RateLimit != nil {
		e.RateLimit = x.RateLimit.RequestsPerSecond
	}
	if e.Dialect == v1alpha1.DialectIngressNginx {
		return
	}
	if x.MaxBodySize != nil {
		r.unsupported("spec.exposure.maxBodySize", string(e.Dialect))
	}
	if x.RateLimit != nil {
		r.unsupported("spec.exposure.rateLimit", string(e.Dialect))
	}
}

func (r *resolver) unsupported(field, what string) {
	r.refusals.add(field, v1alpha1.ReasonFeatureUnsupported, "the edge ("+what+") cannot do this for a single app", "remove it, and bound it in the app or for the whole edge")
}

func (r *resolver) certificate(e *Edge, t v1alpha1.EdgeTLS) {
	e.TLS = or(t.Mode, v1alpha1.TLSWildcard)
	if r.app.Spec.TLS != nil {
		e.TLS = or(r.app.Spec.TLS.Mode, e.TLS)
	}
	switch e.TLS {
	case v1alpha1.TLSPerHost:
		e.ClusterIssuer = t.ClusterIssuer
		if t.ClusterIssuer == "" {
			r.refusals.add("spec.tls.mode", v1alpha1.ReasonNotOffered, "the AfroPlatform has no ClusterIssuer for certificates per host", "use another mode, or ask the admin of the cluster to set spec.edge.tls.clusterIssuer")
		}
	case v1alpha1.TLSWildcard:
		for i, host := range e.Hosts {
			if isHost(host) && !covered(t.Wildcards, host) {
				r.refusals.add(fmt.Sprintf("spec.hosts[%d]", i), v1alpha1.ReasonNotCoveredByWildcard,
					fmt.Sprintf("no wildcard certificate of the AfroPlatform covers %s", host), "set spec.tls.mode: PerHost, or use a host one label below "+wildcards(t.Wildcards))
			}
		}
	}
}

func wildcards(domains []string) string {
	if len(domains) == 0 {
		return "a wildcard domain (there is none yet)"
	}
	return strings.Join(domains, ", ")
}

// covered tells whether a wildcard covers a host: exactly one label below its domain.
func covered(domains []string, host string) bool {
	label, domain, ok := strings.Cut(host, ".")
	return ok && label != "" && slices.Contains(domains, domain)
}

func (r *resolver) tailnet(e *Edge, t *v1alpha1.Tailnet, x v1alpha1.Exposure) {
	e.Tailnet, e.TLS = true, v1alpha1.TLSWildcard
	if t == nil {
		r.refusals.add("spec.exposure.visibility", v1alpha1.ReasonNotOffered, "the AfroPlatform has no tailnet", "use visibility Public, or ask the admin of the cluster to set spec.edge.tailnet")
		return
	}
	e.ClassName, e.ProxyGroup = or(t.IngressClassName, "tailscale"), t.ProxyGroup
	label := strings.TrimSuffix(e.Hosts[0], "."+t.Domain)
	switch own := []string{r.app.Name, r.app.Name + "-" + r.ns.Name}; {
	case len(e.Hosts) > 1 || strings.Contains(label, "."):
		r.refusals.invalid("spec.hosts", "on the tailnet an app has one machine name", fmt.Sprintf("give one name, for example %s or %s.%s", r.app.Name, r.app.Name, t.Domain))
	case isHost(label) && !slices.Contains(own, label) && !grantsMachine(r.tenant, label, t.Domain):
		r.refusals.add("spec.hosts[0]", v1alpha1.ReasonHostNotPermitted, fmt.Sprintf("%s does not grant the machine name %s", r.rule(), label),
			fmt.Sprintf("use %s, or ask the admin of the cluster to add it to spec.tenants[].hosts", strings.Join(own, " or ")))
	}
	e.Hosts = []string{label + "." + t.Domain}
	r.tailnetFeatures(x)
}

func (r *resolver) tailnetFeatures(x v1alpha1.Exposure) {
	if r.app.Spec.TLS != nil && r.app.Spec.TLS.Mode != "" {
		r.refusals.invalid("spec.tls.mode", "the tailnet brings its own certificate", "remove spec.tls")
	}
	if x.MaxBodySize != nil {
		r.unsupported("spec.exposure.maxBodySize", "Tailscale")
	}
	if x.RateLimit != nil {
		r.unsupported("spec.exposure.rateLimit", "Tailscale")
	}
}
