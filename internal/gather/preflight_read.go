package gather

import (
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/internal/preflight"
)

// readingOf sorts errors by what they prove: only the API server's own word proves an absence.
func readingOf(err error) preflight.Reading {
	switch {
	case err == nil:
		return preflight.Found
	case apierrors.IsNotFound(err), meta.IsNoMatchError(err):
		return preflight.NotFound
	case apierrors.IsForbidden(err), apierrors.IsUnauthorized(err):
		return preflight.Forbidden
	}
	return preflight.Failed
}

// together is how a search in several places went that found nothing: one that could not be looked at leaves it open.
func together(readings ...preflight.Reading) preflight.Reading {
	for _, open := range []preflight.Reading{preflight.Failed, preflight.Forbidden} {
		for _, r := range readings {
			if r == open {
				return open
			}
		}
	}
	return preflight.NotFound
}

func metadataOf(gvk schemaGVK) *metav1.PartialObjectMetadata {
	m := &metav1.PartialObjectMetadata{}
	m.SetGroupVersionKind(gvk)
	return m
}

func metadataListOf(gvk schemaGVK) *metav1.PartialObjectMetadataList {
	m := &metav1.PartialObjectMetadataList{}
	m.SetGroupVersionKind(gvk.GroupVersion().WithKind(gvk.Kind + "List"))
	return m
}
