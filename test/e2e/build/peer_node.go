package build

import (
	"github.com/afrotomation/afroapp/test/controlplane"
	"github.com/afrotomation/afroapp/test/pinned"
)

// machine is what makes a node, beside Debian's containerd and runc. Its pins are those of the tests' control plane.
var machine = Peer{
	Name: "node",
	Programs: []pinned.Program{
		kubernetes("kubelet", "20 s"),
		kubernetes("kube-apiserver", "4 min"),
		kubernetes("kube-controller-manager", "1 min"),
		kubernetes("kube-scheduler", "10 s"),
		kubernetes("kube-proxy", "10 s"),
		kubernetes("kubectl", "20 s"),
		{Name: "etcd", Wrapper: "controlplane/etcd", Module: "go.etcd.io/etcd/server/v3", Package: "go.etcd.io/etcd/server/v3", Takes: "10 s"},
		wrapped("registry", "github.com/distribution/distribution/v3", "/cmd/registry", "40 s"),
		wrapped("versitygw", "github.com/versity/versitygw", "/cmd/versitygw", "40 s"),
		wrapped("pebble", "github.com/letsencrypt/pebble/v2", "/cmd/pebble", "10 s"),
		own("app", "github.com/jackc/pgx/v5", "10 s"),
	},
	Images: func(Sources) ([]Image, error) {
		return []Image{{
			Names:   []string{"registry.k8s.io/pause:lab"},
			Entries: []Entry{{Path: "/app", From: "{app}"}}, Entrypoint: []string{"/app", "pause"}, User: "65535:65535",
		}}, nil
	},
}

func kubernetes(name, takes string) pinned.Program {
	return pinned.Program{
		Name: name, Wrapper: "controlplane/kubernetes", Module: "k8s.io/kubernetes", Package: "k8s.io/kubernetes/cmd/" + name,
		Stamps: controlplane.KubernetesStamps, Takes: takes,
	}
}

// wrapped is a command of a module, pinned in the folder of its name.
func wrapped(name, module, command, takes string, stamps ...string) pinned.Program {
	return pinned.Program{Name: name, Wrapper: "e2e/modules/" + name, Module: module, Package: module + command, Stamps: stamps, Takes: takes}
}

// own is a command whose main is in the wrapper.
func own(name, module, takes string) pinned.Program {
	return pinned.Program{Name: name, Wrapper: "e2e/modules/" + name, Module: module, Package: ".", Takes: takes}
}
