package apply

import (
	"context"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/observe"
)

// Claim takes a host, or tells that it is lost. The lock is the name of the claim: of many that create it at once the
// API server lets one. A claim whose holder is gone is taken over under its resourceVersion, so that again only one can.
func (a *Applier) Claim(ctx context.Context, o Owner, i expand.Intent, k Known) (out observe.Outcome, lost bool, err error) {
	if k.Live != nil && k.Live.GetAnnotations()[expand.AnnotationOwner] == o.Name {
		out, err = a.Apply(ctx, o, i, k)
		return out, false, err
	}
	out, err = a.create(ctx, o, i, observe.Outcome{Key: i.Key(), Lane: i.Lane})
	if out.Reason != v1alpha1.ReasonConflict && out.Reason != v1alpha1.ReasonKeptData {
		return out, false, err
	}
	claim := &v1alpha1.AfroHostClaim{}
	if err := a.live.Get(ctx, types.NamespacedName{Name: i.Key().Name}, claim); err != nil {
		return out, true, client.IgnoreNotFound(err)
	}
	gone, err := a.holderGone(ctx, claim.Spec.Holder)
	if err != nil || !gone {
		return out, true, err
	}
	u := i.Object.DeepCopy()
	u.SetUID(claim.UID)
	u.SetResourceVersion(claim.ResourceVersion)
	if err := a.send(ctx, u); err != nil {
		return out, true, err
	}
	return a.written(i, u, observe.Outcome{Key: i.Key(), Lane: i.Lane}), false, nil
}

// holderGone asks the API server itself: a cache that has not caught up would give away a host that is held.
func (a *Applier) holderGone(ctx context.Context, h v1alpha1.HostHolder) (bool, error) {
	holder := &v1alpha1.AfroApp{}
	err := a.live.Get(ctx, types.NamespacedName{Namespace: h.Namespace, Name: h.Name}, holder)
	if apierrors.IsNotFound(err) {
		return true, nil
	}
	return err == nil && holder.UID != h.UID, err
}
