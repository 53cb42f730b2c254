package controllers

import (
	"context"
	"fmt"
	"slices"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/observe"
)

// report tells what the pass learned: at most one status write, none when nothing changed, events for what changed for
// people. It returns when to look again.
func (r *AfroAppReconciler) report(ctx context.Context, p *pass) (time.Duration, error) {
	result := observe.Status(p.facts)
	name := types.NamespacedName{Namespace: p.app.Namespace, Name: p.app.Name}
	r.stuck.record(name, result)
	r.registries.grant(p.app, result.Wish)
	old := p.app.Status
	wake := result.WakeAfter
	if help(p.facts) {
		wake = soonest(wake, r.RetryPause)
	}
	if len(p.facts.Unseen) > 0 {
		wake = soonest(wake, unseenPause)
	}
	if result.Wish.Diagnosis {
		wake = soonest(wake, r.RetryPause)
	}
	if result.Wish.Pods && p.ownManifests() {
		wake = soonest(wake, r.lookAgain(result.Status))
	}
	if observe.SameStatus(old, result.Status) {
		r.pacer.settle(p.app)
		return wake, nil
	}
	// What was just written takes Ready away for the moment until the caches show it.
	progress := observe.Progressing(old, result.Status) || len(p.facts.Unseen) > 0 && result.Status.StuckAt == nil
	if wait := r.pacer.wait(p.app, p.facts.Now, progress); wait > 0 {
		r.pacer.hold(p.app, result.Status.Children)
		return soonest(wake, wait), nil
	}
	version, err := writeStatus(ctx, r.Client, p.app, "AfroApp", &result.Status)
	if err != nil {
		return 0, err
	}
	r.pacer.wrote(p.app, version, &result.Status)
	for _, e := range observe.Transitions(p.app, old, result.Status) {
		r.Recorder.Eventf(p.app, nil, e.Type, e.Reason, "Observe", "%s", e.Message)
	}
	return wake, nil
}

// unseenPause is how often the caches are looked at for what was written; a write that changes nothing that is read
// brings no event.
const unseenPause = time.Second

// lookAgain is when pods that no event tells of are looked at again: soon while they may still come, seldom once they are stuck.
func (r *AfroAppReconciler) lookAgain(s v1alpha1.AfroAppStatus) time.Duration {
	if s.StuckAt != nil {
		return r.RetryPause
	}
	return lookPause
}

// help tells whether something needs help from outside.
func help(f observe.Facts) bool {
	failed := func(o observe.Outcome) bool { return o.Reason != "" }
	return slices.ContainsFunc(f.Outcomes, failed) || slices.ContainsFunc(f.Leftovers, failed)
}

// writeStatus applies a whole status: what is not in it is removed. It returns the resourceVersion of the answer.
func writeStatus(ctx context.Context, c client.Client, obj client.Object, kind string, status any) (string, error) {
	fields, err := runtime.DefaultUnstructuredConverter.ToUnstructured(status)
	if err != nil {
		return "", err
	}
	u := &unstructured.Unstructured{Object: map[string]any{"status": fields}}
	u.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind(kind))
	u.SetNamespace(obj.GetNamespace())
	u.SetName(obj.GetName())
	u.SetUID(obj.GetUID())
	err = c.Status().Apply(ctx, client.ApplyConfigurationFromUnstructured(u), apply.FieldOwner, client.ForceOwnership)
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return "", nil // deleted meanwhile
	}
	if err != nil {
		return "", fmt.Errorf("status: %w", err)
	}
	return u.GetResourceVersion(), nil
}
