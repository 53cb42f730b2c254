package controllers

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	mediatypes "github.com/google/go-containerregistry/pkg/v1/types"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/types"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/image"
	"github.com/afrotomation/afroapp/internal/observe"
	"github.com/afrotomation/afroapp/internal/platform"
	"github.com/afrotomation/afroapp/internal/registry"
)

// registries is the prober, told by the AfroPlatform whom it may ask and with which credentials. It runs beside the
// reconciles: a pass reads what was heard, and never waits for a registry.
type registries struct {
	prober *registry.Prober
	live   client.Reader

	mu         sync.Mutex
	uid        types.UID
	generation int64
	namespace  string // of the pull Secrets
	tell       func(ctrl.Request)
}

func newRegistries(live client.Reader, o registry.Options) *registries {
	r := &registries{live: live}
	o.Keychain, o.Notify = r.credentials, r.notify
	r.prober = registry.New(o)
	return r
}

// notify lets the app look again. Before the queue is there, every app is still to come.
func (r *registries) notify(app string) {
	r.mu.Lock()
	tell := r.tell
	r.mu.Unlock()
	if namespace, name, ok := cutKey(app); ok && tell != nil {
		tell(request(namespace, name))
	}
}

// configure is called in every pass, and does something when the AfroPlatform was changed.
func (r *registries) configure(p *v1alpha1.AfroPlatform) error {
	r.mu.Lock()
	defer r.mu.Unlock() // to the end: of two passes the one with the older AfroPlatform must not come last
	if r.uid == p.UID && r.generation >= p.Generation {
		return nil
	}
	r.uid, r.generation, r.namespace = p.UID, p.Generation, platform.ArgoCDNamespace(p)
	var all []registry.Registry
	for _, x := range p.Spec.Registries {
		all = append(all, registry.Registry{Host: x.Host, PlainHTTP: x.PlainHTTP, CABundle: []byte(x.CABundle),
			Interval: platform.ProbeInterval(x), RequestsPerSecond: platform.RequestsPerSecond(x)})
	}
	return r.prober.Configure(all)
}

// credentials reads a pull Secret of the AfroPlatform, where image-updater reads it. A list of one name, because the operator
// may get no Secret.
func (r *registries) credentials(ctx context.Context, secret string) ([]byte, error) {
	r.mu.Lock()
	namespace := r.namespace
	r.mu.Unlock()
	list := &corev1.SecretList{}
	if err := r.live.List(ctx, list, client.InNamespace(namespace), client.MatchingFields{"metadata.name": secret}, client.Limit(1)); err != nil {
		return nil, fmt.Errorf("pull Secret %s/%s: %w", namespace, secret, err)
	}
	if len(list.Items) == 0 {
		return nil, fmt.Errorf("pull Secret %s/%s does not exist", namespace, secret)
	}
	config, there := list.Items[0].Data[corev1.DockerConfigJsonKey]
	if !there {
		return nil, fmt.Errorf("pull Secret %s/%s has no key %s", namespace, secret, corev1.DockerConfigJsonKey)
	}
	return config, nil
}

func appKey(app *v1alpha1.AfroApp) string { return app.Namespace + "/" + app.Name }

// targetOf is what an app asks the registry for.
func targetOf(d platform.Delivery) registry.Target {
	return registry.Target{Image: d.Image, Policy: d.Update.Policy, Range: d.Update.Range, Secret: d.Update.PullSecret}
}

// ask follows the image of a plan, and puts what is known of it into the facts.
func (r *registries) ask(p *pass) error {
	key := appKey(p.app)
	if p.facts.Plan == nil || p.facts.Plan.Effective == nil || p.input.Platform == nil {
		return nil
	}
	if err := r.configure(p.input.Platform); err != nil {
		return fmt.Errorf("registries: %w", err)
	}
	r.prober.Follow(key, targetOf(p.facts.Plan.Effective.Delivery))
	if a, known := r.prober.Answer(key); known {
		p.facts.Registry = servedOf(a)
		p.facts.Registry.Reference = referenceOf(p.facts.Plan.Effective.Delivery, a)
	}
	return nil
}

// grant what the status of this pass wishes for.
func (r *registries) grant(app *v1alpha1.AfroApp, w observe.Wish) {
	if w.Registry {
		r.prober.Soon(appKey(app))
	}
	if w.Diagnosis {
		r.prober.Diagnose(appKey(app))
	}
}

// reasons of the prober's kinds of failure.
var reasons = map[registry.Kind]string{
	registry.Unreachable:        v1alpha1.ReasonRegistryUnreachable,
	registry.Failing:            v1alpha1.ReasonRegistryUnreachable,
	registry.Unauthorized:       v1alpha1.ReasonUnauthorized,
	registry.CredentialsMissing: v1alpha1.ReasonUnauthorized,
	registry.NotFound:           v1alpha1.ReasonTagMissing,
	registry.RateLimited:        v1alpha1.ReasonRateLimited,
	registry.Malformed:          v1alpha1.ReasonDigestMissing,
	registry.NotAllowed:         v1alpha1.ReasonImageNotPermitted,
}

// referenceOf is what was asked for, in the words of the spec: the prober has one name for Docker Hub's many, and none for what makes
// no difference to it. A status that names it otherwise is not recognized after a restart.
func referenceOf(d platform.Delivery, a registry.Answer) string {
	if d.Update.Policy != v1alpha1.ImagePolicySemver {
		return d.Image.String()
	}
	return image.Reference{Registry: d.Image.Registry, Repository: d.Image.Repository, Tag: a.Tag}.String()
}

func servedOf(a registry.Answer) *observe.Served {
	s := &observe.Served{Reference: a.Reference, Digest: a.Digest, DigestSince: a.DigestSince}
	s.Unread = mediatypes.MediaType(a.MediaType).IsIndex() && len(a.Children) == 0
	for _, c := range a.Children {
		s.Children = append(s.Children, observe.ServedImage{Digest: c.Digest, Platform: c.Platform})
	}
	if f := a.Failure; f != nil {
		s.Failure = &observe.RegistryFailure{Reason: reasons[f.Kind], Message: f.Message, Since: f.Since, Last: f.Last}
	}
	if d := a.Diagnosis; d != nil && d.Digest == a.Digest {
		s.Diagnosis = &observe.RegistryDiagnosis{Listed: d.TagListed, FirstPage: d.FirstPage, Platforms: d.Platforms}
	}
	return s
}

// pods puts what is known of an app's pods into the facts: of the workload chart from the cache, of own manifests by asking.
func (r *AfroAppReconciler) pods(ctx context.Context, p *pass) error {
	if p.facts.Plan == nil || p.facts.Plan.Effective == nil {
		p.facts.Pods, p.facts.PodsSeen = r.Kinds.PodsOf(ctx, p.app.Namespace, p.app.Name)
		return nil
	}
	argo := p.facts.Children.Application
	if !p.ownManifests() {
		p.facts.Pods, p.facts.PodsSeen = r.Kinds.PodsOf(ctx, p.app.Namespace, p.app.Name)
	} else if argo != nil {
		look, err := r.looks.at(ctx, r.Kinds, p.app, argo, p.facts.Now)
		p.facts.Pods, p.facts.PodsSeen = look, err == nil
		if err != nil {
			return err
		}
	}
	if !p.facts.PodsSeen || len(p.facts.Pods) > 0 || !runsNothing(argo) {
		return nil
	}
	var err error
	p.facts.Templates, err = r.looks.templates(ctx, r.Kinds, p.app, argo)
	return err
}

// ownManifests tells whether the pods carry no label of ours.
func (p *pass) ownManifests() bool {
	return p.facts.Plan != nil && p.facts.Plan.Effective != nil && p.facts.Plan.Effective.Delivery.Source.Type != platform.SourceChart
}

// runsNothing tells whether Argo CD is done with an Application, and it has no pods: then its workloads are asked why.
func runsNothing(argo *foreign.ArgoApplication) bool {
	if argo == nil || len(argo.Status.Resources) == 0 {
		return false
	}
	s := argo.Status
	return s.Sync.Status == "Synced" && s.Health.Status == "Healthy" && len(s.Summary.Images) == 0
}

func (r *AfroAppReconciler) rivals(ctx context.Context, p *pass) {
	if argo := p.facts.Children.Application; argo != nil {
		p.facts.Updaters = r.Kinds.Rivals(ctx, expand.Key{Namespace: argo.Namespace, Name: argo.Name}, p.owner.Name)
	}
}

// delivery puts what the registry, the pods and others' ImageUpdaters say into the facts.
func (r *AfroAppReconciler) delivery(ctx context.Context, p *pass) error {
	r.rivals(ctx, p)
	return errors.Join(r.registries.ask(p), r.pods(ctx, p))
}

func cutKey(app string) (namespace, name string, ok bool) { return strings.Cut(app, "/") }
