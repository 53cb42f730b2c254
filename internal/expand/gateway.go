package expand

import (
	"strconv"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

const gatewayGroup = "gateway.networking.k8s.io"

// httpRoute writes every default of its lists out: a list is compared as a whole, and the API server would fill them in.
func (b *builder) httpRoute(hosts []string) Intent {
	var matches []any
	for _, p := range b.eff.Edge.Paths {
		matches = append(matches, map[string]any{"path": map[string]any{"type": "PathPrefix", "value": p}})
	}
	rule := map[string]any{
		"matches": matches,
		"backendRefs": []any{map[string]any{"group": "", "kind": "Service", "name": b.eff.Delivery.Workload.Service,
			"port": b.eff.Delivery.Workload.Port, "weight": int64(1)}},
	}
	if b.eff.Edge.IdleTimeout > 0 {
		// Total time, not idle time: a bound here would cut every stream. The Gateway's own policy bounds idle time.
		rule["timeouts"] = map[string]any{"request": "0s"}
	}
	return intent(v1alpha1.LaneEdge, foreign.HTTPRoute, b.eff.Namespace.Name, b.in.App.Name, map[string]any{"spec": map[string]any{
		"hostnames":  hosts,
		"parentRefs": []any{b.parentRef()},
		"rules":      []any{rule},
	}})
}

// parentRef is the listener with the wildcard certificate, the plain one, or the app's own listeners.
func (b *builder) parentRef() map[string]any {
	e := b.eff.Edge
	if e.TLS == v1alpha1.TLSPerHost {
		return map[string]any{"group": gatewayGroup, "kind": "ListenerSet", "name": b.in.App.Name}
	}
	listener := e.Gateway.HTTPSListener
	if e.TLS == v1alpha1.TLSOff {
		listener = e.Gateway.HTTPListener
	}
	return map[string]any{"group": gatewayGroup, "kind": "Gateway", "namespace": e.Gateway.Namespace, "name": e.Gateway.Name, "sectionName": listener}
}

// listenerSet gives each host a listener with the app's own certificate. The Gateway has to allow it.
func (b *builder) listenerSet(hosts []string) Intent {
	var listeners []any
	for i, h := range hosts {
		listeners = append(listeners, map[string]any{
			"name": "host-" + strconv.Itoa(i), "hostname": h, "port": int64(443), "protocol": "HTTPS",
			"tls": map[string]any{"mode": "Terminate", "certificateRefs": []any{
				map[string]any{"group": "", "kind": "Secret", "name": CertificateName(b.in.App.Name)}}},
			"allowedRoutes": map[string]any{"namespaces": map[string]any{"from": "Same"}},
		})
	}
	g := b.eff.Edge.Gateway
	return intent(v1alpha1.LaneEdge, foreign.ListenerSet, b.eff.Namespace.Name, b.in.App.Name, map[string]any{"spec": map[string]any{
		"parentRef": map[string]any{"group": gatewayGroup, "kind": "Gateway", "namespace": g.Namespace, "name": g.Name},
		"listeners": listeners,
	}})
}
