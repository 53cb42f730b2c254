package build

import "github.com/afrotomation/afroapp/test/pinned"

var certManager = Peer{
	Name:     "cert-manager",
	Programs: []pinned.Program{own("cert-manager", "github.com/cert-manager/cert-manager", "1 min")},
	Images: func(Sources) ([]Image, error) {
		return []Image{
			{
				Names:   []string{"quay.io/jetstack/cert-manager-controller:v1.21.2"},
				Entries: []Entry{{Path: "/cert-manager", From: "{cert-manager}"}}, User: "1000:1000", Entrypoint: []string{"/cert-manager"},
			},
			{
				Names:   []string{"quay.io/jetstack/cert-manager-acmesolver:v1.21.2"},
				Entries: []Entry{{Path: "/acmesolver", From: "{cert-manager}"}}, User: "1000:1000", Entrypoint: []string{"/acmesolver"},
			},
		}, nil
	},
	Chart: &Chart{
		Folder: "deploy/charts/cert-manager", Namespace: "cert-manager",
		Values: []string{"crds.enabled=true", "image.tag=v1.21.2", "acmesolver.image.tag=v1.21.2"},
		Templates: []string{
			"serviceaccount.yaml", "rbac.yaml", "deployment.yaml", "crd-acme.cert-manager.io_challenges.yaml", "crd-acme.cert-manager.io_orders.yaml",
			"crd-cert-manager.io_certificaterequests.yaml", "crd-cert-manager.io_certificates.yaml", "crd-cert-manager.io_clusterissuers.yaml",
			"crd-cert-manager.io_issuers.yaml",
		},
	},
}
