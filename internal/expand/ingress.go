package expand

import (
	"strconv"
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// ingress is one per app, under the app's own name for its whole life: a new one would reload the edge and cut every stream.
func (b *builder) ingress(hosts []string) Intent {
	e := b.eff.Edge
	spec := map[string]any{"ingressClassName": e.ClassName, "rules": b.ingressRules(hosts)}
	if tls := b.ingressTLS(hosts); tls != nil {
		spec["tls"] = tls
	}
	i := intent(v1alpha1.LaneEdge, foreign.Ingress, b.eff.Namespace.Name, b.in.App.Name, map[string]any{"spec": spec})
	i.Object.SetAnnotations(b.ingressAnnotations())
	if e.Tailnet && e.ProxyGroup == "" {
		i.Object.SetAnnotations(nil)
	}
	return i
}

func (b *builder) ingressRules(hosts []string) []any {
	var paths []any
	for _, p := range b.eff.Edge.Paths {
		paths = append(paths, map[string]any{"path": p, "pathType": "Prefix", "backend": map[string]any{
			"service": map[string]any{"name": b.eff.Delivery.Workload.Service, "port": map[string]any{"number": b.eff.Delivery.Workload.Port}}}})
	}
	var rules []any
	for _, h := range hosts {
		rules = append(rules, map[string]any{"host": ruleHost(h, b.eff.Edge.Tailnet), "http": map[string]any{"paths": paths}})
	}
	return rules
}

// ruleHost is the machine name alone on the tailnet: the Tailscale operator ignores rules with other hosts than its own.
func ruleHost(host string, tailnet bool) string {
	if tailnet {
		label, _, _ := strings.Cut(host, ".")
		return label
	}
	return host
}

// ingressTLS lists the hosts without a Secret for the wildcard: the controller then serves its default certificate.
func (b *builder) ingressTLS(hosts []string) []any {
	e := b.eff.Edge
	listed := make([]string, len(hosts))
	for i, h := range hosts {
		listed[i] = ruleHost(h, e.Tailnet)
	}
	switch {
	case e.TLS == v1alpha1.TLSOff:
		return nil
	case e.TLS == v1alpha1.TLSPerHost:
		return []any{map[string]any{"hosts": listed, "secretName": CertificateName(b.in.App.Name)}}
	}
	return []any{map[string]any{"hosts": listed}}
}

func (b *builder) ingressAnnotations() map[string]string {
	e := b.eff.Edge
	switch {
	case e.Tailnet:
		return map[string]string{"tailscale.com/proxy-group": e.ProxyGroup}
	case e.Dialect == v1alpha1.DialectTraefik:
		return b.traefikAnnotations()
	}
	return b.nginxAnnotations()
}

// traefikAnnotations bind the router to one entry point. Traefik closes no idle stream by itself.
func (b *builder) traefikAnnotations() map[string]string {
	const p = "traefik.ingress.kubernetes.io/router."
	if b.eff.Edge.TLS == v1alpha1.TLSOff {
		return map[string]string{p + "entrypoints": "web"}
	}
	return map[string]string{p + "entrypoints": "websecure", p + "tls": "true"}
}

// nginxAnnotations are unitless: "60s" makes ingress-nginx drop the whole Ingress, and only its log says so.
func (b *builder) nginxAnnotations() map[string]string {
	const p = "nginx.ingress.kubernetes.io/"
	e := b.eff.Edge
	a := map[string]string{p + "ssl-redirect": strconv.FormatBool(e.TLS != v1alpha1.TLSOff)}
	if e.IdleTimeout > 0 {
		seconds := strconv.Itoa(int(e.IdleTimeout.Seconds()))
		a[p+"proxy-read-timeout"], a[p+"proxy-send-timeout"] = seconds, seconds
		a[p+"proxy-buffering"] = "off"
	}
	if e.MaxBodySize != nil {
		a[p+"proxy-body-size"] = strconv.FormatInt(e.MaxBodySize.Value()/1024, 10) + "k"
	}
	if e.RateLimit > 0 {
		a[p+"limit-rps"] = strconv.Itoa(int(e.RateLimit))
	}
	return a
}
