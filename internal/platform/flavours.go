package platform

import (
	"k8s.io/apimachinery/pkg/runtime/schema"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// Flavours say what is installed. The zero value has every kind, and image-updater with its CRD.
type Flavours struct {
	// Missing are the kinds that the cluster does not serve.
	Missing map[schema.GroupKind]bool
}

// Serves tells whether the cluster serves a kind.
func (f Flavours) Serves(gvk schema.GroupVersionKind) bool { return !f.Missing[gvk.GroupKind()] }

// Updater is the flavour of image-updater that is configured, or, with Auto, the one that is there.
func (f Flavours) Updater(p *v1alpha1.AfroPlatform) v1alpha1.UpdaterFlavour {
	if u := p.Spec.ImageUpdater; u != nil && u.Flavour != "" && u.Flavour != v1alpha1.UpdaterAuto {
		return u.Flavour
	}
	if f.Serves(foreign.ImageUpdater) {
		return v1alpha1.UpdaterCRD
	}
	return v1alpha1.UpdaterAnnotations
}
