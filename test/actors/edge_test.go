package actors_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"

	"github.com/afrotomation/afroapp/test/actors"
)

const ingress = `
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web}
spec:
  ingressClassName: %s
  tls: [{hosts: [web.example.com]}]
  rules: [{host: web.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: web, port: {number: 80}}}}]}}]
`

func TestIngressGetsAnAddress(t *testing.T) {
	play(t, actors.NewIngress(config, actors.IngressOptions{}))
	for class, want := range map[string]struct{ manager, address string }{
		"nginx":     {"nginx-ingress-controller Update status", "{ip: 192.0.2.10}"},
		"traefik":   {"traefik Update status", "{ip: 192.0.2.11}"},
		"tailscale": {"operator Update status", "{hostname: web.tail0000.ts.net, ports: [{port: 443, protocol: TCP}]}"},
	} {
		t.Run(class, func(t *testing.T) {
			ns := stageIn(t, "ingress-"+class)
			apply(t, ns, fmt.Sprintf(ingress, class))
			o := await(t, "Ingress", ns, "web", "answered", func(o *unstructured.Unstructured) bool { return get(o, "status", "loadBalancer", "ingress") != nil })
			holds(t, o, fmt.Sprintf("status: {loadBalancer: {ingress: [%s]}}", want.address))
			managedBy(t, o, want.manager)
			if class == "nginx" {
				asRecorded(t, o, "edge/ingress.yaml")
			}
			if kept := len(o.GetFinalizers()) > 0; kept != (class == "tailscale") {
				t.Errorf("finalizers are %v", o.GetFinalizers())
			}
			remove(t, "Ingress", ns, "web")
			awaitGone(t, "Ingress", ns, "web")
		})
	}
}

func TestIngressWithoutAnAnswer(t *testing.T) {
	ns := stageIn(t, "ingress-silent")
	i := actors.NewIngress(config, actors.IngressOptions{})
	behave(t, i, mode(actors.NoAnswer))
	play(t, i)
	apply(t, ns, fmt.Sprintf(ingress, "nginx"))
	apply(t, ns, strings.Replace(fmt.Sprintf(ingress, "other"), "{name: web}", "{name: other}", 1))
	stays(t, "Ingress", ns, "web", 300*time.Millisecond)
	behave(t, i, mode(""))
	await(t, "Ingress", ns, "web", "answered", func(o *unstructured.Unstructured) bool { return get(o, "status", "loadBalancer", "ingress") != nil })
	if o := fetch(t, "Ingress", ns, "other"); get(o, "status", "loadBalancer", "ingress") != nil {
		t.Error("a class that nobody serves has an address")
	}
}

const (
	edgeGateway = `
apiVersion: gateway.networking.k8s.io/v1
kind: Gateway
metadata: {name: edge}
spec:
  gatewayClassName: envoy
  listeners:
  - {name: https, port: 443, protocol: HTTPS, hostname: "*.example.com", tls: {certificateRefs: [{name: wildcard}]}, allowedRoutes: {namespaces: {from: All}}}
  - {name: private, port: 8443, protocol: HTTPS, tls: {certificateRefs: [{name: wildcard}]}}
`
	httpRoute = `
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web}
spec:
  hostnames: [web.example.com]
  parentRefs: [{namespace: %s, name: edge, sectionName: https}]
  rules: [{backendRefs: [{name: web, port: 80}]}]
`
	webService = `{apiVersion: v1, kind: Service, metadata: {name: web}, spec: {ports: [{port: 80}]}}`
)

// parentStatus of the first parent.
func parentStatus(o *unstructured.Unstructured) *unstructured.Unstructured {
	parents, _, _ := unstructured.NestedSlice(o.Object, "status", "parents")
	if len(parents) == 0 {
		return &unstructured.Unstructured{Object: map[string]any{}}
	}
	return &unstructured.Unstructured{Object: map[string]any{"status": parents[0]}}
}

func accepted(status, reason string) func(*unstructured.Unstructured) bool {
	return func(o *unstructured.Unstructured) bool { return condition("Accepted", status, reason)(parentStatus(o)) }
}

func TestGatewayAttachesRoutes(t *testing.T) {
	edge, ns := stageIn(t, "gateway-edge"), stageIn(t, "gateway-app")
	g := actors.NewGateway(config, actors.GatewayOptions{})
	play(t, g)
	route := fmt.Sprintf(httpRoute, edge)
	apply(t, ns, route)
	stays(t, "HTTPRoute", ns, "web", 200*time.Millisecond) // nobody answers for a Gateway that is not there
	apply(t, edge, edgeGateway)
	await(t, "Gateway", edge, "edge", "programmed", condition("Programmed", "True", "Programmed"))
	o := await(t, "HTTPRoute", ns, "web", "accepted", accepted("True", "Accepted"))
	managedBy(t, o, "envoy-gateway Update status")
	holds(t, o, fmt.Sprintf(`
status:
  parents:
  - controllerName: gateway.envoyproxy.io/gatewayclass-controller
    parentRef: {namespace: %s, name: edge, sectionName: https}
    conditions:
    - {type: Accepted, status: "True", reason: Accepted, observedGeneration: 1, message: Route is accepted}
    - {type: ResolvedRefs, status: "False", reason: BackendNotFound, observedGeneration: 1}
`, edge))
	apply(t, ns, webService)
	await(t, "HTTPRoute", ns, "web", "resolved", func(o *unstructured.Unstructured) bool {
		return condition("ResolvedRefs", "True", "ResolvedRefs")(parentStatus(o))
	})
	for name, c := range map[string][2]string{
		"NoMatchingParent":           {"sectionName: https", "sectionName: nobody"},
		"NotAllowedByListeners":      {"sectionName: https", "sectionName: private"},
		"NoMatchingListenerHostname": {"web.example.com", "web.example.org"},
	} {
		t.Run(name, func(t *testing.T) {
			apply(t, ns, strings.Replace(route, c[0], c[1], 1))
			o := await(t, "HTTPRoute", ns, "web", "refused", accepted("False", name))
			if c := conditionOf(parentStatus(o), "Accepted"); c["observedGeneration"] != o.GetGeneration() {
				t.Errorf("generation %v is observed, want %d", c["observedGeneration"], o.GetGeneration())
			}
			apply(t, ns, route)
			await(t, "HTTPRoute", ns, "web", "accepted", accepted("True", "Accepted"))
		})
	}
	t.Run("RefusesRoute", func(t *testing.T) {
		behave(t, g, mode(actors.RefusesRoute))
		await(t, "HTTPRoute", ns, "web", "refused", accepted("False", "NotAllowedByListeners"))
		behave(t, g, mode(""))
		await(t, "HTTPRoute", ns, "web", "accepted", accepted("True", "Accepted"))
	})
	t.Run("a kind that comes later", func(t *testing.T) {
		crd, err := runtime.DefaultUnstructuredConverter.ToUnstructured(late.DeepCopy())
		if err != nil {
			t.Fatal(err)
		}
		o := &unstructured.Unstructured{Object: crd}
		o.SetAPIVersion("apiextensions.k8s.io/v1")
		o.SetKind("CustomResourceDefinition")
		create(t, "", o)
		await(t, "CustomResourceDefinition", "", lateName, "served", condition("Established", "True", "InitialNamesAccepted"))
		listeners := fmt.Sprintf(`
apiVersion: gateway.networking.k8s.io/v1
kind: ListenerSet
metadata: {name: web}
spec:
  parentRef: {namespace: %s, name: edge}
  listeners: [{name: web, port: 443, protocol: HTTPS, hostname: web.example.com, tls: {certificateRefs: [{name: web-tls}]}}]
`, edge)
		applyWhenServed(t, ns, listeners)
		await(t, "ListenerSet", ns, "web", "refused", condition("Accepted", "False", "NotAllowed"))
		edit(t, "Gateway", edge, "edge", "spec: {allowedListeners: {namespaces: {from: All}}}")
		await(t, "ListenerSet", ns, "web", "accepted", both(condition("Accepted", "True", "Accepted"), condition("Programmed", "True", "Programmed")))
		apply(t, ns, strings.Replace(route, fmt.Sprintf("{namespace: %s, name: edge, sectionName: https}", edge), "{group: gateway.networking.k8s.io, kind: ListenerSet, name: web, sectionName: web}", 1))
		await(t, "HTTPRoute", ns, "web", "accepted by the set", func(o *unstructured.Unstructured) bool {
			return accepted("True", "Accepted")(o) && get(parentStatus(o), "status", "parentRef", "kind") == "ListenerSet"
		})
	})
}
