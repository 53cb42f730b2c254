package crds

// Peer is a system whose kinds an AfroApp becomes.
type Peer string

// The peers whose CRDs are kept here, and what is taken of each.
const (
	ArgoCD       Peer = "argocd"        // Application, AppProject
	ImageUpdater Peer = "image-updater" // ImageUpdater; absent with image-updater 0.x
	CertManager  Peer = "cert-manager"  // Certificate, issuers, and the ACME kinds behind them
	GatewayAPI   Peer = "gateway-api"   // Gateway, HTTPRoute, ListenerSet; the standard channel
	CNPG         Peer = "cnpg"          // Cluster, Database, DatabaseRole, backups
	BarmanCloud  Peer = "barman-cloud"  // ObjectStore of CNPG's backup plugin
)

// Origin is where the CRDs of a peer come from, to the byte.
type Origin struct {
	Peer    Peer
	Module  string // Go module whose archive holds them
	Version string
	Sum     string // h1 hash of that archive, as in go.sum
	Files   []File
}

// File is one CRD: <Name>.yaml here, Path in the archive.
type File struct {
	Name string // metadata.name of the CRD
	Path string
}

// Origins are all peers, in a fixed order.
func Origins() []Origin {
	return []Origin{
		{
			Peer: ArgoCD, Module: "github.com/argoproj/argo-cd/v3", Version: "v3.5.7",
			Sum: "h1:Xm1BF+I5OgDKUG3SDK49vn2/Y5AMyaNVko+/JT08gj0=",
			Files: []File{
				{"applications.argoproj.io", "manifests/crds/application-crd.yaml"},
				{"appprojects.argoproj.io", "manifests/crds/appproject-crd.yaml"},
			},
		},
		{
			Peer: ImageUpdater, Module: "github.com/argoproj-labs/argocd-image-updater", Version: "v1.3.0",
			Sum: "h1:MFqUKURoh14wV1ansPGFnzLIvUGhzWOMU8L2x96041U=",
			Files: []File{
				{"imageupdaters.argocd-image-updater.argoproj.io", "config/crd/bases/argocd-image-updater.argoproj.io_imageupdaters.yaml"},
			},
		},
		{
			Peer: CertManager, Module: "github.com/cert-manager/cert-manager", Version: "v1.21.2",
			Sum: "h1:UWgoYM+KLNtRlqmoWOKjKBOBUPVHeepQ6/ac3ERJW68=",
			Files: []File{
				{"certificates.cert-manager.io", "deploy/crds/cert-manager.io_certificates.yaml"},
				{"certificaterequests.cert-manager.io", "deploy/crds/cert-manager.io_certificaterequests.yaml"},
				{"clusterissuers.cert-manager.io", "deploy/crds/cert-manager.io_clusterissuers.yaml"},
				{"issuers.cert-manager.io", "deploy/crds/cert-manager.io_issuers.yaml"},
				{"orders.acme.cert-manager.io", "deploy/crds/acme.cert-manager.io_orders.yaml"},
				{"challenges.acme.cert-manager.io", "deploy/crds/acme.cert-manager.io_challenges.yaml"},
			},
		},
		{
			Peer: GatewayAPI, Module: "sigs.k8s.io/gateway-api", Version: "v1.6.3",
			Sum: "h1:lKpJa5bGlraC/QeACvCpsHLdmO6y0iKfzVl6gzaFEYc=",
			Files: []File{
				{"gatewayclasses.gateway.networking.k8s.io", "config/crd/standard/gateway.networking.k8s.io_gatewayclasses.yaml"},
				{"gateways.gateway.networking.k8s.io", "config/crd/standard/gateway.networking.k8s.io_gateways.yaml"},
				{"httproutes.gateway.networking.k8s.io", "config/crd/standard/gateway.networking.k8s.io_httproutes.yaml"},
				{"listenersets.gateway.networking.k8s.io", "config/crd/standard/gateway.networking.k8s.io_listenersets.yaml"},
				{"referencegrants.gateway.networking.k8s.io", "config/crd/standard/gateway.networking.k8s.io_referencegrants.yaml"},
			},
		},
		{
			Peer: CNPG, Module: "github.com/cloudnative-pg/cloudnative-pg", Version: "v1.30.0",
			Sum: "h1:fnhVq44xXx97MNiuvJsPrX1vSjYbgdyBK5MSGfdHdp0=",
			Files: []File{
				{"clusters.postgresql.cnpg.io", "config/crd/bases/postgresql.cnpg.io_clusters.yaml"},
				{"databases.postgresql.cnpg.io", "config/crd/bases/postgresql.cnpg.io_databases.yaml"},
				{"databaseroles.postgresql.cnpg.io", "config/crd/bases/postgresql.cnpg.io_databaseroles.yaml"},
				{"backups.postgresql.cnpg.io", "config/crd/bases/postgresql.cnpg.io_backups.yaml"},
				{"scheduledbackups.postgresql.cnpg.io", "config/crd/bases/postgresql.cnpg.io_scheduledbackups.yaml"},
			},
		},
		{
			Peer: BarmanCloud, Module: "github.com/cloudnative-pg/plugin-barman-cloud", Version: "v0.14.0",
			Sum: "h1:kpTo7egntRIM15hvo0xtOj07wyjj23jcz/Co0KfzC7s=",
			Files: []File{
				{"objectstores.barmancloud.cnpg.io", "config/crd/bases/barmancloud.cnpg.io_objectstores.yaml"},
			},
		},
	}
}
