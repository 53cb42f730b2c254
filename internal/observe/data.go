package observe

import (
	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// dataLane is the way of a row from the database to a restore. Without backups it ends at the database.
func (l lens) dataLane() []step {
	cluster := l.cluster()
	lane := []step{l.dataStep(v1alpha1.HopCluster, cluster), l.dataStep(v1alpha1.HopDatabase, l.databaseHop(cluster))}
	if !l.data.backup {
		return lane
	}
	wal, base := l.wal(cluster), l.baseBackup(cluster)
	return append(lane, l.dataStep(v1alpha1.HopWAL, wal), l.dataStep(v1alpha1.HopBaseBackup, base),
		l.dataStep(v1alpha1.HopRecoverable, l.recoverable(wal, base)),
		l.dataStep(v1alpha1.HopRestoreVerified, notProbed("this version rehearses no restore")))
}

func (l lens) dataStep(name string, v verdict) step { return step{v1alpha1.LaneData, name, v} }

func (l lens) shared() bool { return l.data.mode == v1alpha1.DatabaseShared }

// clusterName is namespace/name of the Cluster, as far as it is known.
func (l lens) clusterName() string {
	if c := l.Children.Cluster; c != nil {
		return c.Namespace + "/" + c.Name
	}
	if l.data.cluster == "" {
		return "of the app"
	}
	return l.data.namespace + "/" + l.data.cluster
}
