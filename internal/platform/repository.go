package platform

import (
	"path"
	"strings"
)

// SameRepository compares two repository URLs by host and path alone, in any case. Argo CD tells https from ssh; here a second
// way to reach a repository must not be a second repository, with other grants.
func SameRepository(a, b string) bool { return canonicalRepository(a) == canonicalRepository(b) }

var defaultPorts = map[string]string{"https": ":443", "http": ":80", "ssh": ":22"}

// canonicalRepository is host and path. Example: github.com/acme/infra for git@GitHub.com:Acme/infra.git.
func canonicalRepository(u string) string {
	scheme, rest, isURL := strings.Cut(strings.ToLower(u), "://")
	if !isURL {
		rest = strings.Replace(scheme, ":", "/", 1)
	}
	host, folder, _ := strings.Cut(rest, "/")
	host = host[strings.LastIndex(host, "@")+1:]
	host = strings.TrimSuffix(strings.TrimSuffix(host, defaultPorts[scheme]), ".")
	return host + strings.TrimSuffix(path.Clean("/"+folder), ".git")
}
