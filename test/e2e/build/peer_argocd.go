package build

import (
	"path/filepath"

	"github.com/afrotomation/afroapp/test/pinned"
)

// argocd is the application controller, the repo server and Debian's redis, in upstream's pods. Its server, the UI, dex,
// notifications and ApplicationSets are left out: no promise of ours rests on them.
var argocd = Peer{
	Name: "argocd",
	Programs: []pinned.Program{
		own("argocd", "github.com/argoproj/argo-cd/v3", "2 min"),
		wrapped("helm", "helm.sh/helm/v4", "/cmd/helm", "1 min"),
		wrapped("kustomize", "sigs.k8s.io/kustomize/kustomize/v5", "", "10 s"),
	},
	Images: func(s Sources) ([]Image, error) {
		const bin = "/usr/local/bin/"
		source := s.Module("argocd")
		entries := []Entry{
			{Path: bin + "argocd", From: "{argocd}"}, {Path: bin + "helm", From: "{helm}"}, {Path: bin + "kustomize", From: "{kustomize}"},
			{Path: bin + "entrypoint.sh", From: filepath.Join(source, "entrypoint.sh")},
			{Path: bin + "gpg-wrapper.sh", From: filepath.Join(source, "hack/gpg-wrapper.sh")},
			{Path: bin + "git-verify-wrapper.sh", From: filepath.Join(source, "hack/git-verify-wrapper.sh")},
			{Path: "/home/argocd", UID: 999}, {Path: "/app/config/ssh"}, {Path: "/app/config/tls"}, {Path: "/app/config/gpg/source"},
			{Path: "/app/config/gpg/keys", UID: 999, Mode: 0o700},
		}
		for _, name := range []string{"application-controller", "repo-server", "cmp-server"} {
			entries = append(entries, Entry{Path: bin + "argocd-" + name, Link: bin + "argocd"})
		}
		return []Image{
			{
				Names: []string{"quay.io/argoproj/argocd:v3.5.7"}, Root: &git, Entries: entries, User: "999",
				Env: []string{"USER=argocd", "HOME=/home/argocd", "GRPC_ENABLE_TXT_SERVICE_CONFIG=false"}, Entrypoint: []string{"/usr/bin/tini", "--"},
			},
			{Names: []string{"docker.io/library/redis:debian-trixie"}, Root: &redis, User: "999", Entrypoint: []string{"redis-server"}},
		}, nil
	},
	Upstream: map[string]string{"manifests": "upstream"},
}

var git = Root{
	Name: "git", Packages: []string{"git", "tini", "ca-certificates", "gpg", "gpg-agent", "tzdata", "openssh-client"},
	Hooks: []string{`--customize-hook=echo argocd:x:999: >> "$1/etc/group"; echo argocd:x:999:999::/home/argocd:/bin/sh >> "$1/etc/passwd"`},
}

var redis = Root{Name: "redis", Packages: []string{"redis-server"}}
