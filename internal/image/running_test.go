package image

import (
	"strings"
	"testing"
)

var (
	digestA = "sha256:" + strings.Repeat("a", 64)
)

func TestDigestOf(t *testing.T) {
	for _, c := range []struct{ of, want string }{
		{"ghcr.io/acme/shop@" + digestA, digestA},
		{"ghcr.io/acme/shop:latest@" + digestA, digestA},
		{"docker-pullable://ghcr.io/acme/shop@" + digestA, digestA},
		{"docker://" + digestA, digestA},
		{digestA, digestA},
		{"ghcr.io/acme/shop:latest", ""},
		{"", ""},
		{"ghcr.io/acme/shop@sha256:short", ""},
		{"ghcr.io/acme/shop@sha512:" + strings.Repeat("a", 128), ""},
	} {
		if got := DigestOf(c.of); got != c.want {
			t.Errorf("DigestOf(%q) = %q, want %q", c.of, got, c.want)
		}
	}
}

func TestSameRepository(t *testing.T) {
	for _, c := range []struct {
		s, name string
		want    bool
	}{
		{"ghcr.io/acme/shop:latest", "ghcr.io/acme/shop", true},
		{"docker-pullable://ghcr.io/acme/shop@" + digestA, "ghcr.io/acme/shop", true},
		{"nginx:1.27", "docker.io/library/nginx", true},
		{"nginx", "docker.io/library/nginx", true},
		{"docker.io/nginx:1.27", "docker.io/library/nginx", true},
		{"index.docker.io/library/nginx", "docker.io/library/nginx", true},
		{"acme/shop@" + digestA, "docker.io/acme/shop", true},
		{"registry:5000/shop:1", "registry:5000/shop", true},
		{"localhost/shop", "localhost/shop", true},
		{"ghcr.io/acme/shop-worker:latest", "ghcr.io/acme/shop", false},
		{"quay.io/acme/shop:latest", "ghcr.io/acme/shop", false},
		{digestA, "ghcr.io/acme/shop", false},
		{"", "ghcr.io/acme/shop", false},
	} {
		if got := SameRepository(c.s, c.name); got != c.want {
			t.Errorf("SameRepository(%q, %q) = %v", c.s, c.name, got)
		}
	}
}
