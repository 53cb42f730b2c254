package registry

import (
	"testing"
	"time"

	"github.com/afrotomation/afroapp/test/registryserver"
)

const ghcrSecret = `{"auths":{"ghcr.io":{"username":"u","password":"p"},"other.example":{"username":"o","password":"q"}}}`

func (w *world) withSecret(reference, secret string) Target {
	t := targetOf(w.T, reference)
	t.Secret = secret
	return t
}

func TestATokenIsKeptBetweenProbes(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		w.setSecret("ghcr", ghcrSecret)
		w.ghcr.RequireBearer("https://ghcr.io/token", "u", "p")
		w.wantHealthy(w.followTarget("shop", w.withSecret("ghcr.io/acme/shop:latest", "ghcr")), digest)
		for range 5 {
			w.round()
		}
		w.wantCount(w.ghcr, "", "/token", 1)
		w.wantCount(w.ghcr, "GET", "/v2/", 1)
		w.ghcr.ExpireTokens()
		w.round()
		w.wantHealthy(w.answer("shop"), digest)
		w.wantCount(w.ghcr, "", "/token", 2)
	})
}

func TestCredentialsComeFromTheSecretAndGoToTheirHost(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		third := w.serve("third.example")
		third.RequireBasic("o", "q")
		w.configure(w.trusted("ghcr.io"), w.trusted("third.example"))
		w.ghcr.RequireBasic("u", "p")
		w.setSecret("ghcr", ghcrSecret)
		w.wantFailure(w.follow("anonymous", "ghcr.io/acme/shop:latest"), Unauthorized, "UNAUTHORIZED: authentication required")
		w.wantHealthy(w.followTarget("shop", w.withSecret("ghcr.io/acme/shop:latest", "ghcr")), digest)
		w.wantFailure(w.followTarget("third", w.withSecret("third.example/acme/shop:latest", "ghcr")), Unauthorized,
			"UNAUTHORIZED: authentication required; Secret ghcr holds nothing for third.example")
		for _, r := range third.Requests() {
			if r.Authorization != "" {
				t.Errorf("the third got %+v", r)
			}
		}
	})
}

func TestASecretThatCannotBeUsedIsAFailure(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		w.wantFailure(w.followTarget("shop", w.withSecret("ghcr.io/acme/shop:latest", "ghcr")), CredentialsMissing,
			`Secret ghcr: secrets "ghcr" not found`)
		w.setSecret("bad", "hello")
		w.wantFailure(w.followTarget("bad", w.withSecret("ghcr.io/acme/shop:latest", "bad")), CredentialsMissing,
			"Secret bad: no docker config in JSON")
		w.wantCount(w.ghcr, "", "", 0)
		w.setSecret("ghcr", ghcrSecret)
		w.pass(time.Minute)
		w.wantHealthy(w.answer("shop"), digest)
	})
}

// The Secret of a fleet is missing: it is looked for once, not once for each app.
func TestAMissingSecretIsLookedForOnce(t *testing.T) {
	play(t, func(w *world) {
		for _, app := range []string{"a", "b", "c", "d", "e"} {
			w.prober.Follow(app, w.withSecret("ghcr.io/acme/"+app+":latest", "ghcr"))
		}
		w.pass(time.Second)
		if n := w.readings(); n != 1 {
			t.Errorf("the Secret was read %d times for five apps", n)
		}
	})
}

func TestARefusalHasTheSecretReadAgainOnce(t *testing.T) {
	play(t, func(w *world) {
		digest := w.pushImage("acme/shop", "latest")
		w.setSecret("ghcr", ghcrSecret)
		w.ghcr.RequireBasic("u", "p")
		w.wantHealthy(w.followTarget("shop", w.withSecret("ghcr.io/acme/shop:latest", "ghcr")), digest)
		w.tells()
		// The password changes on both sides, and nobody notices.
		w.ghcr.RequireBasic("u", "new")
		w.setSecret("ghcr", `{"auths":{"ghcr.io":{"username":"u","password":"new"}}}`)
		w.round()
		w.wantHealthy(w.answer("shop"), digest)
		w.wantTold()
		// It changes at the registry only: one reading, no further try.
		w.ghcr.RequireBasic("u", "newer")
		w.ghcr.ForgetRequests()
		w.readings()
		w.round()
		w.wantFailure(w.answer("shop"), Unauthorized, "UNAUTHORIZED: authentication required")
		if reads, probes := w.readings(), w.ghcr.Count("HEAD", manifests); reads > probes || probes > 6 {
			t.Errorf("the Secret was read %d times in %d probes", reads, probes)
		}
	})
}

func TestASecretIsReadAgainAtTheLatestAfterTenMinutes(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		w.setSecret("ghcr", ghcrSecret)
		w.ghcr.RequireBearer("https://ghcr.io/token", "u", "p")
		w.followTarget("shop", w.withSecret("ghcr.io/acme/shop:latest", "ghcr"))
		w.pass(62 * time.Minute)
		if n := w.readings(); n < 5 || n > 7 {
			t.Errorf("the Secret was read %d times in an hour", n)
		}
		// What did not change keeps its token.
		w.wantCount(w.ghcr, "", "/token", 1)
	})
}

func TestATokenServerThatRefuses(t *testing.T) {
	play(t, func(w *world) {
		w.pushImage("acme/shop", "latest")
		w.ghcr.RequireBearer("https://ghcr.io/token", "u", "p")
		w.wantFailure(w.follow("shop", "ghcr.io/acme/shop:latest"), Unauthorized, "DENIED: denied")
		w.ghcr.Break(registryserver.Fault{Part: "/token", Status: 400, Body: `{"error":"invalid_scope"}`})
		w.wantFailure(w.follow("other", "ghcr.io/acme/other:latest"), Unauthorized, "the token server: 400 Bad Request")
	})
}
