package image

import "strings"

// DigestOf finds the digest in what a pod or a runtime calls an image: repository@sha256:…, docker-pullable://…, or a bare
// sha256:…. Empty when there is none.
func DigestOf(s string) string {
	if i := strings.LastIndex(s, "@"); i >= 0 {
		s = s[i+1:]
	}
	s = strings.TrimPrefix(s, "docker://")
	if digestPattern.MatchString(s) {
		return s
	}
	return ""
}

// SameRepository tells whether what a pod or a runtime calls an image is of a repository, by its full name. Docker Hub is
// left out of names, and so is library/.
func SameRepository(s, name string) bool { return canonical(nameOf(s)) == canonical(name) }

// nameOf takes scheme, digest and tag away.
func nameOf(s string) string {
	if _, rest, found := strings.Cut(s, "://"); found {
		s = rest
	}
	s, _, _ = strings.Cut(s, "@")
	if i := strings.LastIndexByte(s, ':'); i > strings.LastIndexByte(s, '/') {
		s = s[:i]
	}
	return s
}

// hub are the names of Docker Hub.
var hub = []string{"docker.io/", "index.docker.io/", "registry-1.docker.io/"}

func canonical(name string) string {
	host, _, found := strings.Cut(name, "/")
	if !found || !isHost(host) {
		return "docker.io/" + officialPath(name)
	}
	for _, prefix := range hub {
		if path, cut := strings.CutPrefix(name, prefix); cut {
			return "docker.io/" + officialPath(path)
		}
	}
	return name
}

func officialPath(path string) string {
	if strings.Contains(path, "/") {
		return path
	}
	return "library/" + path
}
