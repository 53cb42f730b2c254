package actors

import (
	"context"
	"time"

	"k8s.io/client-go/rest"
)

// Options of a whole set. What is given here goes to every actor that has use for it.
type Options struct {
	// ArgoCDNamespace. Default: argocd.
	ArgoCDNamespace string
	// Registry of images. Default: one that has every image, and never a new one.
	Registry Registry
	// Repository that Argo CD renders from and image-updater commits to. Default: every folder exists, and no commit is taken.
	Repository *Repository
	// UpdaterInterval of image-updater's cycles, which write twice to each ImageUpdater. Default: 2m.
	UpdaterInterval time.Duration
	// UpdaterAnnotationsOnly plays image-updater 0.x.
	UpdaterAnnotationsOnly bool
	// Deployments plays the deployment controller too, for a control plane without one.
	Deployments bool
	// Heartbeat is how often Argo CD and CloudNativePG move timestamps that mean nothing. Default: never.
	Heartbeat time.Duration
	// RetryBackoff of a failed sync, before the first retry. Default: 10s.
	RetryBackoff time.Duration
	// IssuanceBackoff of a failed certificate, before the first retry. Default: 1h.
	IssuanceBackoff time.Duration
	// Ingress controllers. Default: nginx, traefik and tailscale.
	Ingress IngressOptions
}

// Set is one of each, in front of one view of the cluster.
type Set struct {
	ArgoCD       *ArgoCD
	ImageUpdater *ImageUpdater
	CertManager  *CertManager
	CNPG         *CNPG
	Ingress      *Ingress
	Gateway      *Gateway
	Kubelet      *Kubelet

	config *rest.Config
}

// All makes a whole set that does not run yet. Its actors are run by Set.Run, not one by one.
func All(config *rest.Config, o Options) *Set {
	return &Set{
		config: config,
		ArgoCD: NewArgoCD(config, ArgoCDOptions{
			Namespace: o.ArgoCDNamespace, Repository: o.Repository, Heartbeat: o.Heartbeat, RetryBackoff: o.RetryBackoff,
		}),
		ImageUpdater: NewImageUpdater(config, ImageUpdaterOptions{
			Registry: o.Registry, Repository: o.Repository, Interval: o.UpdaterInterval, AnnotationsOnly: o.UpdaterAnnotationsOnly,
		}),
		CertManager: NewCertManager(config, CertManagerOptions{MinimumBackoff: o.IssuanceBackoff}),
		CNPG:        NewCNPG(config, CNPGOptions{Heartbeat: o.Heartbeat}),
		Ingress:     NewIngress(config, o.Ingress),
		Gateway:     NewGateway(config, GatewayOptions{}),
		Kubelet:     NewKubelet(config, KubeletOptions{Registry: o.Registry, Deployments: o.Deployments}),
	}
}

// Name of the set.
func (s *Set) Name() string { return "all peers" }

// Run plays all until the context ends.
func (s *Set) Run(ctx context.Context) error { return together(ctx, s.config, s.roles()...) }

// Behave changes how all play: Delay, Absent, Wrong. Modes belong to single actors, and are an error here.
func (s *Set) Behave(change func(*Behaviour)) error {
	for _, r := range s.roles() {
		if err := r.Behave(change); err != nil {
			return err
		}
	}
	return nil
}

func (s *Set) roles() []*role {
	return []*role{
		&s.ArgoCD.role, &s.ImageUpdater.role, &s.CertManager.role, &s.CNPG.role, &s.Ingress.role, &s.Gateway.role, &s.Kubelet.role,
	}
}

var _ = []Actor{
	(*ArgoCD)(nil), (*ImageUpdater)(nil), (*CertManager)(nil), (*CNPG)(nil), (*Ingress)(nil), (*Gateway)(nil), (*Kubelet)(nil),
	(*Parent)(nil), (*Set)(nil),
}
