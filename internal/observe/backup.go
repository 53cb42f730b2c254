package observe

import (
	"k8s.io/apimachinery/pkg/api/meta"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// baseBackup tells whether a base backup is stored. The recovery window appears only with one.
func (l lens) baseBackup(cluster verdict) verdict {
	if v, bad := l.blocked(v1alpha1.HopBaseBackup); bad {
		return v
	}
	switch {
	case l.Children.Cluster == nil:
		return l.archiveUnseen(cluster)
	case l.Children.ObjectStore == nil && inTree(l.Children.Cluster):
		return unknown("the Cluster "+l.clusterName()+" keeps its backups without the Barman Cloud plugin, which this version does not look at", "move it to the plugin, or check its backups by hand")
	case l.Children.ObjectStore == nil && !cluster.passed():
		return behind(v1alpha1.HopCluster)
	case l.Children.ObjectStore == nil:
		return l.absent("ObjectStore", v1alpha1.ReasonNoBaseBackup, "create the ObjectStore that the plugin of the Cluster "+l.clusterName()+" names")
	}
	w := l.window()
	if w == nil {
		w = &foreign.BarmanRecoveryWindow{}
	}
	if v, bad := l.failedBackup(w); bad {
		return v
	}
	if w.LastSuccessfulBackupTime == nil {
		return l.noBackupYet(cluster)
	}
	return l.scheduled(w)
}

// failedBackup is told by the window of the ObjectStore, or by the Cluster alone: a Backup that fails before the plugin has
// begun leaves nothing in the window. So does the first one after backups were turned on for a Cluster that ran already, which
// comes before its instances have the plugin.
func (l lens) failedBackup(w *foreign.BarmanRecoveryWindow) (verdict, bool) {
	failed, text := w.LastFailedBackupTime, "the last base backup failed"
	if c := meta.FindStatusCondition(l.Children.Cluster.Status.Conditions, "LastBackupSucceeded"); c != nil &&
		c.Status == metav1.ConditionFalse && c.Reason == "LastBackupFailed" && (failed == nil || c.LastTransitionTime.After(failed.Time)) {
		failed, text = &c.LastTransitionTime, text+": "+quote(c.Message)
	}
	if failed == nil || w.LastSuccessfulBackupTime != nil && !failed.After(w.LastSuccessfulBackupTime.Time) {
		return verdict{}, false
	}
	return stuck(v1alpha1.ReasonBackupFailed, text,
		"mend the cause (see hop WAL, and the newest Backup of the Cluster "+l.clusterName()+"), then create a Backup: a failed one is not tried again before its next slot"), true
}

func (l lens) noBackupYet(cluster verdict) verdict {
	if !cluster.passed() {
		return behind(v1alpha1.HopCluster)
	}
	return waits(v1alpha1.ReasonNoBaseBackup, "no base backup is stored yet").
		orElse(backupGrace, v1alpha1.ReasonNoBaseBackup, "no base backup is stored",
			"see the Backups of the Cluster "+l.clusterName()+": one that stays started blocks those behind it; it waits for WAL that does not reach the object store")
}

// scheduled looks for a schedule that stands still: a Backup that never ends blocks it without a word.
func (l lens) scheduled(w *foreign.BarmanRecoveryWindow) verdict {
	s := l.Children.ScheduledBackup
	if s == nil || s.Status.NextScheduleTime == nil {
		return passed()
	}
	next := s.Status.NextScheduleTime.Time
	if w.LastSuccessfulBackupTime.After(next) {
		return passed()
	}
	if due := next.Add(backupGrace); l.Now.Before(due) {
		return passed().lookAgain(due)
	}
	return stuck(v1alpha1.ReasonNoBaseBackup, "no base backup was taken at the last scheduled time",
		"see the ScheduledBackup and the Backups of the Cluster "+l.clusterName()+": one that never ends blocks those behind it")
}

// recoverable tells whether the object store holds what a restore needs: a point to begin with, and WAL from there on.
func (l lens) recoverable(wal, base verdict) verdict {
	w := l.window()
	switch {
	case !wal.passed():
		return behind(v1alpha1.HopWAL)
	case w != nil && w.FirstRecoverabilityPoint != nil:
		return passed()
	case !base.passed():
		return behind(v1alpha1.HopBaseBackup)
	}
	return waits(v1alpha1.ReasonProgressing, "the object store names no point that can be restored yet").
		orElse(backupGrace, v1alpha1.ReasonNotRecoverable, "the object store names no point that can be restored",
			"see status.serverRecoveryWindow of the ObjectStore, and the log of the container plugin-barman-cloud")
}

// window is what can be restored of the database. Nil: nothing, or it cannot be told.
func (l lens) window() *foreign.BarmanRecoveryWindow {
	store := l.Children.ObjectStore
	if store == nil || l.data == nil {
		return nil
	}
	w, ok := store.Status.ServerRecoveryWindow[l.serverName()]
	if !ok {
		return nil
	}
	return &w
}

// serverName is the folder of the archive: what the plugin was told, or the name of the Cluster.
func (l lens) serverName() string {
	c := l.Children.Cluster
	if c == nil {
		if was := l.App.Status.Database; was != nil {
			return was.ServerName
		}
		return ""
	}
	for _, p := range c.Spec.Plugins {
		if p.Name == foreign.BarmanPlugin && p.Parameters["serverName"] != "" {
			return p.Parameters["serverName"]
		}
	}
	return c.Name
}
