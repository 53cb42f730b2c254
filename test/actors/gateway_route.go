package actors

import "strings"

// route answers for each parent that exists. Nobody answers for one that does not.
func (g *Gateway) route(s *scene) error {
	route := s.object
	if route == nil || route.GetDeletionTimestamp() != nil {
		return nil
	}
	_, err := s.answer(httpRoutes, route, func(o *object) {
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

func setParents(o *object, parents []any) {
	if parents == nil {
		parents = []any{}
	}
	set(o, parents, "status", "parents")
}

// conditionsFor the parent as they are, so that an unchanged one keeps its time.
func conditionsFor(route *object, ref map[string]any) []any {
	for _, parent := range items(route, "status", "parents") {
		if len(mergeDiff(parent["parentRef"].(map[string]any), ref)) == 0 {
			conditions, _ := parent["conditions"].([]any)
			return conditions
		}
	}
	return nil
}

func (g *Gateway) parent(s *scene, route *object, ref map[string]any) *object {
	name, _ := ref["name"].(string)
	k := gateways
	if ref["kind"] == listenerSets.name {
		k = listenerSets
	}
	return s.get(k, first(ref["namespace"], route.GetNamespace()), name)
}

// accepts says whether a listener takes the route, and if none does, how far the nearest went.
func (g *Gateway) accepts(s *scene, route, parent *object, ref map[string]any) condition {
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
func (g *Gateway) resolves(s *scene, route *object) condition {
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
