package controllers

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
)

// missingData stops at a Cluster that was there and is gone: an empty one in its place would look healthy, and apps would
// start on it. Only a person can say that a new database is wanted. The ledger remembers the Cluster, and the API server
// itself is asked whether it is gone (S7).
func missingData(ctx context.Context, live client.Reader, owner client.Object, i expand.Intent, known apply.Known) (observe.Outcome, bool, error) {
	if i.GVK() != foreign.Cluster || known.Live != nil || known.Row.UID == "" {
		return observe.Outcome{}, false, nil
	}
	if owner.GetAnnotations()[v1alpha1.AnnotationNewDatabase] == string(known.Row.UID) {
		return observe.Outcome{}, false, nil
	}
	cluster := metadataOf(foreign.Cluster)
	err := live.Get(ctx, types.NamespacedName{Namespace: i.Key().Namespace, Name: i.Key().Name}, cluster)
	if err == nil {
		return observe.Outcome{}, false, nil // the cache is behind
	}
	if !apierrors.IsNotFound(err) {
		return observe.Outcome{Key: i.Key(), Lane: i.Lane, Row: known.Row, Reason: v1alpha1.ReasonApplyFailed,
			Message: "the API server does not tell whether " + i.Key().String() + " is there", Fix: "nothing to do: it is tried again"}, true, err
	}
	return observe.Outcome{Key: i.Key(), Lane: i.Lane, Row: known.Row, Reason: v1alpha1.ReasonDataMissing,
		Message: fmt.Sprintf("%s is gone, and was not deleted by AfroApp", i.Key()),
		Fix: fmt.Sprintf("restore it; or, for a new and empty database, annotate the %s with %s=%s",
			kindName(owner), v1alpha1.AnnotationNewDatabase, known.Row.UID)}, true, nil
}

func kindName(owner metav1.Object) string {
	if owner.GetNamespace() == "" {
		return "AfroPlatform"
	}
	return "AfroApp"
}
