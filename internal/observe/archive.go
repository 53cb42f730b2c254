package observe

import (
	"regexp"

	cnpgv1 "github.com/cloudnative-pg/api/pkg/api/v1"
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// wal tells whether WAL reaches the object store. The Cluster says so also when nothing archives at all, so the archiver in
// its spec is looked at first.
func (l lens) wal(cluster verdict) verdict {
	if v, bad := l.blocked(v1alpha1.HopWAL); bad {
		return v
	}
	c := l.Children.Cluster
	if c == nil {
		return l.archiveUnseen(cluster)
	}
	if archiver(c) == nil && !inTree(c) {
		return stuck(v1alpha1.ReasonNoArchiver, "no plugin of the Cluster "+l.clusterName()+" archives WAL, whatever its condition ContinuousArchiving says",
			"set isWALArchiver: true at the plugin "+foreign.BarmanPlugin+" in spec.plugins of the Cluster; its instances restart")
	}
	a := meta.FindStatusCondition(c.Status.Conditions, string(cnpgv1.ConditionContinuousArchiving))
	switch {
	case a != nil && a.Status == metav1.ConditionTrue:
		return passed()
	case a != nil && a.Status == metav1.ConditionFalse:
		return l.archivingFails(a.Message)
	case !cluster.passed():
		return behind(v1alpha1.HopCluster)
	}
	return waits(v1alpha1.ReasonNotYetReported, "no WAL was archived yet").
		orElse(archiveGrace, v1alpha1.ReasonArchivingFailing, "no WAL was archived", "see the log of the container plugin-barman-cloud in the primary's pod")
}

// archiveUnseen is the verdict on an archive whose Cluster cannot be read.
func (l lens) archiveUnseen(cluster verdict) verdict {
	if !l.shared() || !cluster.passed() {
		return behind(v1alpha1.HopCluster)
	}
	return unknown("the shared Cluster "+l.clusterName()+" is not managed by the AfroPlatform, and cannot be read: its archive cannot be judged",
		"let the operator read Clusters and ObjectStores in its namespace, or let the AfroPlatform manage it")
}

// inTree tells whether the Cluster archives without the plugin, as before CloudNativePG 1.26.
func inTree(c *cnpgv1.Cluster) bool {
	return c.Spec.Backup != nil && c.Spec.Backup.BarmanObjectStore != nil
}

var exitStatus = regexp.MustCompile(`exit status ([0-9]+)`)

// archivingFails translates barman's exit status: the cause itself is only in the log of the sidecar.
func (l lens) archivingFails(message string) verdict {
	const sidecar = "; the cause is in the log of the container plugin-barman-cloud in the primary's pod"
	code := ""
	if m := exitStatus.FindStringSubmatch(message); m != nil {
		code = m[1]
	}
	switch w := l.window(); {
	case code == "4":
		return stuck(v1alpha1.ReasonArchivingFailing, "WAL archiving: barman ended with exit status 4: the object store refuses, most often the key or the region",
			"check the key, its rights, the bucket and the region in the ObjectStore and its Secret; running instances see another region only when they are restarted"+sidecar)
	case code == "2":
		return stuck(v1alpha1.ReasonArchivingFailing, "WAL archiving: barman ended with exit status 2: the object store cannot be reached",
			"check the endpoint and the network; WAL piles up on the volume meanwhile"+sidecar)
	case code == "1" && born(l.Children.Cluster) && (w == nil || w.FirstRecoverabilityPoint == nil):
		return stuck(v1alpha1.ReasonArchivingFailing, "WAL archiving: barman ended with exit status 1: the archive's folder was already used by another database",
			"give the Cluster a serverName that was never used, or empty the folder in the bucket if nobody needs it"+sidecar)
	case code == "":
		text := "WAL archiving: " + quote(message)
		return waits(v1alpha1.ReasonProgressing, text).orElse(archiveGrace, v1alpha1.ReasonArchivingFailing, text, "see whether the Barman Cloud plugin runs"+sidecar)
	}
	return stuck(v1alpha1.ReasonArchivingFailing, "WAL archiving: "+quote(message), "see what barman says"+sidecar)
}

// born tells whether the Cluster began empty: only then does barman insist on an empty folder.
func born(c *cnpgv1.Cluster) bool {
	return c.Spec.Bootstrap == nil || c.Spec.Bootstrap.Recovery == nil
}
