package apply

import (
	"context"
	"fmt"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/observe"
)

// Hold is what is known of a host that was asked for.
type Hold int

const (
	// NotKnown: the API server could not be asked, or did not take the claim. Nothing may be routed anew.
	NotKnown Hold = iota
	// Taken by the owner.
	Taken
	// Lost to another app.
	Lost
)

// Claim takes a host, or tells that it is lost. The lock is the name of the claim: of many that create it at once the
// API server lets one. A claim whose holder is gone is taken over under its resourceVersion, so that again only one can.
func (a *Applier) Claim(ctx context.Context, o Owner, i expand.Intent, k Known) (observe.Outcome, Hold, error) {
	if k.Live != nil && o.mayWrite(i.Key(), k.Live) == nil {
		out, err := a.Apply(ctx, o, i, k)
		return out, Taken, err
	}
	out := observe.Outcome{Key: i.Key(), Lane: i.Lane, Row: k.Row}
	if row, sent := a.pending.covers(i.Key(), i.Hash(), "", ""); k.Live == nil && sent {
		out.Row = row
		return out, Taken, nil
	}
	out, err := a.create(ctx, o, i, out)
	switch {
	case err == nil && (out.Reason == "" || out.Reason == v1alpha1.ReasonNewerOperator):
		return out, Taken, nil
	case err != nil || out.Reason != v1alpha1.ReasonConflict && out.Reason != v1alpha1.ReasonKeptData:
		return out, NotKnown, err
	}
	claim := &v1alpha1.AfroHostClaim{}
	if err := a.live.Get(ctx, types.NamespacedName{Name: i.Key().Name}, claim); err != nil {
		return out, NotKnown, fmt.Errorf("look at %s: %w", i.Key(), err)
	}
	free, err := a.holderGone(ctx, claim.Spec.Holder)
	if err != nil {
		return out, NotKnown, err
	}
	// One of ours whose marks were taken off is still held by us.
	if !free && claim.Spec.Holder.UID != o.UID {
		return out, Lost, nil
	}
	u := i.Object.DeepCopy()
	u.SetUID(claim.UID)
	u.SetResourceVersion(claim.ResourceVersion)
	if err := a.send(ctx, u); err != nil {
		return out, NotKnown, err
	}
	return a.written(i, u, observe.Outcome{Key: i.Key(), Lane: i.Lane}), Taken, nil
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
