package chart

import (
	"testing"

	"helm.sh/helm/v4/pkg/strvals"
)

// TestUpdaterOverridesTheImage gives the parameters as argocd-image-updater writes them (forceString) and Argo CD
// hands them to Helm (--set-string), over the values of the operator.
func TestUpdaterOverridesTheImage(t *testing.T) {
	cases := map[string]struct{ tag, image string }{
		"digest of a rolling tag": {"latest@" + digest, "ghcr.io/acme/moved:latest@" + digest},
		"next version":            {"1.5.0", "ghcr.io/acme/moved:1.5.0"},
		"tag that looks a number": {"20261031", "ghcr.io/acme/moved:20261031"},
		"tag that looks a bool":   {"true", "ghcr.io/acme/moved:true"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			vals := values(t, "nameOverride: shop\nimage: {repository: ghcr.io/acme/shop, tag: latest}\nport: 3000")
			for _, p := range []string{"image.repository=ghcr.io/acme/moved", "image.tag=" + c.tag} {
				if err := strvals.ParseIntoString(p, vals); err != nil {
					t.Fatal(err)
				}
			}
			w := decode(t, mustRender(t, vals))
			checkInvariants(t, "shop", w)
			equal(t, "image", w.container().Image, c.image)
		})
	}
}
