package preflight

import (
	"strings"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// Names of peers.
const (
	PeerArgoCD       = "ArgoCD"
	PeerImageUpdater = "ImageUpdater"
	PeerCertManager  = "CertManager"
	PeerGatewayAPI   = "GatewayAPI"
	PeerCNPG         = "CloudNativePG"
	PeerBarmanCloud  = "BarmanCloud"
)

// peers are always all six, in a fixed order. The version is told only of those that the spec needs.
func peers(f Facts) []v1alpha1.Peer {
	r := report{Facts: f}
	updater := r.peer(PeerImageUpdater, f.Flavours.Serves(foreign.ImageUpdater) || f.Updater.Reading == Found, f.Updater.Reading, r.updaterVersion())
	if updater.Installed {
		updater.Flavour = string(f.Flavours.Updater(f.Platform))
	}
	gateway := r.peer(PeerGatewayAPI, f.Flavours.Serves(foreign.HTTPRoute), f.GatewayAPI.Reading, f.GatewayAPI.Version)
	if gateway.Installed {
		gateway.Flavour = firstRunes(clip(f.GatewayAPI.Channel), 32)
	}
	return []v1alpha1.Peer{
		r.peer(PeerArgoCD, r.missing(foreign.Application, foreign.AppProject) == "", f.ArgoCD.Reading, firstVersion(f.ArgoCD)),
		updater,
		r.peer(PeerCertManager, f.Flavours.Serves(foreign.Certificate), f.CertManager.Reading, f.CertManager.Version),
		gateway,
		r.peer(PeerCNPG, f.Flavours.Serves(foreign.Cluster), f.CNPG.Reading, firstVersion(f.CNPG)),
		r.peer(PeerBarmanCloud, f.Flavours.Serves(foreign.ObjectStore), f.Barman.Reading, firstVersion(f.Barman)),
	}
}

// peer keeps the version of before while the API server gives no answer.
func (r *report) peer(name string, installed bool, reading Reading, version string) v1alpha1.Peer {
	p := v1alpha1.Peer{Name: name, Installed: installed}
	if !installed {
		return p
	}
	if p.Version = shown(version); reading != Failed {
		return p
	}
	for _, old := range r.Platform.Status.Peers {
		if old.Name == name {
			p.Version = old.Version
		}
	}
	return p
}

// shown is a version without the v that some projects write.
func shown(version string) string {
	if len(version) > 64 || parseVersion(version) == nil {
		return ""
	}
	return strings.TrimPrefix(version, "v")
}

func firstVersion(ws Workloads) string {
	for _, w := range ws.Items {
		if v := imageVersion(w.Image); v != "" {
			return v
		}
	}
	return ""
}

// updaterVersion is that of the Deployment which counts.
func (r *report) updaterVersion() string {
	if r.Updater.Reading != Found {
		return ""
	}
	return imageVersion(r.runningUpdater().Image)
}
