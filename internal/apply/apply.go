package apply

import (
	"context"
	"fmt"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
)

const (
	// FieldOwner is the one manager of every field that we apply.
	FieldOwner = client.FieldOwner("afroapp")
	// createOnly is a resourceVersion that no object has: etcd begins with 1, and its first object gets 2.
	createOnly = "1"
)

// Applier writes children.
type Applier struct {
	client  client.Writer
	live    client.Reader // asks the API server, no cache
	pending *pending
}

// New makes an Applier that writes with c and asks the API server itself through live.
func New(c client.Writer, live client.Reader, clock func() time.Time) *Applier {
	return &Applier{client: c, live: live, pending: newPending(clock)}
}

// Forget drops what is remembered of a child that was seen to be deleted.
func (a *Applier) Forget(key expand.Key) { a.pending.forget(key) }

// Unseen tells whether a child as the caches have it is older than what was last written to it.
func (a *Applier) Unseen(key expand.Key, live client.Object) bool {
	return a.pending.unseen(key, live.GetUID(), live.GetResourceVersion())
}

// AsPlanned is what Apply would say of a child, without a write: for a paused app.
func (o Owner) AsPlanned(i expand.Intent, k Known) observe.Outcome {
	out := observe.Outcome{Key: i.Key(), Lane: i.Lane, Row: k.Row}
	if k.Live != nil {
		if r := o.mayWrite(i.Key(), k.Live); r != nil {
			return refused(out, r)
		}
		if k.Row.UID == k.Live.GetUID() && k.Row.Hash == i.Hash() && Held(i, k.Live) {
			return out
		}
	}
	where := ""
	if k.Live != nil {
		if path, apart := firstApart(i, k.Live); apart && path != "" {
			where = " (" + path + ")"
		}
	}
	out.Reason, out.Message = v1alpha1.ReasonPaused, i.Key().String()+" is not as planned"+where+", and nothing is written while the app is paused"
	out.Fix = "end the pause: remove the annotation " + v1alpha1.AnnotationPaused
	return out
}

// Known is a child as the caches have it, and its row in the ledger. Either may be missing.
type Known struct {
	Live client.Object
	Row  v1alpha1.Child
}

// Apply brings one child to its intent. It sends nothing when the child is known to be as planned. The error is one that
// is worth trying again; what needs help is in the outcome.
func (a *Applier) Apply(ctx context.Context, o Owner, i expand.Intent, k Known) (observe.Outcome, error) {
	out := observe.Outcome{Key: i.Key(), Lane: i.Lane, Row: k.Row}
	hash := i.Hash()
	var uid types.UID
	var version string
	if k.Live != nil {
		uid, version = k.Live.GetUID(), k.Live.GetResourceVersion()
	}
	if row, ok := a.pending.covers(i.Key(), hash, uid, version); ok {
		out.Row = row
		return out, nil
	}
	if k.Live == nil {
		return a.create(ctx, o, i, out)
	}
	if r := o.mayWrite(i.Key(), k.Live); r != nil {
		return refused(out, r), nil
	}
	if k.Row.UID != uid || k.Row.Hash != hash || !holds(i, k.Live) {
		return a.update(ctx, i, k.Live, out)
	}
	if left := leftovers(i, k.Live); len(left) > 0 {
		return a.takeOut(ctx, i, k.Live, left, out)
	}
	return out, nil
}

// create is the first contact: it makes the child, or leaves what is there alone.
func (a *Applier) create(ctx context.Context, o Owner, i expand.Intent, out observe.Outcome) (observe.Outcome, error) {
	u := i.Object.DeepCopy()
	u.SetResourceVersion(createOnly)
	err := a.send(ctx, u)
	if err == nil {
		return a.written(i, u, out), nil
	}
	if !apierrors.IsConflict(err) {
		return failed(out, i, err)
	}
	live, err := a.lookUp(ctx, i)
	if err != nil {
		return failed(out, i, err)
	}
	if r := o.mayWrite(i.Key(), live); r != nil {
		return refused(out, r), nil
	}
	return a.update(ctx, i, live, out)
}

// lookUp asks the API server for the metadata of what stands in the way. A list by name needs no right to get, which the
// operator does not have for Secrets.
func (a *Applier) lookUp(ctx context.Context, i expand.Intent) (client.Object, error) {
	list := &metav1.PartialObjectMetadataList{}
	list.SetGroupVersionKind(i.GVK().GroupVersion().WithKind(i.GVK().Kind + "List"))
	key := i.Key()
	err := a.live.List(ctx, list, client.InNamespace(key.Namespace), client.MatchingFields{"metadata.name": key.Name})
	if err != nil {
		return nil, err
	}
	if len(list.Items) == 0 {
		return nil, fmt.Errorf("%s was there and is gone", key)
	}
	return &list.Items[0], nil
}

// update writes a child that was seen to be ours, and no other of its name.
func (a *Applier) update(ctx context.Context, i expand.Intent, live client.Object, out observe.Outcome) (observe.Outcome, error) {
	u := i.Object.DeepCopy()
	u.SetUID(live.GetUID())
	err := a.send(ctx, u)
	if blocks := emptied(i, err); len(blocks) > 0 {
		if _, err = a.without(ctx, live, blocks); err == nil {
			u = i.Object.DeepCopy()
			u.SetUID(live.GetUID())
			err = a.send(ctx, u)
		}
	}
	if err != nil {
		return failed(out, i, err)
	}
	return a.written(i, u, out), nil
}

// send forces: image-updater's PUT can take one of our fields, and only force takes it back. The precondition in the
// object has made sure whose it is.
func (a *Applier) send(ctx context.Context, u *unstructured.Unstructured) error {
	return a.client.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), FieldOwner, client.ForceOwnership)
}

func (a *Applier) written(i expand.Intent, answer client.Object, out observe.Outcome) observe.Outcome {
	key := i.Key()
	out.Row = v1alpha1.Child{Kind: key.Kind, Namespace: key.Namespace, Name: key.Name,
		UID: answer.GetUID(), Generation: answer.GetGeneration(), Hash: i.Hash()}
	a.pending.record(key, out.Row, answer.GetResourceVersion())
	return out
}

func refused(out observe.Outcome, r *refusal) observe.Outcome {
	out.Reason, out.Message, out.Fix = r.reason, r.message, r.fix
	return out
}

// NotInstalled is the outcome of an intent whose kind the cluster does not serve.
func NotInstalled(i expand.Intent, row v1alpha1.Child) observe.Outcome {
	k, _ := foreign.Of(i.GVK())
	return observe.Outcome{Key: i.Key(), Lane: i.Lane, Row: row, Reason: v1alpha1.ReasonNotInstalled,
		Message: "the cluster does not serve " + k.CRD(), Fix: "install " + peerOf(k) + "; this heals by itself once it is there"}
}

func peerOf(k foreign.Kind) string {
	switch {
	case k.Group == foreign.Application.Group:
		return "Argo CD"
	case k.Group == foreign.ImageUpdater.Group:
		return "argocd-image-updater 1.1.1 or later"
	case k.Group == foreign.Certificate.Group:
		return "cert-manager"
	case k.Group == foreign.ObjectStore.Group:
		return "the Barman Cloud plugin of CloudNativePG"
	case k.Kind == foreign.DatabaseRole.Kind:
		return "CloudNativePG 1.30 or later"
	case strings.HasSuffix(k.Group, "cnpg.io"):
		return "CloudNativePG"
	}
	return "the Gateway API"
}
