package registry

import (
	"errors"
	"testing"

	"github.com/google/go-containerregistry/pkg/authn"
)

var errNoSecret = errors.New(`secrets "ghcr" not found`)

func TestCredentialsAreForTheHostTheyAreWrittenFor(t *testing.T) {
	pair := func(user, password string) authn.AuthConfig {
		return authn.AuthConfig{Username: user, Password: password}
	}
	for name, c := range map[string]struct {
		host, config string
		want         authn.AuthConfig
		found        bool
	}{
		"in base64":             {"ghcr.io", `{"auths":{"ghcr.io":{"auth":"dTpwOnE="}}}`, pair("u", "p:q"), true},
		"without padding":       {"ghcr.io", `{"auths":{"ghcr.io":{"auth":"dTpwOnE"}}}`, pair("u", "p:q"), true},
		"in the open":           {"ghcr.io", `{"auths":{"ghcr.io":{"username":"u","password":"p"}}}`, pair("u", "p"), true},
		"an identity token":     {"ghcr.io", `{"auths":{"ghcr.io":{"identitytoken":"i"}}}`, authn.AuthConfig{IdentityToken: "i"}, true},
		"a registry token":      {"ghcr.io", `{"auths":{"ghcr.io":{"registrytoken":"r"}}}`, authn.AuthConfig{RegistryToken: "r"}, true},
		"with an address":       {"ghcr.io", `{"auths":{"https://GHCR.io/v2/":{"username":"u","password":"p"}}}`, pair("u", "p"), true},
		"Docker Hub's address":  {"index.docker.io", `{"auths":{"https://index.docker.io/v1/":{"username":"u","password":"p"}}}`, pair("u", "p"), true},
		"Docker Hub's name":     {"index.docker.io", `{"auths":{"docker.io":{"username":"u","password":"p"}}}`, pair("u", "p"), true},
		"Docker Hub's registry": {"index.docker.io", `{"auths":{"registry-1.docker.io":{"username":"u","password":"p"}}}`, pair("u", "p"), true},
		"another host":          {"ghcr.io", `{"auths":{"ghcr.io.evil.example":{"username":"u","password":"p"}}}`, authn.AuthConfig{}, false},
		"a part of the host":    {"ghcr.io", `{"auths":{"io":{"username":"u","password":"p"}}}`, authn.AuthConfig{}, false},
		"another port":          {"ghcr.io", `{"auths":{"ghcr.io:8443":{"username":"u","password":"p"}}}`, authn.AuthConfig{}, false},
		"a part of a registry":  {"ghcr.io", `{"auths":{"ghcr.io/acme":{"username":"u","password":"p"}}}`, authn.AuthConfig{}, false},
		"nothing":               {"ghcr.io", `{}`, authn.AuthConfig{}, false},
	} {
		got, found, err := credentialsFor(c.host, []byte(c.config))
		if err != nil || got != c.want || found != c.found {
			t.Errorf("%s: %+v, %v, %v", name, got, found, err)
		}
	}
	for config, want := range map[string]string{
		`hello`:                                "no docker config in JSON",
		`{"auths":{"ghcr.io":{"auth":"%%%"}}}`: "the auth of ghcr.io is not in base64",
		`{"auths":{"ghcr.io":{"auth":"aGVsbG8="}}}`: "the auth of ghcr.io is not a user and a password",
	} {
		if _, _, err := credentialsFor("ghcr.io", []byte(config)); err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", config, err, want)
		}
	}
}
