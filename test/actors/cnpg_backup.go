package actors

import (
	"fmt"
	"strings"
	"time"
)

// backup runs one, if it is not done. Failed ones are never tried again.
func (c *CNPG) backup(s *scene) error {
	backup := s.object
	if backup == nil || backup.GetDeletionTimestamp() != nil {
		return nil
	}
	if phase := text(backup, "status", "phase"); phase == "completed" || phase == "failed" {
		return nil
	}
	if text(backup, "spec", "method") != "plugin" {
		return c.endBackup(s, backup, nil, "cannot proceed with the backup as the cluster has no backup section")
	}
	cluster, up := c.up(s, backup.GetNamespace(), text(backup, "spec", "cluster", "name"))
	if !up {
		_, err := s.answer(backups, backup, func(o *object) { set(o, "pending", "status", "phase") })
		return err
	}
	backup, err := c.startBackup(s, backup, cluster)
	if err != nil {
		return err
	}
	if err := s.step(); err != nil {
		return err
	}
	return c.runBackup(s, backup, cluster)
}

func (c *CNPG) startBackup(s *scene, backup, cluster *object) (*object, error) {
	if text(backup, "status", "phase") == "started" {
		return backup, nil
	}
	backup, err := s.answer(backups, backup, func(o *object) {
		set(o, "started", "status", "phase")
		set(o, "plugin", "status", "method")
		set(o, int64(17), "status", "majorVersion")
		set(o, map[string]any{
			"podName": cluster.GetName() + "-1", "ContainerID": "containerd://" + strings.Repeat("0", 64), "sessionID": string(backup.GetUID()),
		}, "status", "instanceID")
		set(o, s.now(), "status", "reconciliationStartedAt")
	})
	if err != nil {
		return nil, err
	}
	return backup, c.lastBackup(s, cluster, condition{status: "False", reason: "BackupStarted", message: "New Backup starting up"}, false)
}

// runBackup stores it, or not, as the archive of the Cluster allows.
func (c *CNPG) runBackup(s *scene, backup, cluster *object) error {
	clusterMode := s.modeOf(clusters, cluster.GetNamespace(), cluster.GetName())
	a, hasPlugin := archiveOf(cluster)
	if !hasPlugin {
		return c.endBackup(s, backup, cluster, "requested plugin is not available: "+barmanPlugin)
	}
	store := s.get(objectStores, cluster.GetNamespace(), a.store)
	if store == nil {
		return nil
	}
	switch {
	case clusterMode == WrongKey:
		return c.endBackup(s, backup, cluster, "rpc error: code = Unknown desc = exit status 4")
	case clusterMode == ObjectStoreDown:
		return c.endBackup(s, backup, cluster, "rpc error: code = Unknown desc = exit status 2")
	case a.isArchiver && !c.claim(store, a, cluster):
		return nil // stays started, without an error
	}
	if err := c.completeBackup(s, backup, cluster); err != nil {
		return err
	}
	if err := c.lastBackup(s, cluster, condition{status: "True", reason: "LastBackupSucceeded", message: "Backup was successful"}, false); err != nil {
		return err
	}
	if !a.isArchiver || clusterMode == NoArchiver {
		return nil // a base backup without WAL recovers nothing
	}
	return c.window(s, store, a, "lastSuccessfulBackupTime")
}

func (c *CNPG) completeBackup(s *scene, backup, cluster *object) error {
	now := time.Now().UTC()
	_, err := s.patchStatus(backups, backup, func(o *object) {
		for name, value := range map[string]any{
			"phase": "completed", "online": true,
			"backupId": now.Format("20060102T150405"), "backupName": "backup-" + now.Format("20060102150405"),
			"beginLSN": "0/3000028", "endLSN": "0/3000120",
			"beginWal": "000000010000000000000003", "endWal": "000000010000000000000003",
			"startedAt": timestamp(now), "stoppedAt": timestamp(now), "reconciliationTerminatedAt": timestamp(now),
			"pluginMetadata": map[string]any{
				"clusterUID": string(cluster.GetUID()), "displayName": "BarmanCloudInstance", "name": barmanPlugin,
				"pluginName": barmanPlugin, "timeline": fmt.Sprint(max(number(cluster, "status", "timelineID"), 1)), "version": "0.14.0",
			},
		} {
			set(o, value, "status", name)
		}
	})
	return err
}

// endBackup with an error; without a Cluster it failed before it reached one.
func (c *CNPG) endBackup(s *scene, backup, cluster *object, message string) error {
	_, err := s.answer(backups, backup, func(o *object) {
		set(o, "failed", "status", "phase")
		set(o, message, "status", "error")
		set(o, text(o, "spec", "method"), "status", "method")
		set(o, s.now(), "status", "reconciliationTerminatedAt")
	})
	if err != nil || cluster == nil {
		return err
	}
	if err := c.lastBackup(s, cluster, condition{status: "False", reason: "LastBackupFailed", message: message}, true); err != nil {
		return err
	}
	a, _ := archiveOf(cluster)
	if store := s.get(objectStores, cluster.GetNamespace(), a.store); store != nil {
		return c.window(s, store, a, "lastFailedBackupTime")
	}
	return nil
}

// lastBackup is the Cluster's word on it. It stays False until the next one succeeds, also when the store is back.
func (c *CNPG) lastBackup(s *scene, cluster *object, last condition, failed bool) error {
	last.kind = "LastBackupSucceeded"
	fresh := s.get(clusters, cluster.GetNamespace(), cluster.GetName())
	if fresh == nil {
		return nil
	}
	_, err := s.patchStatus(clusters, fresh, func(o *object) {
		setCondition(o, last, s.now())
		if failed {
			set(o, s.now(), "status", "lastFailedBackup")
		}
	})
	return err
}

// window is what the plugin writes into the ObjectStore after each backup. It is the only proof of one.
func (c *CNPG) window(s *scene, store *object, a archive, what string) error {
	_, err := s.patchStatus(objectStores, store, func(o *object) {
		set(o, s.now(), "status", "serverRecoveryWindow", a.server, what)
		if what == "lastSuccessfulBackupTime" && text(o, "status", "serverRecoveryWindow", a.server, "firstRecoverabilityPoint") == "" {
			set(o, s.now(), "status", "serverRecoveryWindow", a.server, "firstRecoverabilityPoint")
		}
	})
	return err
}
