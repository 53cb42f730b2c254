package actors

import "k8s.io/client-go/rest"

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
	attached := func(parent *object) []key { return attachedTo(p, parent) }
	return firstError(
		p.on(gateways, g.gateway),
		p.on(httpRoutes, g.route),
		p.on(listenerSets, g.listenerSet),
		p.also(gateways, func(o *object) []key {
			return append(attached(o), keysOf(listenerSets, p.view.list(listenerSets, ""))...)
		}),
		p.also(listenerSets, attached),
		p.also(services, func(o *object) []key { return backedBy(p, o) }),
		p.also(namespaces, func(*object) []key { return nil }),
	)
}

// attachedTo are the routes that name the parent.
func attachedTo(p *player, parent *object) []key {
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
func backedBy(p *player, service *object) []key {
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
	_, err := s.answer(gateways, s.object, func(o *object) {
		set(o, []any{map[string]any{"type": "IPAddress", "value": g.options.Address}}, "status", "addresses")
		programmed(s, o)
		setListeners(s, o)
	})
	return err
}

func programmed(s *scene, o *object) {
	for _, kind := range []string{"Accepted", "Programmed"} {
		setCondition(o, condition{kind, "True", kind, "", o.GetGeneration()}, s.now())
	}
}

func setListeners(s *scene, o *object) {
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
	_, err := s.answer(listenerSets, set, func(o *object) {
		if admits(s, allowed, "None", namespace, o.GetNamespace()) {
			programmed(s, o)
			setListeners(s, o)
			return
		}
		for _, kind := range []string{"Accepted", "Programmed"} {
			message := "The parent Gateway does not allow listeners of this namespace"
			setCondition(o, condition{kind, "False", "NotAllowed", message, o.GetGeneration()}, s.now())
		}
	})
	return err
}
