package registry

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/authn"
)

// dockerConfig is a .dockerconfigjson.
type dockerConfig struct {
	Auths map[string]dockerAuth `json:"auths"`
}

type dockerAuth struct {
	Auth          string `json:"auth"`
	Username      string `json:"username"`
	Password      string `json:"password"`
	IdentityToken string `json:"identitytoken"`
	RegistryToken string `json:"registrytoken"`
}

// credentialsFor a host, exactly that; false when the config holds none. No error holds anything of the config's contents but
// the names of hosts.
func credentialsFor(host string, config []byte) (authn.AuthConfig, bool, error) {
	var c dockerConfig
	if err := json.Unmarshal(config, &c); err != nil {
		return authn.AuthConfig{}, false, errors.New("no docker config in JSON")
	}
	keys := make([]string, 0, len(c.Auths))
	for key := range c.Auths {
		if hostOf(key) == host {
			keys = append(keys, key)
		}
	}
	if len(keys) == 0 {
		return authn.AuthConfig{}, false, nil
	}
	key := slices.Min(keys) // Docker Hub has several names; the choice does not depend on chance.
	a, err := c.Auths[key].config()
	if err != nil {
		return authn.AuthConfig{}, false, fmt.Errorf("the auth of %s %w", key, err)
	}
	return a, true, nil
}

func (a dockerAuth) config() (authn.AuthConfig, error) {
	c := authn.AuthConfig{
		Username: a.Username, Password: a.Password, IdentityToken: a.IdentityToken, RegistryToken: a.RegistryToken,
	}
	if a.Auth == "" {
		return c, nil
	}
	pair, err := base64.RawStdEncoding.DecodeString(strings.TrimRight(a.Auth, "="))
	if err != nil {
		return c, errors.New("is not in base64")
	}
	user, password, found := strings.Cut(strings.TrimRight(string(pair), "\x00"), ":")
	if !found {
		return c, errors.New("is not a user and a password")
	}
	c.Username, c.Password = user, password
	return c, nil
}

// hostOf is the registry that a key of auths means: a host, or an address of its API as old docker clients wrote it. A key
// for a part of a registry means none here.
func hostOf(key string) string {
	key = strings.TrimPrefix(strings.TrimPrefix(key, "https://"), "http://")
	host, path, _ := strings.Cut(key, "/")
	if path = strings.Trim(path, "/"); path != "" && path != "v1" && path != "v2" {
		return ""
	}
	return canonicalHost(host)
}
