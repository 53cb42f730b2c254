package apply

import (
	"fmt"

	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/observe"
)

// failed sorts errors by what happens next: what needs a person becomes an outcome, the rest is tried again. The
// message holds no value of a field: the API server quotes them, and some are secret.
func failed(out observe.Outcome, i expand.Intent, err error) (observe.Outcome, error) {
	key := i.Key()
	switch {
	case meta.IsNoMatchError(err):
		return NotInstalled(i, out.Row), nil
	case apierrors.IsNotFound(err) && missingNamespace(err):
		out.Reason, out.Message = v1alpha1.ReasonRejected, fmt.Sprintf("namespace %s does not exist", key.Namespace)
		out.Fix = "create the namespace, or ask the admin of the cluster to mend the AfroPlatform"
		return out, fmt.Errorf("apply %s: %w", key, err)
	case apierrors.HasStatusCause(err, corev1.NamespaceTerminatingCause):
		out.Reason, out.Message, out.Fix = v1alpha1.ReasonApplyFailed, fmt.Sprintf("namespace %s is being deleted", key.Namespace), "wait until it is gone"
		return out, fmt.Errorf("apply %s: %w", key, err)
	case apierrors.IsForbidden(err):
		out.Reason, out.Message = v1alpha1.ReasonForbidden, "the operator may not write "+key.String()
		out.Fix = "apply config/rbac and config/argocd-rbac of this version, or look for an admission policy or quota that forbids it"
		return out, fmt.Errorf("apply %s: %w", key, err)
	case apierrors.IsInvalid(err) && fields(err) == "metadata.uid":
		// Another object stands there by now. The next pass sees whose it is.
		out.Reason, out.Message, out.Fix = v1alpha1.ReasonApplyFailed, key.String()+" was made anew by others meanwhile", "nothing to do: it is looked at again"
		return out, fmt.Errorf("apply %s: %w", key, err)
	case apierrors.IsInvalid(err) || apierrors.IsBadRequest(err):
		out.Reason, out.Message = v1alpha1.ReasonRejected, fmt.Sprintf("the API server refuses %s: %s", key, fields(err))
		out.Fix = "the installed version of this kind may be older or newer than AfroApp knows; see docs/api.md, Peers"
		return out, nil
	}
	out.Reason, out.Message, out.Fix = v1alpha1.ReasonApplyFailed, "the API server did not take "+key.String(), "nothing to do: it is tried again"
	return out, fmt.Errorf("apply %s: %w", key, err)
}

func missingNamespace(err error) bool {
	status, ok := err.(apierrors.APIStatus)
	return ok && status.Status().Details != nil && status.Status().Details.Kind == "namespaces"
}

// fields names the fields that an error is about, without their values.
func fields(err error) string {
	status, ok := err.(apierrors.APIStatus)
	if !ok || status.Status().Details == nil || len(status.Status().Details.Causes) == 0 {
		return "invalid"
	}
	out := ""
	for n, c := range status.Status().Details.Causes {
		if n > 0 {
			out += ", "
		}
		out += c.Field
	}
	return out
}
