package gather

import (
	"context"

	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/preflight"
)

// maxUpdaters is how many ImageUpdaters are looked through for one that reads annotations. An admin has one, or a few.
const maxUpdaters = 500

// updaterKind reads the schema of the CRD, and with annotations whether an ImageUpdater reads them. At most 2 requests.
func (e eyes) updaterKind(ctx context.Context, out *preflight.Read) {
	if !e.flavours.Serves(foreign.ImageUpdater) {
		return
	}
	out.UpdaterCRD = e.updaterCRD(ctx)
	if e.flavours.Updater(e.platform) == v1alpha1.UpdaterAnnotations {
		out.Annotated = e.annotated(ctx)
	}
}

func (e eyes) updaterCRD(ctx context.Context) preflight.UpdaterCRD {
	kind, _ := foreign.Of(foreign.ImageUpdater)
	crd := &apiextensionsv1.CustomResourceDefinition{}
	if err := e.live.Get(ctx, client.ObjectKey{Name: kind.CRD()}, crd); err != nil {
		return preflight.UpdaterCRD{Reading: readingOf(err)}
	}
	out := preflight.UpdaterCRD{Reading: preflight.Found}
	for _, v := range crd.Spec.Versions {
		if v.Name != kind.Version || v.Schema == nil || v.Schema.OpenAPIV3Schema == nil {
			continue
		}
		props := v.Schema.OpenAPIV3Schema.Properties
		out.Namespace = namespaceField(props["spec"])
		_, out.Reports = props["status"].Properties["lastCheckedAt"]
	}
	return out
}

func namespaceField(spec apiextensionsv1.JSONSchemaProps) string {
	for _, name := range spec.Required {
		if name == "namespace" {
			return preflight.FieldRequired
		}
	}
	if _, ok := spec.Properties["namespace"]; ok {
		return preflight.FieldOptional
	}
	return ""
}

// annotated looks for an ImageUpdater that is not ours and reads annotations.
func (e eyes) annotated(ctx context.Context) preflight.Reading {
	list := &foreign.UpdaterCRList{}
	if err := e.live.List(ctx, list, client.InNamespace(e.argocd), client.Limit(maxUpdaters)); err != nil {
		return readingOf(err)
	}
	for _, u := range list.Items {
		for _, ref := range u.Spec.ApplicationRefs {
			if ref.UseAnnotations != nil && *ref.UseAnnotations {
				return preflight.Found
			}
		}
	}
	return preflight.NotFound
}
