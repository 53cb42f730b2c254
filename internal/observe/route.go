package observe

import (
	"slices"

	"k8s.io/apimachinery/pkg/api/equality"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	gatewayv1 "sigs.k8s.io/gateway-api/apis/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// route tells whether an edge controller has taken the route.
func (l lens) route() verdict {
	if v, bad := l.blocked(v1alpha1.HopRoute); bad {
		return v
	}
	switch {
	case !l.edge.routed:
		return behind(v1alpha1.HopHostClaim)
	case l.edge.gateway:
		return l.httpRoute()
	}
	return l.ingress()
}

// ingress has one sign only: an address in its status. Controllers that never publish one look like none.
func (l lens) ingress() verdict {
	in := l.Children.Ingress
	if in == nil {
		return l.absent("Ingress", v1alpha1.ReasonNoControllerAnswered, "see who deletes it or takes its labels off")
	}
	if len(in.Status.LoadBalancer.Ingress) > 0 {
		return passed()
	}
	class := "its class"
	if l.edge.class != "" {
		class = "class " + l.edge.class
	}
	return waits(v1alpha1.ReasonNotYetReported, "no controller of "+class+" has taken the Ingress yet").
		orElse(routeGrace, v1alpha1.ReasonNoControllerAnswered, "no controller of "+class+" has taken the Ingress",
			"see whether the IngressClass exists and its controller runs; one without a load balancer has to publish its address (ingress-nginx: --publish-status-address)")
}

func (l lens) httpRoute() verdict {
	r := l.Children.HTTPRoute
	if r == nil {
		return l.absent("HTTPRoute", v1alpha1.ReasonNoControllerAnswered, "see who deletes it or takes its labels off")
	}
	const fix = "see whether the Gateway exists, and its controller runs"
	parents := ours(r)
	if len(parents) == 0 {
		return waits(v1alpha1.ReasonNotYetReported, "no Gateway has taken the HTTPRoute yet").
			orElse(routeGrace, v1alpha1.ReasonNoControllerAnswered, "no Gateway has taken the HTTPRoute", fix)
	}
	var worst *verdict
	for _, p := range parents {
		v := parent(p, r.Generation)
		if v.passed() {
			continue
		}
		if worst == nil || v.state == v1alpha1.HopStuck {
			worst = &v
		}
	}
	if worst != nil {
		return *worst
	}
	return passed()
}

// ours are the answers of the parents that the route names now.
func ours(r *gatewayv1.HTTPRoute) []gatewayv1.RouteParentStatus {
	var out []gatewayv1.RouteParentStatus
	for _, p := range r.Status.Parents {
		named := func(ref gatewayv1.ParentReference) bool { return equality.Semantic.DeepEqual(ref, p.ParentRef) }
		if slices.ContainsFunc(r.Spec.ParentRefs, named) {
			out = append(out, p)
		}
	}
	return out
}

// parent is what one Gateway or ListenerSet says of the route.
func parent(p gatewayv1.RouteParentStatus, generation int64) verdict {
	for _, t := range []gatewayv1.RouteConditionType{gatewayv1.RouteConditionAccepted, gatewayv1.RouteConditionResolvedRefs} {
		c := meta.FindStatusCondition(p.Conditions, string(t))
		switch {
		case c == nil || c.ObservedGeneration < generation:
			return waits(v1alpha1.ReasonNotYetReported, "the Gateway has not answered yet").
				orElse(routeGrace, v1alpha1.ReasonNoControllerAnswered, "the Gateway has not answered", "see whether the controller of the Gateway runs")
		case c.Status != metav1.ConditionTrue:
			return refusedRoute(c)
		}
	}
	return passed()
}

// refusedRoute waits for what may still come: the listeners, and the Service, which Argo CD makes at the same time.
func refusedRoute(c *metav1.Condition) verdict {
	message := "the Gateway: " + c.Type + " is " + quote(string(c.Status)) + ": " + quote(c.Reason+": "+c.Message)
	const fix = "see what the listeners of the Gateway allow (namespaces, hostnames), and whether the Service exists"
	switch gatewayv1.RouteConditionReason(c.Reason) {
	case gatewayv1.RouteReasonBackendNotFound, gatewayv1.RouteReasonNoMatchingParent, gatewayv1.RouteReasonPending:
		return waits(v1alpha1.ReasonProgressing, message).orElse(routeGrace, v1alpha1.ReasonRouteRefused, message, fix)
	}
	if c.Status == metav1.ConditionUnknown {
		return waits(v1alpha1.ReasonProgressing, message).orElse(routeGrace, v1alpha1.ReasonRouteRefused, message, fix)
	}
	return stuck(v1alpha1.ReasonRouteRefused, message, fix)
}
