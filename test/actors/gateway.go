package actors

import (
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
)

// RefusesRoute attaches no HTTPRoute to any listener.
const RefusesRoute Mode = "RefusesRoute"

// GatewayOptions are the installed Gateway controller.
type GatewayOptions struct {
	// ControllerName in the status of routes. Default: that of Envoy Gateway.
	ControllerName string
	// Address of Gateways. Default: 192.0.2.20.
	Address string
}

// Gateway plays a controller of the Gateway API, of every Gateway: it attaches routes by listener name, namespace
// and host name, and resolves their Services.
type Gateway struct {
	role
	options GatewayOptions
}

// NewGateway makes a Gateway controller that does not run yet.
func NewGateway(config *rest.Config, o GatewayOptions) *Gateway {
	if o.ControllerName == "" {
		o.ControllerName = "gateway.envoyproxy.io/gatewayclass-controller"
	}
	if o.Address == "" {
		o.Address = "192.0.2.20"
	}
	g := &Gateway{options: o}
	g.role = newRole(config, "Gateway controller", "envoy-gateway", RefusesRoute)
	g.cast = g.play
	return g
}

func (g *Gateway) play(p *player) error {
	attached := func(parent *unstructured.Unstructured) []key { return attachedTo(p, parent) }
	return firstError(
		p.on(gateways, g.gateway),
		p.on(httpRoutes, g.route),
		p.on(listenerSets, g.listenerSet),
		p.also(gateways, func(o *unstructured.Unstructured) []key {
			return append(attached(o), keysOf(listenerSets, p.view.list(listenerSets, ""))...)
		}),
		p.also(listenerSets, attached),
		p.also(services, func(o *unstructured.Unstructured) []key { return backedBy(p, o) }),
		p.also(namespaces, func(*unstructured.Unstructured) []key { return nil }),
	)
}

// attachedTo are the routes that name the parent.
func attachedTo(p *player, parent *unstructured.Unstructured) []key {
	var keys []key
	for _, route := range p.view.list(httpRoutes, "") {
		for _, ref := range items(route, "spec", "parentRefs") {
			if ref["name"] == parent.GetName() {
				keys = append(keys, keyOf(httpRoutes, route))
				break
			}
		}
	}
	return keys
}

// backedBy are the routes that name the Service.
func backedBy(p *player, service *unstructured.Unstructured) []key {
	var keys []key
	for _, route := range p.view.list(httpRoutes, service.GetNamespace()) {
		for _, rule := range items(route, "spec", "rules") {
			for _, ref := range entries(rule["backendRefs"]) {
				if ref["name"] == service.GetName() {
					keys = append(keys, keyOf(httpRoutes, route))
				}
			}
		}
	}
	return keys
}

// gateway programs all listeners. attachedRoutes is counted when the Gateway itself changes, or a thousand routes
// would write its status a thousand times.
func (g *Gateway) gateway(s *scene) error {
	if s.object == nil {
		return nil
	}
	_, err := s.answer(gateways, s.object, func(o *unstructured.Unstructured) {
		set(o, []any{map[string]any{"type": "IPAddress", "value": g.options.Address}}, "status", "addresses")
		programmed(s, o)
		setListeners(s, o)
	})
	return err
}

func programmed(s *scene, o *unstructured.Unstructured) {
	for _, kind := range []string{"Accepted", "Programmed"} {
		setCondition(o, condition{kind, "True", kind, "", o.GetGeneration()}, s.now())
	}
}

func setListeners(s *scene, o *unstructured.Unstructured) {
	before := items(o, "status", "listeners")
	var listeners []any
	for _, listener := range items(o, "spec", "listeners") {
		conditions := []any{}
		for _, old := range before {
			if old["name"] == listener["name"] {
				conditions, _ = old["conditions"].([]any)
			}
		}
		for _, kind := range []string{"Accepted", "ResolvedRefs", "Programmed"} {
			conditions = setConditionIn(conditions, condition{kind, "True", kind, "", o.GetGeneration()}, s.now())
		}
		listeners = append(listeners, map[string]any{
			"name": listener["name"], "attachedRoutes": int64(len(attachedTo(s.player, o))), "conditions": conditions,
			"supportedKinds": []any{map[string]any{"group": httpRoutes.Group, "kind": httpRoutes.name}},
		})
	}
	set(o, listeners, "status", "listeners")
}

// listenerSet is accepted where its Gateway allows listeners of its namespace. No Gateway allows any by default.
func (g *Gateway) listenerSet(s *scene) error {
	set := s.object
	if set == nil {
		return nil
	}
	namespace := first(text(set, "spec", "parentRef", "namespace"), set.GetNamespace())
	gateway := s.get(gateways, namespace, text(set, "spec", "parentRef", "name"))
	if gateway == nil {
		return nil
	}
	allowed := mapping(gateway, "spec", "allowedListeners", "namespaces")
	_, err := s.answer(listenerSets, set, func(o *unstructured.Unstructured) {
		if admits(s, allowed, "None", namespace, o.GetNamespace()) {
			programmed(s, o)
			setListeners(s, o)
			return
		}
		for _, kind := range []string{"Accepted", "Programmed"} {
			setCondition(o, condition{kind, "False", "NotAllowed", "The parent Gateway does not allow listeners of this namespace", o.GetGeneration()}, s.now())
		}
	})
	return err
}

// route answers for each parent that exists. Nobody answers for one that does not.
func (g *Gateway) route(s *scene) error {
	route := s.object
	if route == nil || route.GetDeletionTimestamp() != nil {
		return nil
	}
	_, err := s.answer(httpRoutes, route, func(o *unstructured.Unstructured) {
		var parents []any
		for _, ref := range items(o, "spec", "parentRefs") {
			parent := g.parent(s, o, ref)
			if parent == nil {
				continue
			}
			conditions := conditionsFor(o, ref)
			for _, c := range []condition{g.accepts(s, o, parent, ref), g.resolves(s, o)} {
				c.generation = o.GetGeneration()
				conditions = setConditionIn(conditions, c, s.now())
			}
			parents = append(parents, map[string]any{"parentRef": ref, "controllerName": g.options.ControllerName, "conditions": conditions})
		}
		if parents != nil || mapping(o, "status") != nil {
			setParents(o, parents)
		}
	})
	return err
}

func setParents(o *unstructured.Unstructured, parents []any) {
	if parents == nil {
		parents = []any{}
	}
	set(o, parents, "status", "parents")
}

// conditionsFor the parent as they are, so that an unchanged one keeps its time.
func conditionsFor(route *unstructured.Unstructured, ref map[string]any) []any {
	for _, parent := range items(route, "status", "parents") {
		if len(mergeDiff(parent["parentRef"].(map[string]any), ref)) == 0 {
			conditions, _ := parent["conditions"].([]any)
			return conditions
		}
	}
	return nil
}

func (g *Gateway) parent(s *scene, route *unstructured.Unstructured, ref map[string]any) *unstructured.Unstructured {
	name, _ := ref["name"].(string)
	k := gateways
	if ref["kind"] == listenerSets.name {
		k = listenerSets
	}
	return s.get(k, first(ref["namespace"], route.GetNamespace()), name)
}

// accepts says whether a listener takes the route, and if none does, how far the nearest went.
func (g *Gateway) accepts(s *scene, route, parent *unstructured.Unstructured, ref map[string]any) condition {
	refused := func(reason, message string) condition { return condition{"Accepted", "False", reason, message, 0} }
	result := refused("NoMatchingParent", "No listener of the parent has this name")
	if s.mode() == RefusesRoute {
		return refused("NotAllowedByListeners", "No listener of the parent allows this route")
	}
	for _, listener := range items(parent, "spec", "listeners") {
		if section := first(ref["sectionName"]); section != "" && section != listener["name"] {
			continue
		}
		allowed, _ := field(listener, "allowedRoutes", "namespaces").(map[string]any)
		if !admits(s, allowed, "Same", parent.GetNamespace(), route.GetNamespace()) {
			result = refused("NotAllowedByListeners", "No listener of the parent allows this route")
			continue
		}
		if !hostsMeet(first(listener["hostname"]), texts(field(route.Object, "spec", "hostnames"))) {
			result = refused("NoMatchingListenerHostname", "There were no hostname intersections between the HTTPRoute and this parent ref's Listener(s).")
			continue
		}
		return condition{"Accepted", "True", "Accepted", "Route is accepted", 0}
	}
	return result
}

// admits reads allowedRoutes and allowedListeners: All, Same, Selector or None.
func admits(s *scene, allowed map[string]any, fallback, own, other string) bool {
	switch first(allowed["from"], fallback) {
	case "All":
		return true
	case "Same":
		return own == other
	case "Selector":
		namespace := s.get(namespaces, "", other)
		return namespace != nil && selects(allowed["selector"], namespace)
	}
	return false
}

// hostsMeet: no host on either side is every host; a wildcard covers whole labels to its left.
func hostsMeet(listener string, hosts []string) bool {
	if listener == "" || len(hosts) == 0 {
		return true
	}
	for _, host := range hosts {
		if host == listener || covers(listener, host) || covers(host, listener) {
			return true
		}
	}
	return false
}

func covers(wildcard, host string) bool {
	suffix, ok := strings.CutPrefix(wildcard, "*")
	return ok && strings.HasSuffix(host, suffix)
}

// resolves says whether the Services exist.
func (g *Gateway) resolves(s *scene, route *unstructured.Unstructured) condition {
	for _, rule := range items(route, "spec", "rules") {
		for _, ref := range entries(rule["backendRefs"]) {
			name := first(ref["name"])
			if s.get(services, first(ref["namespace"], route.GetNamespace()), name) == nil {
				return condition{"ResolvedRefs", "False", "BackendNotFound", "Service " + route.GetNamespace() + "/" + name + " not found", 0}
			}
		}
	}
	return condition{"ResolvedRefs", "True", "ResolvedRefs", "Resolved all the Object references for the Route", 0}
}
