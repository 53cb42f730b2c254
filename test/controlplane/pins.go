package controlplane

import "github.com/afrotomation/afroapp/test/pinned"

const (
	etcd              = "etcd"
	kubeAPIServer     = "kube-apiserver"
	kubeControllerMgr = "kube-controller-manager"
)

// KubernetesStamps make a command of Kubernetes report its version.
var KubernetesStamps = []string{
	"k8s.io/component-base/version.gitVersion={version}",
	"k8s.io/component-base/version.gitMajor={major}",
	"k8s.io/component-base/version.gitMinor={minor}",
}

var pinnedPrograms = []pinned.Program{
	{
		Name: etcd, Wrapper: "etcd", Takes: "about 10 seconds",
		Module: "go.etcd.io/etcd/server/v3", Package: "go.etcd.io/etcd/server/v3",
	},
	{
		Name: kubeAPIServer, Wrapper: "kubernetes", Takes: "about 4 minutes",
		Module: "k8s.io/kubernetes", Package: "k8s.io/kubernetes/cmd/kube-apiserver", Stamps: KubernetesStamps,
	},
	{
		Name: kubeControllerMgr, Wrapper: "kubernetes", Takes: "about 1 minute",
		Module: "k8s.io/kubernetes", Package: "k8s.io/kubernetes/cmd/kube-controller-manager", Stamps: KubernetesStamps,
	},
}
