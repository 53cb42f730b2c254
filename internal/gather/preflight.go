package gather

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
	"github.com/afrotomation/afroapp/internal/preflight"
)

// Preflight reads what the AfroPlatform rests on, as far as its spec asks for it, and nothing else. live asks the API server
// itself: a cache would prove no absence. It returns no error: what could not be read says so in the facts. Now and Outcomes
// are the caller's.
//
// It costs at most 22 requests, one for each AppProject that a tenant names and one for each pull Secret; 12 and those with
// everything asked for and installed as upstream does it. Secrets are asked for by name, as metadata: no value is sent.
func (k *Kinds) Preflight(ctx context.Context, live client.Reader, p *v1alpha1.AfroPlatform) preflight.Facts {
	f := preflight.Facts{Platform: p, Flavours: k.Flavours()}
	if platform.ValidatePlatform(p) != nil {
		return f // a name that breaks its rule could read anything
	}
	e := eyes{live: live, platform: p, flavours: f.Flavours, argocd: platform.ArgoCDNamespace(p)}
	for _, read := range []func(context.Context, *preflight.Read){
		e.argoCD, e.projects, e.operators, e.updaterKind, e.gitSecrets, e.pullSecrets,
		e.issuer, e.ingressClasses, e.gateway, e.sharedCluster, e.b2Secret,
	} {
		read(ctx, &f.Read)
	}
	return f
}

// eyes look for one platform.
type eyes struct {
	live     client.Reader
	platform *v1alpha1.AfroPlatform
	flavours platform.Flavours
	argocd   string // its namespace
}

// metadata of one object by its name.
func (e eyes) metadata(ctx context.Context, gvk schemaGVK, namespace, name string) (client.Object, preflight.Reading) {
	obj := metadataOf(gvk)
	err := e.live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, obj)
	return obj, readingOf(err)
}

func (e eyes) exists(ctx context.Context, gvk schemaGVK, namespace, name string) preflight.Reading {
	_, reading := e.metadata(ctx, gvk, namespace, name)
	return reading
}

func (e eyes) get(ctx context.Context, gvk schemaGVK, namespace, name string) (*unstructured.Unstructured, preflight.Reading) {
	u := &unstructured.Unstructured{}
	u.SetGroupVersionKind(gvk)
	err := e.live.Get(ctx, client.ObjectKey{Namespace: namespace, Name: name}, u)
	return u, readingOf(err)
}

func (e eyes) projects(ctx context.Context, out *preflight.Read) {
	if !e.flavours.Serves(foreign.AppProject) {
		return
	}
	out.Projects = map[string]preflight.Reading{}
	for _, name := range preflight.ProjectsOf(e.platform) {
		out.Projects[name] = e.exists(ctx, foreign.AppProject, e.argocd, name)
	}
}
