package expand

import (
	"slices"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// edge plans the claims of all hosts, and the route and certificate of those that were not lost.
func (b *builder) edge() {
	e := b.eff.Edge
	for _, host := range e.Hosts {
		if !slices.Contains(b.in.LostHosts, host) {
			b.add(b.hostClaim(host))
		}
	}
	hosts := slices.DeleteFunc(slices.Clone(e.Hosts), func(h string) bool { return slices.Contains(b.in.LostHosts, h) })
	if len(hosts) == 0 {
		return
	}
	if !e.Tailnet && e.TLS == v1alpha1.TLSPerHost {
		b.addOwned(b.certificate(hosts))
	}
	if !e.Tailnet && e.Dialect == v1alpha1.DialectGateway {
		if e.TLS == v1alpha1.TLSPerHost {
			b.addOwned(b.listenerSet(hosts))
		}
		b.addOwned(b.httpRoute(hosts))
		return
	}
	b.addOwned(b.ingress(hosts))
}

// hostClaim is named as the host: the API server lets a name exist once.
func (b *builder) hostClaim(host string) Intent {
	return intent(v1alpha1.LaneEdge, foreign.HostClaim, "", host, map[string]any{"spec": map[string]any{
		"host":   host,
		"holder": map[string]any{"namespace": b.eff.Namespace.Name, "name": b.in.App.Name, "uid": string(uidOr(b.in.App.UID))},
	}})
}

// certificate is the only thing that asks for one: the Ingress carries no issuer annotation, which would make a second.
func (b *builder) certificate(hosts []string) Intent {
	name := CertificateName(b.in.App.Name)
	return intent(v1alpha1.LaneEdge, foreign.Certificate, b.eff.Namespace.Name, name, map[string]any{"spec": map[string]any{
		"secretName": name,
		"dnsNames":   hosts,
		"privateKey": map[string]any{"rotationPolicy": "Always", "algorithm": "ECDSA", "size": int64(256)},
		"issuerRef":  map[string]any{"group": "cert-manager.io", "kind": "ClusterIssuer", "name": b.eff.Edge.ClusterIssuer},
	}})
}
