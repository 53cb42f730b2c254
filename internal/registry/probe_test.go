package registry

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/afrotomation/afroapp/test/registryserver"
)

const manifests = "/manifests/"

func TestATagThatMovesIsSeenAndTold(t *testing.T) {
	play(t, func(w *world) {
		first := w.pushImage("acme/shop", "latest")
		a := w.follow("shop", "ghcr.io/acme/shop:latest")
		w.wantHealthy(a, first)
		if a.Reference != "ghcr.io/acme/shop:latest" || a.Tag != "latest" || a.MediaType != "application/vnd.oci.image.manifest.v1+json" {
			t.Errorf("answer %+v", a)
		}
		w.wantTold("shop")

		second := w.pushImage("acme/shop", "latest")
		w.round()
		b := w.answer("shop")
		w.wantHealthy(b, second)
		if !b.DigestSince.After(a.DigestSince) {
			t.Errorf("the second digest is seen since %s, the first since %s", b.DigestSince, a.DigestSince)
		}
		w.wantTold("shop")
	})
}

func TestAConfirmationTellsNobody(t *testing.T) {
	play(t, func(w *world) {
		digest := w.must(w.ghcr.PushIndex("acme/shop", "latest", "linux/amd64", "linux/arm64"))
		a := w.follow("shop", "ghcr.io/acme/shop:latest")
		w.wantTold("shop")
		for range 12 {
			w.round()
		}
		b := w.answer("shop")
		w.wantHealthy(b, digest)
		w.wantTold()
		if !b.Checked.After(a.Checked) || !b.DigestSince.Equal(a.DigestSince) {
			t.Errorf("first %+v\nlater %+v", a, b)
		}
		if heads := w.ghcr.Count("HEAD", manifests); heads < 12 {
			t.Errorf("asked %d times", heads)
		}
		w.wantCount(w.ghcr, "GET", manifests, 1)
	})
}

func TestATagThatIsGoneKeepsItsDigest(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		a := w.follow("shop", "ghcr.io/acme/shop:latest")
		if err := w.ghcr.Untag("acme/shop", "latest"); err != nil {
			t.Fatal(err)
		}
		w.round()
		b := w.answer("shop")
		w.wantFailure(b, NotFound, "tag latest: MANIFEST_UNKNOWN: Unknown manifest")
		w.wantDigest(b, digest)
		if b.Failure.Code != "MANIFEST_UNKNOWN" || !b.Checked.After(a.Checked) {
			t.Errorf("answer %+v, failure %+v", b, *b.Failure)
		}
		w.wantTold("shop", "shop")
	})
}

func TestFailuresHaveAKindAndTheRegistrysWords(t *testing.T) {
	words := `{"errors":[{"code":"DENIED","message":"permission_denied: read_package","detail":{"id":"6f1c"}}]}`
	for name, c := range map[string]struct {
		fault   registryserver.Fault
		kind    Kind
		message string
	}{
		"401": {registryserver.Fault{Status: 401, Body: `{"errors":[{"code":"UNAUTHORIZED","message":"authentication required"}]}`},
			Unauthorized, "UNAUTHORIZED: authentication required"},
		"403":                 {registryserver.Fault{Status: 403, Body: words}, Unauthorized, "DENIED: permission_denied: read_package"},
		"403 without words":   {registryserver.Fault{Status: 403}, Unauthorized, "403 Forbidden"},
		"403 in other words":  {registryserver.Fault{Status: 403, Body: `{"details":"no access"}`}, Unauthorized, "403 Forbidden: no access"},
		"404":                 {registryserver.Fault{Status: 404, Body: `{"errors":[{"code":"NAME_UNKNOWN","message":"repository name not known"}]}`}, NotFound, "repository acme/shop: NAME_UNKNOWN: repository name not known"},
		"404 without words":   {registryserver.Fault{Status: 404}, NotFound, "tag latest: 404 Not Found"},
		"500":                 {registryserver.Fault{Status: 500, Body: "<html>Ray ID 8a7b6c5d4e3f</html>"}, Failing, "500 Internal Server Error"},
		"503":                 {registryserver.Fault{Status: 503}, Failing, "503 Service Unavailable"},
		"a connection closed": {registryserver.Fault{Close: true}, Unreachable, "the connection was closed without an answer"},
		"no manifest": {registryserver.Fault{Status: 200, Header: map[string]string{"Content-Type": "text/html", "Content-Length": "5",
			"Docker-Content-Digest": "sha256:" + strings.Repeat("0", 64)}, Body: "hello"}, Malformed, `the answer is no manifest but "text/html"`},
		"no digest and no manifest": {registryserver.Fault{Status: 200, Body: "hello"}, Malformed, "the answer is no manifest"},
		"too much":                  {registryserver.Fault{Status: 200, Body: strings.Repeat("x", maxBody+1)}, Malformed, "an answer of more than 4 MiB"},
	} {
		t.Run(name, func(t *testing.T) {
			play(t, func(w *world) {
				w.pushImage("acme/shop", "latest")
				c.fault.Repository = "acme/shop"
				w.ghcr.Break(c.fault)
				a := w.follow("shop", "ghcr.io/acme/shop:latest")
				w.wantFailure(a, c.kind, c.message)
				w.wantTold("shop")
				for range 3 {
					w.round()
				}
				w.wantTold()
				w.ghcr.Heal()
				w.pass(20 * time.Minute)
				if a := w.answer("shop"); a.Failure != nil || a.Digest == "" {
					t.Errorf("healed: %+v", a)
				}
			})
		})
	}
}

func TestABusyRegistryIsNotAskedForWordsToo(t *testing.T) {
	for _, status := range []int{429, 500, 503} {
		play(t, func(w *world) {
			w.ghcr.Break(registryserver.Fault{Repository: "acme/shop", Status: status})
			w.follow("shop", "ghcr.io/acme/shop:latest")
			w.wantCount(w.ghcr, "", manifests, 1)
		})
	}
}

func TestNamesAndPortsNobodyAnswersAt(t *testing.T) {
	play(t, func(w *world) {
		w.configure(w.trusted("nowhere.example"), w.trusted("ghcr.io:8443"))
		w.wantFailure(w.follow("a", "nowhere.example/acme/shop:latest"), Unreachable, "nowhere.example: no such host")
		w.wantFailure(w.follow("b", "ghcr.io:8443/acme/shop:latest"), Unreachable, "connection refused")
	})
}

func TestA429PausesTheWholeRegistry(t *testing.T) {
	for header, pause := range map[string]time.Duration{
		"120": 2 * time.Minute, "Sat, 01 Jan 2000 00:02:00 GMT": 2 * time.Minute, "90000ms": 90 * time.Second,
		"7200000": time.Hour, "100h": time.Hour, "": plainPause, "soon": plainPause,
	} {
		t.Run(header, func(t *testing.T) {
			play(t, func(w *world) {
				w.pushImage("acme/shop", "latest")
				other := w.pushImage("acme/other", "latest")
				w.ghcr.Break(registryserver.Fault{Repository: "acme/shop", Status: 429, Header: map[string]string{"Retry-After": header}})
				a := w.follow("shop", "ghcr.io/acme/shop:latest")
				w.wantFailure(a, RateLimited, "429 Too Many Requests")
				w.ghcr.ForgetRequests()
				w.prober.Follow("other", targetOf(t, "ghcr.io/acme/other:latest"))
				w.pass(pause - 3*time.Second)
				w.wantCount(w.ghcr, "", "", 0)
				w.ghcr.Heal()
				w.pass(pause/10 + 12*time.Second)
				w.wantHealthy(w.answer("other"), other)
			})
		})
	}
}

func TestADigestThatIsNotInTheHeaderIsComputed(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		index := w.must(w.ghcr.PushIndex("acme/index", "latest", "linux/amd64"))
		w.ghcr.Break(registryserver.Fault{NoDigest: true, Part: manifests})
		w.wantHealthy(w.follow("shop", "ghcr.io/acme/shop:latest"), digest)
		w.wantCount(w.ghcr, "GET", manifests, 1)
		a := w.follow("index", "ghcr.io/acme/index:latest")
		w.wantHealthy(a, index)
		if len(a.Children) != 1 {
			t.Errorf("children %v", a.Children)
		}
		w.wantCount(w.ghcr, "GET", manifests, 2)
	})
}

func TestAnIndexHasItsImagesAndASingleImageNone(t *testing.T) {
	play(t, func(w *world) {
		index := w.must(w.ghcr.PushIndex("acme/shop", "latest", "linux/amd64", "linux/arm/v7", "unknown/unknown"))
		a := w.follow("shop", "ghcr.io/acme/shop:latest")
		w.wantHealthy(a, index)
		var platforms []string
		for _, c := range a.Children {
			platforms = append(platforms, c.Platform)
			if !strings.HasPrefix(c.Digest, "sha256:") || c.Digest == index {
				t.Errorf("child %+v", c)
			}
		}
		if !slices.Equal(platforms, []string{"linux/amd64", "linux/arm/v7"}) {
			t.Errorf("platforms %v", platforms)
		}
		w.pushImage("acme/single", "latest")
		if a := w.follow("single", "ghcr.io/acme/single:latest"); a.Children != nil {
			t.Errorf("children %v", a.Children)
		}
	})
}

func TestAnIndexIsReadOnceHoweverManyFollowIt(t *testing.T) {
	play(t, func(w *world) {
		digest := w.must(w.ghcr.PushIndex("acme/shop", "latest", "linux/amd64"))
		for _, tag := range []string{"stable", "main"} {
			if err := w.ghcr.Tag("acme/shop", "latest", tag); err != nil {
				t.Fatal(err)
			}
		}
		for _, tag := range []string{"latest", "stable", "main"} {
			w.wantHealthy(w.follow(tag, "ghcr.io/acme/shop:"+tag), digest)
		}
		w.round()
		w.wantCount(w.ghcr, "GET", manifests, 1)
		w.must(w.ghcr.PushIndex("acme/shop", "latest", "linux/amd64"))
		w.round()
		w.wantCount(w.ghcr, "GET", manifests, 2)
	})
}

func TestAnIndexThatCannotBeReadIsAFailureBesideItsDigest(t *testing.T) {
	play(t, func(w *world) {
		digest := w.must(w.ghcr.PushIndex("acme/shop", "latest", "linux/amd64"))
		w.ghcr.Break(registryserver.Fault{Repository: "acme/shop", Method: "GET", Status: 502})
		a := w.follow("shop", "ghcr.io/acme/shop:latest")
		w.wantDigest(a, digest)
		w.wantFailure(a, Failing, "502 Bad Gateway")
	})
}

func TestAPinnedDigestIsAskedFor(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "v1")
		w.pushImage("acme/shop", "v1")
		pinned := targetOf(t, "ghcr.io/acme/shop:v1@"+digest)
		pinned.Policy = "Pinned"
		a := w.followTarget("shop", pinned)
		w.wantHealthy(a, digest)
		if a.Reference != "ghcr.io/acme/shop@"+digest || a.Tag != "" {
			t.Errorf("answer %+v", a)
		}
		pinned.Image.Digest = "sha256:" + strings.Repeat("0", 64)
		w.wantFailure(w.followTarget("shop", pinned), NotFound, "digest "+pinned.Image.Digest+": MANIFEST_UNKNOWN: Unknown manifest")
	})
}
