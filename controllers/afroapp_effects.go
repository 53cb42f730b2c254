package controllers

import (
	"context"
	"errors"
	"fmt"
	"slices"

	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/apply"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
)

// setFinalizer names the UID, so that it never makes an AfroApp again that was deleted.
func (r *AfroAppReconciler) setFinalizer(ctx context.Context, app *v1alpha1.AfroApp) error {
	u := &unstructured.Unstructured{Object: map[string]any{}}
	u.SetGroupVersionKind(v1alpha1.GroupVersion.WithKind("AfroApp"))
	u.SetNamespace(app.Namespace)
	u.SetName(app.Name)
	u.SetUID(app.UID)
	u.SetFinalizers([]string{v1alpha1.Finalizer})
	if err := r.Client.Apply(ctx, client.ApplyConfigurationFromUnstructured(u), apply.FieldOwner, client.ForceOwnership); err != nil {
		return fmt.Errorf("finalizer: %w", err)
	}
	r.pacer.wroteFinalizer(app, u.GetResourceVersion())
	return nil
}

// claim takes the hosts before anything is routed to them. What is lost is left out of the plan. While it is not known of a
// host whose it is, routes stay as they are.
func (r *AfroAppReconciler) claim(ctx context.Context, p *pass) error {
	var failures error
	outcomes := map[expand.Key]observe.Outcome{}
	for _, i := range p.facts.Plan.Intents {
		if i.GVK() != foreign.HostClaim {
			continue
		}
		out, hold, err := r.Applier.Claim(ctx, p.owner, i, p.known(i.Key()))
		failures = errors.Join(failures, err)
		switch hold {
		case apply.Lost:
			p.facts.LostHosts = append(p.facts.LostHosts, i.Key().Name)
			continue
		case apply.NotKnown:
			if out.Reason == "" {
				out.Reason, out.Message, out.Fix = v1alpha1.ReasonApplyFailed, i.Key().String()+" could not be taken", "nothing to do: it is tried again"
			}
			p.unclaimed = &out
		}
		outcomes[i.Key()] = out
	}
	if len(p.facts.LostHosts) > 0 {
		p.input.LostHosts = p.facts.LostHosts
		r.expand(p)
	}
	for _, i := range p.facts.Plan.Intents {
		if i.GVK() == foreign.HostClaim {
			p.facts.Outcomes = append(p.facts.Outcomes, outcomes[i.Key()])
		}
	}
	return failures
}

// apply brings every other child to its intent, in plan order. One that fails holds up no other (S11).
func (r *AfroAppReconciler) apply(ctx context.Context, p *pass) error {
	claims := map[expand.Key]observe.Outcome{}
	for _, o := range p.facts.Outcomes {
		claims[o.Key] = o
	}
	p.facts.Outcomes = nil
	var failures error
	for _, i := range p.facts.Plan.Intents {
		out, claimed := claims[i.Key()]
		if !claimed {
			var err error
			out, err = r.applyOne(ctx, p, i)
			failures = errors.Join(failures, err)
		}
		p.facts.Outcomes = append(p.facts.Outcomes, out)
	}
	return failures
}

func (r *AfroAppReconciler) applyOne(ctx context.Context, p *pass, i expand.Intent) (observe.Outcome, error) {
	known := p.known(i.Key())
	if !p.input.Flavours.Serves(i.GVK()) {
		return apply.NotInstalled(i, known.Row), nil
	}
	if p.unclaimed != nil && i.Lane == v1alpha1.LaneEdge {
		u := p.unclaimed
		return observe.Outcome{Key: i.Key(), Lane: i.Lane, Row: known.Row, Reason: u.Reason, Message: u.Message, Fix: u.Fix}, nil
	}
	if out, missing, err := missingData(ctx, r.Live, p.app, i, known); missing || err != nil {
		return out, err
	}
	out, err := r.Applier.Apply(ctx, p.owner, i, known)
	if err == nil && out.Reason == "" && i.Data() && known.Live != nil {
		err = r.Applier.Revive(ctx, p.owner, i.Key(), known.Live)
	}
	return out, err
}

// prune takes away what is ours and no longer planned. Data never: it is left where it is. A claim goes last, and only
// when the routes of its host are as planned, and those that are not planned are seen to be gone.
func (r *AfroAppReconciler) prune(ctx context.Context, p *pass) error {
	var failures error
	for _, key := range sortedKeys(p.children) {
		kind := kindOf(key)
		if p.facts.Plan.Has(key) || isData(kind, p.children[key]) || key.Kind == foreign.HostClaim.Kind && !p.routesDone() || !p.owner.Owns(key, p.children[key]) {
			continue
		}
		out, err := r.Applier.Remove(ctx, p.owner, key, laneOf(key), p.children[key])
		failures = errors.Join(failures, err)
		p.facts.Leftovers = append(p.facts.Leftovers, out)
	}
	return failures
}

// routesDone tells whether nothing routes to a host that is no longer planned.
func (p *pass) routesDone() bool {
	if slices.ContainsFunc(p.facts.Outcomes, func(o observe.Outcome) bool { return o.Lane == v1alpha1.LaneEdge && o.Reason != "" }) {
		return false
	}
	for key := range p.children {
		if laneOf(key) == v1alpha1.LaneEdge && key.Kind != foreign.HostClaim.Kind && !p.facts.Plan.Has(key) {
			return false
		}
	}
	return true
}

// pretend says how far the children are from the plan, without a write: for a paused app.
func (r *AfroAppReconciler) pretend(p *pass) {
	for _, i := range p.facts.Plan.Intents {
		p.facts.Outcomes = append(p.facts.Outcomes, p.owner.AsPlanned(i, p.known(i.Key())))
	}
}

func kindOf(key expand.Key) foreign.Kind {
	for _, k := range foreign.Children {
		if k.Kind == key.Kind {
			return k
		}
	}
	return foreign.Kind{GroupVersionKind: schema.GroupVersionKind{Kind: key.Kind}}
}

func isData(k foreign.Kind, obj client.Object) bool {
	return k.Data || obj.GetLabels()[expand.LabelData] == "true"
}

func laneOf(key expand.Key) v1alpha1.Lane {
	switch key.Kind {
	case "Application", "ImageUpdater", "AppProject":
		return v1alpha1.LaneDelivery
	case "AfroHostClaim", "Ingress", "HTTPRoute", "ListenerSet", "Certificate":
		return v1alpha1.LaneEdge
	}
	return v1alpha1.LaneData
}

func sortedKeys(m map[expand.Key]client.Object) []expand.Key {
	keys := make([]expand.Key, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	// Against the plan's order: what rests on others goes first, claims last of their lane.
	slices.SortFunc(keys, func(a, b expand.Key) int {
		if d := foreign.Order(kindOf(b).GroupVersionKind) - foreign.Order(kindOf(a).GroupVersionKind); d != 0 {
			return d
		}
		return compareStrings(a.String(), b.String())
	})
	return keys
}

func compareStrings(a, b string) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}

// serverNameOf finds the archive of a Cluster that exists.
func serverNameOf(children map[expand.Key]client.Object, key expand.Key) string {
	c, ok := children[key].(*cnpgv1.Cluster)
	if !ok {
		return ""
	}
	for _, p := range c.Spec.Plugins {
		if p.Name == foreign.BarmanPlugin {
			return p.Parameters["serverName"]
		}
	}
	return ""
}
