package gather

import (
	"context"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/preflight"
)

var (
	crdKind     = apiextensionsv1.SchemeGroupVersion.WithKind("CustomResourceDefinition")
	gatewayKind = foreign.HTTPRoute.GroupVersion().WithKind("Gateway")
)

// issuer takes two requests: the version of cert-manager, and the ClusterIssuer.
func (e eyes) issuer(ctx context.Context, out *preflight.Read) {
	name := preflight.ClusterIssuerOf(e.platform)
	if name == "" || !e.flavours.Serves(foreign.Certificate) {
		return
	}
	crd, reading := e.metadata(ctx, crdKind, "", crdOf(foreign.Certificate))
	out.CertManager = preflight.Release{Reading: reading, Version: crd.GetLabels()["app.kubernetes.io/version"]}
	u, reading := e.get(ctx, foreign.ClusterIssuer, "", name)
	out.ClusterIssuer.Reading = reading
	if ready := conditionOf(u, "Ready"); ready != nil {
		out.ClusterIssuer.Ready, _, _ = unstructured.NestedString(ready, "status")
		out.ClusterIssuer.Reason, _, _ = unstructured.NestedString(ready, "reason")
	}
}

// conditionOf a kind, where it speaks of the generation that is there.
func conditionOf(u *unstructured.Unstructured, kind string) map[string]any {
	conditions, _, _ := unstructured.NestedSlice(u.Object, "status", "conditions")
	for _, c := range conditions {
		if m, ok := c.(map[string]any); ok && m["type"] == kind {
			if g, ok, _ := unstructured.NestedInt64(m, "observedGeneration"); !ok || g == u.GetGeneration() {
				return m
			}
		}
	}
	return nil
}

func (e eyes) ingressClasses(ctx context.Context, out *preflight.Read) {
	out.IngressClasses = map[string]preflight.Reading{}
	for _, name := range preflight.IngressClassesOf(e.platform) {
		out.IngressClasses[name] = e.exists(ctx, foreign.IngressClass, "", name)
	}
}

// gateway takes two requests: the version of the Gateway API, and the Gateway.
func (e eyes) gateway(ctx context.Context, out *preflight.Read) {
	ref, ok := preflight.GatewayOf(e.platform)
	if !ok || !e.flavours.Serves(foreign.HTTPRoute) {
		return
	}
	crd, reading := e.metadata(ctx, crdKind, "", crdOf(foreign.HTTPRoute))
	a := crd.GetAnnotations()
	out.GatewayAPI = preflight.Release{Reading: reading, Version: a["gateway.networking.k8s.io/bundle-version"], Channel: a["gateway.networking.k8s.io/channel"]}
	u, reading := e.get(ctx, gatewayKind, ref.Namespace, ref.Name)
	out.Gateway.Reading = reading
	out.Gateway.ListenerSets, _, _ = unstructured.NestedString(u.Object, "spec", "allowedListeners", "namespaces", "from")
	listeners, _, _ := unstructured.NestedSlice(u.Object, "spec", "listeners")
	for _, l := range listeners {
		m, _ := l.(map[string]any)
		name, _, _ := unstructured.NestedString(m, "name")
		from, _, _ := unstructured.NestedString(m, "allowedRoutes", "namespaces", "from")
		out.Gateway.Listeners = append(out.Gateway.Listeners, preflight.Listener{Name: name, From: from})
	}
}

func crdOf(gvk schemaGVK) string {
	kind, _ := foreign.Of(gvk)
	return kind.CRD()
}
