package gather

import (
	"context"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/preflight"
)

func (e eyes) sharedCluster(ctx context.Context, out *preflight.Read) {
	s := preflight.SharedClusterOf(e.platform)
	if s == nil || !e.flavours.Serves(foreign.Cluster) {
		return
	}
	u, reading := e.get(ctx, foreign.Cluster, s.Namespace, s.Name)
	c := &out.SharedCluster
	c.Reading, c.Created = reading, u.GetCreationTimestamp().Time
	c.Instances, _, _ = unstructured.NestedInt64(u.Object, "spec", "instances")
	c.ReadyInstances, _, _ = unstructured.NestedInt64(u.Object, "status", "readyInstances")
	c.Phase, _, _ = unstructured.NestedString(u.Object, "status", "phase")
	c.Archiver = archives(u)
}

// archives tells whether a plugin that is not switched off is the WAL archiver.
func archives(cluster *unstructured.Unstructured) bool {
	plugins, _, _ := unstructured.NestedSlice(cluster.Object, "spec", "plugins")
	for _, p := range plugins {
		m, _ := p.(map[string]any)
		enabled, set, _ := unstructured.NestedBool(m, "enabled")
		if archiver, _, _ := unstructured.NestedBool(m, "isWALArchiver"); archiver && (enabled || !set) {
			return true
		}
	}
	return false
}
