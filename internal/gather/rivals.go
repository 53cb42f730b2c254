package gather

import (
	"context"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// indexPattern finds ImageUpdaters by the Application that they name, or among those that match by more than a name.
const (
	indexPattern = "pattern"
	anyName      = "*"
)

// patterns of an ImageUpdater, each once.
func patterns(o client.Object) (out []string) {
	iu, ok := o.(*foreign.UpdaterCR)
	if !ok {
		return nil
	}
	for _, ref := range iu.Spec.ApplicationRefs {
		if strings.ContainsAny(ref.NamePattern, `*?[\`) {
			out = append(out, anyName)
		} else {
			out = append(out, ref.NamePattern)
		}
	}
	return out
}

// Rivals are the ImageUpdaters that may match an Application, beside those of its owner. image-updater looks only into the
// namespace of the ImageUpdater.
func (k *Kinds) Rivals(ctx context.Context, application expand.Key, owner string) (out []*foreign.UpdaterCR) {
	if !k.Flavours().Serves(foreign.ImageUpdater) {
		return nil
	}
	seen := map[string]bool{}
	for _, pattern := range []string{application.Name, anyName} {
		list := &foreign.UpdaterCRList{}
		kind, _ := foreign.Of(foreign.ImageUpdater)
		if err := k.of(kind).List(ctx, list, client.InNamespace(application.Namespace), client.MatchingFields{indexPattern: pattern}); err != nil {
			return nil // the cache was just stopped
		}
		for i := range list.Items {
			iu := &list.Items[i]
			if !seen[iu.Name] && iu.Annotations[expand.AnnotationOwner] != owner {
				seen[iu.Name] = true
				out = append(out, iu)
			}
		}
	}
	return out
}

// Foreign tells whether an ImageUpdater is none of ours.
func Foreign(o metav1.Object) bool { return o.GetAnnotations()[expand.AnnotationOwner] == "" }
