package registry

import (
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"

	"github.com/afrotomation/afroapp/test/registryserver"
)

func TestARegistryThatIsNotListedIsSentNothing(t *testing.T) {
	play(t, func(w *world) {
		w.prober.Follow("shop", targetOf(t, "evil.example/acme/shop:latest"))
		// It needs no probe to say so.
		w.wantFailure(w.answer("shop"), NotAllowed, "the platform does not list the registry evil.example")
		w.prober.Soon("shop")
		w.prober.Diagnose("shop")
		w.round()
		if dials := w.network.Dials(); len(dials) != 0 {
			t.Errorf("dialled %v", dials)
		}
	})
}

func TestBeforeThePlatformIsReadNothingIsSaid(t *testing.T) {
	p := New(Options{})
	p.Follow("shop", targetOf(t, "ghcr.io/acme/shop:latest"))
	if a, ok := p.Answer("shop"); ok {
		t.Errorf("answer %+v", a)
	}
	if err := p.Configure(nil); err != nil {
		t.Fatal(err)
	}
	if a, ok := p.Answer("shop"); !ok || !a.Failure.is(NotAllowed) {
		t.Errorf("answer %+v", a)
	}
}

func TestARegistryMayComeAndGo(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		w.wantHealthy(w.follow("shop", "ghcr.io/acme/shop:latest"), digest)
		w.tells()
		w.configure()
		w.pass(time.Second)
		a := w.answer("shop")
		w.wantFailure(a, NotAllowed, "the platform does not list the registry ghcr.io")
		w.wantDigest(a, digest)
		w.wantTold("shop")
		w.ghcr.ForgetRequests()
		w.round()
		w.wantCount(w.ghcr, "", "", 0)
		w.configure(w.trusted("ghcr.io"))
		w.pass(time.Second)
		w.wantHealthy(w.answer("shop"), digest)
		w.wantTold("shop")

		w.ghcr.ForgetRequests()
		w.configure(w.trusted("ghcr.io"))
		w.pass(time.Minute)
		w.wantCount(w.ghcr, "", "", 0)
		faster := w.trusted("ghcr.io")
		faster.Interval, faster.RequestsPerSecond = 30*time.Second, 1
		w.configure(faster)
		w.pass(100 * time.Second)
		w.wantCount(w.ghcr, "HEAD", manifests, 3)
	})
}

func TestAProbeOfWhatARegistryWasIsNotBelieved(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		w.ghcr.Break(registryserver.Fault{Method: http.MethodHead, Delay: 5 * time.Second})
		w.prober.Follow("shop", targetOf(t, "ghcr.io/acme/shop:latest"))
		w.pass(2 * time.Second)
		w.configure()
		w.configure(w.trusted("ghcr.io"))
		w.pass(4 * time.Second)
		if a := w.answer("shop"); a.Digest != "" {
			t.Errorf("answer %+v", a)
		}
		w.pass(20 * time.Second)
		w.wantHealthy(w.answer("shop"), digest)
		w.wantCount(w.ghcr, "HEAD", "", 2)
	})
}

func TestASelfSignedCertificateNeedsItsBundle(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		w.configure(Registry{Host: "ghcr.io"})
		w.wantFailure(w.follow("shop", "ghcr.io/acme/shop:latest"), Unreachable, "x509: certificate signed by unknown authority")
		w.wantCount(w.ghcr, "", "", 0)
		w.configure(w.trusted("ghcr.io"))
		w.pass(20 * time.Second)
		w.wantHealthy(w.answer("shop"), digest)
	})
}

func TestACertificateForAnotherNameIsRefused(t *testing.T) {
	play(t, func(w *world) {
		w.serveAt("other.test:443", w.ghcr, true)
		w.configure(w.trusted("other.test"))
		a := w.follow("shop", "other.test/acme/shop:latest")
		if a.Failure == nil || a.Failure.Kind != Unreachable || !strings.HasPrefix(a.Failure.Message, "x509: certificate is valid for ") {
			t.Errorf("failure %+v", a.Failure)
		}
	})
}

func TestABundleWithoutACertificateIsRefused(t *testing.T) {
	play(t, func(w *world) {
		err := w.prober.Configure([]Registry{{Host: "a.example", CABundle: []byte("hello")}, {Host: "a b"}, w.trusted("ghcr.io"), w.trusted("ghcr.io")})
		want := "registry a.example: the CA bundle holds no certificate\nregistry a b: no name of a registry\nregistry ghcr.io is listed twice"
		if err == nil || err.Error() != want {
			t.Errorf("error %v", err)
		}
		digest := w.pushImage("acme/shop", "latest")
		w.wantHealthy(w.follow("shop", "ghcr.io/acme/shop:latest"), digest)
	})
}

// Names that go-containerregistry takes for local, and would ask by http.
var localNames = []string{"localhost:5000", "10.1.2.3:5000", "web.localhost:5000", "127.0.0.1:5000"}

func TestPlainHTTPIsSpokenOnlyWhereItIsAllowed(t *testing.T) {
	for _, host := range localNames {
		t.Run(host, func(t *testing.T) {
			play(t, func(w *world) {
				digest := w.pushImage("acme/shop", "latest")
				w.serveAt(host, w.ghcr, false)
				w.configure(Registry{Host: host})
				w.wantFailure(w.follow("shop", host+"/acme/shop:latest"), Unreachable, "the registry answers https with http")
				w.wantCount(w.ghcr, "", "", 0)
				w.configure() // and forgets its metrics
				w.configure(Registry{Host: host, PlainHTTP: true})
				w.pass(time.Minute)
				w.wantHealthy(w.answer("shop"), digest)
				w.wantCount(w.ghcr, "GET", "/v2/", 1)
				// And https is not tried first.
				if n := testutil.ToFloat64(w.prober.metrics.requests.WithLabelValues(host, "error")); n != 0 {
					t.Errorf("%v requests led nowhere", n)
				}
			})
		})
	}
}

func TestALocalNameIsAskedByHTTPS(t *testing.T) {
	for _, host := range []string{"localhost:5000", "10.1.2.3:5000"} {
		play(t, func(w *world) {
			for _, tag := range []string{"1.0.0", "1.1.0", "2.0.0"} {
				w.pushImage("acme/shop", tag)
			}
			w.ghcr.SetPageSize(1)
			w.serveAt(host, w.ghcr, true)
			w.configure(w.trusted(host))
			semver := targetOf(t, host+"/acme/shop:1.0.0")
			semver.Policy, semver.Range = "Semver", "1.x"
			if a := w.followTarget("shop", semver); a.Failure != nil || a.Tag != "1.1.0" {
				t.Errorf("answer %+v, %+v", a, a.Failure)
			}
		})
	}
}

func TestDockerHubHasManyNames(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("library/nginx", "1.27")
		w.serveAt("index.docker.io:443", w.ghcr, true)
		w.configure(w.trusted("docker.io"))
		for app, reference := range map[string]string{
			"short": "docker.io/nginx:1.27", "long": "docker.io/library/nginx:1.27", "index": "index.docker.io/library/nginx:1.27",
		} {
			w.wantHealthy(w.follow(app, reference), digest)
		}
	})
}

func TestARedirectTakesNoCredentialsAlong(t *testing.T) {
	for _, signIn := range []func(*registryserver.Server){
		func(s *registryserver.Server) { s.RequireBasic("u", "p") },
		func(s *registryserver.Server) { s.RequireBearer("https://ghcr.io/token", "u", "p") },
	} {
		play(t, func(w *world) {
			digest := w.pushImage("acme/shop", "latest")
			w.setSecret("ghcr", `{"auths":{"ghcr.io":{"username":"u","password":"p"}}}`)
			signIn(w.ghcr)
			// Another host asks for the credentials, and names itself as the place to exchange them at.
			stranger := registryserver.New()
			stranger.RequireBearer("https://stranger.example/token", "u", "p")
			w.serveAt("stranger.example:443", stranger, true)
			w.ghcr.Break(registryserver.Fault{Repository: "acme/shop", Redirect: "https://stranger.example"})
			shop := targetOf(t, "ghcr.io/acme/shop:latest")
			shop.Secret = "ghcr"
			w.wantFailure(w.followTarget("shop", shop), Unauthorized, "UNAUTHORIZED: authentication required")
			for _, r := range stranger.Requests() {
				if r.Authorization != "" || r.Path == "/token" {
					t.Errorf("the stranger got %+v", r)
				}
			}
			if len(stranger.Requests()) == 0 {
				t.Error("the redirect was not followed")
			}
			w.ghcr.Heal()
			w.pass(time.Minute)
			w.wantHealthy(w.answer("shop"), digest)
		})
	}
}

// The guard does not rely on those above it to leave them out.
func TestTheGuardTakesCredentialsFromARedirect(t *testing.T) {
	g := &guard{address: "ghcr.io"}
	for location, want := range map[string]string{
		"https://stranger.example/": "", "https://ghcr.io:8443/": "", "https://blobs.ghcr.io/": "",
		"https://ghcr.io/": "Basic secret", "https://GHCR.io:443/": "Basic secret",
	} {
		first, err := http.NewRequest(http.MethodGet, "https://ghcr.io/v2/acme/shop/blobs/a", nil)
		if err != nil {
			t.Fatal(err)
		}
		second, err := http.NewRequest(http.MethodGet, location, nil)
		if err != nil {
			t.Fatal(err)
		}
		second.Response = &http.Response{Request: first}
		second.Header.Set("Authorization", "Basic secret")
		sent, err := g.permit(second)
		if err != nil || sent.Header.Get("Authorization") != want {
			t.Errorf("%s was sent %q, %v", location, sent.Header.Get("Authorization"), err)
		}
	}
}

func TestAPingThatIsRedirectedNamesNoTokenServer(t *testing.T) {
	play(t, func(w *world) {
		w.setSecret("ghcr", `{"auths":{"ghcr.io":{"username":"u","password":"p"}}}`)
		stranger := registryserver.New()
		stranger.RequireBearer("https://stranger.example/token", "u", "p")
		w.serveAt("stranger.example:443", stranger, true)
		w.ghcr.Break(registryserver.Fault{Redirect: "https://stranger.example"})
		shop := targetOf(t, "ghcr.io/acme/shop:latest")
		shop.Secret = "ghcr"
		w.followTarget("shop", shop)
		for _, r := range stranger.Requests() {
			if r.Authorization != "" || r.Path == "/token" {
				t.Errorf("the stranger got %+v", r)
			}
		}
	})
}

func TestARedirectToHTTPIsNotFollowed(t *testing.T) {
	play(t, func(w *world) {
		stranger := registryserver.New()
		w.serveAt("stranger.example:80", stranger, false)
		w.pushImage("acme/shop", "latest")
		w.ghcr.Break(registryserver.Fault{Repository: "acme/shop", Redirect: "http://stranger.example"})
		w.wantFailure(w.follow("shop", "ghcr.io/acme/shop:latest"), Malformed, "a redirect from https to http is not followed")
		w.wantCount(stranger, "", "", 0)
	})
}

func TestATokenServerIsHTTPS(t *testing.T) {
	play(t, func(w *world) {
		stranger := registryserver.New()
		w.serveAt("tokens.example:80", stranger, false)
		w.ghcr.RequireBearer("http://tokens.example/token", "", "")
		a := w.follow("shop", "ghcr.io/acme/shop:latest")
		if a.Failure == nil || a.Failure.Kind != Malformed || !strings.Contains(a.Failure.Message, `realm scheme "http" not allowed`) {
			t.Errorf("failure %+v", a.Failure)
		}
		w.wantCount(stranger, "", "", 0)
	})
}

func TestAnIdentityTokenIsNotSentOn(t *testing.T) {
	play(t, func(w *world) {
		w.setSecret("ghcr", `{"auths":{"ghcr.io":{"identitytoken":"secret"}}}`)
		stranger := registryserver.New()
		w.serveAt("stranger.example:443", stranger, true)
		w.ghcr.RequireBearer("https://ghcr.io/token", "u", "p")
		w.ghcr.Break(registryserver.Fault{Method: http.MethodPost, Part: "/token", Redirect: "https://stranger.example"})
		shop := targetOf(t, "ghcr.io/acme/shop:latest")
		shop.Secret = "ghcr"
		w.wantFailure(w.followTarget("shop", shop), Malformed, "a redirect of a token request to another host is not followed")
		w.wantCount(stranger, "", "", 0)
	})
}
