package preflight

import (
	"slices"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

func (r *report) issuer() {
	name := ClusterIssuerOf(r.Platform)
	if name == "" {
		return
	}
	if missing := r.missing(foreign.Certificate); missing != "" {
		r.add(severityError, CertManagerMissing, "the cluster", " does not serve "+missing+", which certificates per host need",
			"install cert-manager"+heals+"; or leave spec.edge.tls.clusterIssuer out")
		return
	}
	subject := "ClusterIssuer " + name
	if !r.exists(r.ClusterIssuer.Reading, severityError, IssuerNotReady, subject, ", so no certificate per host is issued", "make it, or mend spec.edge.tls.clusterIssuer") {
		return
	}
	look := "look at its status: kubectl describe clusterissuer " + name
	switch r.ClusterIssuer.Ready {
	case "True":
	case "False":
		r.add(severityError, IssuerNotReady, subject, " is not ready: cert-manager says "+said(r.ClusterIssuer.Reason), look)
	default:
		r.add(severityWarning, IssuerNotReady, subject, " has no answer of cert-manager yet", "look whether cert-manager runs; "+look)
	}
}

// said is a foreign word for a message. Foreign sentences hold times and addresses that change with every try.
func said(s string) string {
	if s == "" {
		return "nothing of the cause"
	}
	return firstRunes(clip(s), 128)
}

func (r *report) ingressClasses() {
	e := r.Platform.Spec.Edge
	if e == nil {
		return
	}
	field := map[string]string{}
	if name := edgeClass(e); name != "" {
		field[name] = "spec.edge.ingressClassName"
	}
	if name := tailnetClass(e); name != "" {
		field[name] = "spec.edge.tailnet.ingressClassName"
	}
	for _, name := range IngressClassesOf(r.Platform) {
		r.exists(r.IngressClasses[name], severityError, IngressClassMissing, "IngressClass "+name, ", so no controller takes the routes",
			"install its controller, or mend "+field[name])
	}
}

func (r *report) gateway() {
	g, ok := GatewayOf(r.Platform)
	if !ok {
		return
	}
	if missing := r.missing(foreign.HTTPRoute); missing != "" {
		r.add(severityError, GatewayAPIMissing, "the cluster", " does not serve "+missing+", which dialect Gateway needs", "install the CRDs of the Gateway API"+heals)
		return
	}
	subject := "Gateway " + g.Namespace + "/" + g.Name
	if r.Gateway.Reading == Forbidden || r.Gateway.Reading == Failed {
		r.unread(r.Gateway.Reading, subject, subject+" ", GatewayMissing, GatewayClosed)
		return
	}
	if r.exists(r.Gateway.Reading, severityError, GatewayMissing, subject, ", so no route is served", "make it, or mend spec.edge.gateway") {
		r.listener(subject, g)
		r.listenerSets(subject)
	}
}

// listener looks at the one that routes attach to unless an app says otherwise.
func (r *report) listener(subject string, g v1alpha1.GatewayReference) {
	name := map[v1alpha1.TLSMode]string{v1alpha1.TLSWildcard: g.HTTPSListener, v1alpha1.TLSOff: g.HTTPListener}[tlsMode(r.Platform)]
	if name == "" {
		return
	}
	i := slices.IndexFunc(r.Gateway.Listeners, func(l Listener) bool { return l.Name == name })
	switch {
	case i < 0:
		r.add(severityError, GatewayMissing, subject, " has no listener "+name+", which routes attach to", "add the listener, or mend spec.edge.gateway")
	case r.Gateway.Listeners[i].From != "All" && r.Gateway.Listeners[i].From != "Selector":
		r.add(severityError, GatewayClosed, subject, " takes no routes from the namespaces of apps on listener "+name, "set allowedRoutes.namespaces.from of the listener to All or Selector")
	}
}

// listenerSets carry certificates per host.
func (r *report) listenerSets(subject string) {
	if ClusterIssuerOf(r.Platform) == "" {
		return
	}
	severity := severityWarning
	if tlsMode(r.Platform) == v1alpha1.TLSPerHost {
		severity = severityError
	}
	if missing := r.missing(foreign.ListenerSet); missing != "" {
		r.add(severity, GatewayAPIMissing, "the cluster", " does not serve "+missing+", which certificates per host need", "install the CRDs of the Gateway API 1.5 or later"+heals)
		return
	}
	if s := r.Gateway.ListenerSets; s != "All" && s != "Selector" {
		r.add(severity, GatewayClosed, subject, " takes no ListenerSets from the namespaces of apps, which certificates per host need",
			"set spec.allowedListeners.namespaces.from of the Gateway to All or Selector")
	}
}
