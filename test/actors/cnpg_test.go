package actors_test

import (
	"encoding/base64"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/test/actors"
)

const (
	objectStore = `
apiVersion: barmancloud.cnpg.io/v1
kind: ObjectStore
metadata: {name: pg}
spec:
  retentionPolicy: 14d
  configuration:
    destinationPath: s3://bucket/cnpg/%s
    endpointURL: https://s3.example.com
    s3Credentials: {accessKeyId: {name: b2, key: ACCESS_KEY_ID}, secretAccessKey: {name: b2, key: ACCESS_SECRET_KEY}}
    wal: {compression: zstd}
`
	cluster = `
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: pg}
spec:
  instances: 1
  storage: {size: 1Gi}
  plugins: [{name: barman-cloud.cloudnative-pg.io, isWALArchiver: true, parameters: {barmanObjectName: pg, serverName: pg-1}}]
`
	schedule = `
apiVersion: postgresql.cnpg.io/v1
kind: ScheduledBackup
metadata: {name: pg-daily}
spec:
  schedule: "0 17 3 * * *"
  immediate: true
  backupOwnerReference: self
  cluster: {name: pg}
  method: plugin
  pluginConfiguration: {name: barman-cloud.cloudnative-pg.io}
`
	role = `
apiVersion: v1
kind: Secret
type: kubernetes.io/basic-auth
metadata: {name: app-pg}
stringData: {username: app_x, password: secret}
---
apiVersion: postgresql.cnpg.io/v1
kind: DatabaseRole
metadata: {name: app}
spec: {cluster: {name: pg}, name: app_x, login: true, passwordSecret: {name: app-pg}, databaseRoleReclaimPolicy: retain}
`
	database = `
apiVersion: postgresql.cnpg.io/v1
kind: Database
metadata: {name: app}
spec: {cluster: {name: pg}, name: app_x, owner: app_x, databaseReclaimPolicy: retain, extensions: [{name: pgcrypto, ensure: present}]}
`
)

const healthyPhase = "Cluster in healthy state"

func cnpgStage(t *testing.T, name string) (*actors.CNPG, string) {
	t.Helper()
	c := actors.NewCNPG(config, actors.CNPGOptions{})
	return c, stageIn(t, name)
}

func awaitBackup(t *testing.T, ns, phase string) *unstructured.Unstructured {
	t.Helper()
	var seen []string
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		list, err := of("Backup", ns).List(t.Context(), listAll)
		if err != nil {
			t.Fatal(err)
		}
		for i := range list.Items {
			if get(&list.Items[i], "status", "phase") == phase {
				return &list.Items[i]
			}
			seen = append(seen, dump(&list.Items[i]))
		}
	}
	t.Fatalf("no Backup is ever %s; the last was:\n%s", phase, seen[max(0, len(seen)-1):])
	return nil
}

func TestCNPGBringsUpACluster(t *testing.T) {
	c, ns := cnpgStage(t, "cnpg-right")
	play(t, c)
	tape := record(t, "Cluster", ns, "pg")
	apply(t, ns, fmt.Sprintf(objectStore, ns))
	apply(t, ns, strings.Replace(cluster, "instances: 1", "instances: 3", 1))
	phase := func(o *unstructured.Unstructured) string {
		return fmt.Sprint(get(o, "status", "phase"), " ", get(o, "status", "readyInstances"), " ", conditionOf(o, "Ready")["status"])
	}
	sameSteps(t, tape.until(t, phase, healthyPhase+" 3 True"), []string{
		"<nil> <nil> <nil>",
		"Setting up primary <nil> <nil>",
		"Waiting for the instances to become active <nil> False",
		"Waiting for the instances to become active 1 False",
		"Creating a new replica 2 False",
		"Creating a new replica 3 False",
		healthyPhase + " 3 True",
	})
	up := fetch(t, "Cluster", ns, "pg")
	managedBy(t, up, "manager Update status")
	asRecorded(t, up, "cnpg/healthy-1-cluster.yaml")
	holds(t, up, `
status:
  currentPrimary: pg-1
  targetPrimary: pg-1
  instanceNames: [pg-1, pg-2, pg-3]
  instancesStatus: {healthy: [pg-1, pg-2, pg-3]}
  readService: pg-r
  writeService: pg-rw
  timelineID: 1
  pluginStatus: [{name: barman-cloud.cloudnative-pg.io, version: 0.14.0}]
`)
	for kind, want := range map[string]string{
		"Initialized":         "{status: 'True', reason: BootstrapCompleted, message: Cluster has been bootstrapped}",
		"ConsistentSystemID":  "{status: 'True', reason: Unique, message: 'A single, unique system ID was found across reporting instances.'}",
		"Ready":               "{status: 'True', reason: ClusterIsReady, message: Cluster is Ready}",
		"ContinuousArchiving": "{status: 'True', reason: ContinuousArchivingSuccess, message: Continuous archiving is working}",
	} {
		holds(t, &unstructured.Unstructured{Object: conditionOf(up, kind)}, want)
	}
	secret := await(t, "Secret", ns, "pg-app", "made", func(*unstructured.Unstructured) bool { return true })
	data, _, _ := unstructured.NestedStringMap(secret.Object, "data")
	for _, key := range []string{"dbname", "fqdn-jdbc-uri", "fqdn-uri", "host", "jdbc-uri", "password", "pgpass", "port", "uri", "user", "username"} {
		if value, err := base64.StdEncoding.DecodeString(data[key]); err != nil || len(value) == 0 {
			t.Errorf("%s-app has no %s", "pg", key)
		}
	}
	stays(t, "Cluster", ns, "pg", 200*time.Millisecond)
}

func TestCNPGTakesABackup(t *testing.T) {
	c, ns := cnpgStage(t, "cnpg-backup")
	play(t, c)
	apply(t, ns, fmt.Sprintf(objectStore, ns))
	apply(t, ns, cluster)
	apply(t, ns, schedule) // at once: the Backup waits for the Cluster
	backup := awaitBackup(t, ns, "completed")
	holds(t, backup, `
metadata: {labels: {cnpg.io/scheduled-backup: pg-daily, cnpg.io/immediateBackup: "true", cnpg.io/cluster: pg}, ownerReferences: [{kind: ScheduledBackup, name: pg-daily}]}
spec: {method: plugin, cluster: {name: pg}, pluginConfiguration: {name: barman-cloud.cloudnative-pg.io}}
status: {method: plugin, backupId: "*", endWal: "*", stoppedAt: "*", instanceID: {podName: pg-1}, pluginMetadata: {name: barman-cloud.cloudnative-pg.io, version: 0.14.0, timeline: "1"}}
`)
	asRecorded(t, backup, "cnpg/healthy-4-backup.yaml")
	store := await(t, "ObjectStore", ns, "pg", "with a window", func(o *unstructured.Unstructured) bool { return get(o, "status") != nil })
	asRecorded(t, store, "cnpg/healthy.objectstore.yaml")
	holds(t, store, `status: {serverRecoveryWindow: {pg-1: {firstRecoverabilityPoint: "*", lastSuccessfulBackupTime: "*"}}}`)
	await(t, "Cluster", ns, "pg", "backed up", condition("LastBackupSucceeded", "True", "LastBackupSucceeded"))
	scheduled := fetch(t, "ScheduledBackup", ns, "pg-daily")
	holds(t, scheduled, `status: {lastCheckTime: "*", lastScheduleTime: "*"}`)
	next, err := time.Parse(time.RFC3339, get(scheduled, "status", "nextScheduleTime").(string))
	if err != nil || next.Format("15:04:05") != "03:17:00" || time.Until(next) > 24*time.Hour || time.Until(next) < 0 {
		t.Errorf("the next backup is at %v, want the next 03:17:00: %v", next, err)
	}
	list, err := of("Backup", ns).List(t.Context(), listAll)
	if err != nil || len(list.Items) != 1 {
		t.Errorf("%d Backups, want one: %v", len(list.Items), err)
	}

	t.Run("the first point of recovery stays", func(t *testing.T) {
		apply(t, ns, `{apiVersion: postgresql.cnpg.io/v1, kind: Backup, metadata: {name: again}, spec: {cluster: {name: pg}, method: plugin, pluginConfiguration: {name: barman-cloud.cloudnative-pg.io}}}`)
		await(t, "Backup", ns, "again", "completed", is("completed", "status", "phase"))
		if after := fetch(t, "ObjectStore", ns, "pg"); get(after, "status", "serverRecoveryWindow", "pg-1", "firstRecoverabilityPoint") != get(store, "status", "serverRecoveryWindow", "pg-1", "firstRecoverabilityPoint") {
			t.Error("it moved")
		}
	})
	t.Run("a Cluster is recovered from it", func(t *testing.T) {
		recovered := `
apiVersion: postgresql.cnpg.io/v1
kind: Cluster
metadata: {name: %s}
spec:
  instances: 1
  storage: {size: 1Gi}
  bootstrap: {recovery: {source: origin, database: app, owner: app}}
  externalClusters: [{name: origin, plugin: {name: barman-cloud.cloudnative-pg.io, parameters: {barmanObjectName: pg, serverName: %s}}}]
`
		apply(t, ns, fmt.Sprintf(recovered, "restored", "pg-1"))
		restored := await(t, "Cluster", ns, "restored", "healthy", is(healthyPhase, "status", "phase"))
		holds(t, restored, "status: {timelineID: 2}")
		asRecorded(t, restored, "cnpg/healthy-5-recovered.yaml#pgr")
		if c := conditionOf(restored, "ContinuousArchiving"); c["status"] != "True" {
			t.Errorf("a Cluster without an archiver says %v", c)
		}
		apply(t, ns, fmt.Sprintf(recovered, "nothing", "nobody"))
		await(t, "Cluster", ns, "nothing", "setting up", is("Setting up primary", "status", "phase"))
		stays(t, "Cluster", ns, "nothing", 200*time.Millisecond)
	})
	t.Run("no second Cluster archives to the same place", func(t *testing.T) {
		apply(t, ns, strings.Replace(cluster, "{name: pg}", "{name: reborn}", 1))
		reborn := await(t, "Cluster", ns, "reborn", "healthy", is(healthyPhase, "status", "phase"))
		holds(t, &unstructured.Unstructured{Object: conditionOf(reborn, "ContinuousArchiving")},
			"{status: 'False', reason: ContinuousArchivingFailing, message: 'rpc error: code = Unknown desc = unexpected failure invoking barman-cloud-wal-archive: exit status 1'}")
		apply(t, ns, `{apiVersion: postgresql.cnpg.io/v1, kind: Backup, metadata: {name: on-reborn}, spec: {cluster: {name: reborn}, method: plugin, pluginConfiguration: {name: barman-cloud.cloudnative-pg.io}}}`)
		await(t, "Backup", ns, "on-reborn", "started", is("started", "status", "phase"))
		asRecorded(t, stays(t, "Backup", ns, "on-reborn", 200*time.Millisecond), "cnpg/expected-empty-archive.backup.yaml")
		asRecorded(t, fetch(t, "Cluster", ns, "reborn"), "cnpg/expected-empty-archive.cluster.yaml")
		holds(t, &unstructured.Unstructured{Object: conditionOf(fetch(t, "Cluster", ns, "reborn"), "LastBackupSucceeded")},
			"{status: 'False', reason: BackupStarted, message: New Backup starting up}")
	})
}

func TestCNPGArchivesNothing(t *testing.T) {
	for name, plugin := range map[string]string{
		"isWALArchiver is missing": "parameters: {barmanObjectName: pg",
		"NoArchiver":               "isWALArchiver: true, parameters: {barmanObjectName: pg",
	} {
		t.Run(name, func(t *testing.T) {
			c, ns := cnpgStage(t, "cnpg-"+strings.ToLower(strings.ReplaceAll(name, " ", "-")))
			if name == "NoArchiver" {
				behave(t, c, mode(actors.NoArchiver))
			}
			play(t, c)
			apply(t, ns, fmt.Sprintf(objectStore, ns))
			apply(t, ns, strings.Replace(cluster, "isWALArchiver: true, parameters: {barmanObjectName: pg", plugin, 1))
			apply(t, ns, schedule)
			awaitBackup(t, ns, "completed")
			up := await(t, "Cluster", ns, "pg", "backed up", condition("LastBackupSucceeded", "True", "LastBackupSucceeded"))
			holds(t, &unstructured.Unstructured{Object: conditionOf(up, "ContinuousArchiving")}, "{status: 'True', message: Continuous archiving is working}")
			asRecorded(t, up, "cnpg/no-archiver.cluster.yaml")
			if store := stays(t, "ObjectStore", ns, "pg", 200*time.Millisecond); get(store, "status") != nil {
				t.Errorf("a window without WAL:\n%s", dump(store))
			}
		})
	}
}

func TestCNPGCannotReachTheStore(t *testing.T) {
	for m, exit := range map[actors.Mode]int{actors.WrongKey: 4, actors.ObjectStoreDown: 2} {
		t.Run(string(m), func(t *testing.T) {
			c, ns := cnpgStage(t, "cnpg-"+strings.ToLower(string(m)))
			behave(t, c, mode(m))
			play(t, c)
			apply(t, ns, fmt.Sprintf(objectStore, ns))
			apply(t, ns, cluster)
			apply(t, ns, schedule)
			backup := awaitBackup(t, ns, "failed")
			failure := fmt.Sprintf("rpc error: code = Unknown desc = exit status %d", exit)
			holds(t, backup, fmt.Sprintf("status: {error: %q, reconciliationTerminatedAt: '*', majorVersion: 17, method: plugin}", failure))
			up := await(t, "Cluster", ns, "pg", "told", condition("LastBackupSucceeded", "False", "LastBackupFailed"))
			holds(t, up, "status: {phase: Cluster in healthy state, lastFailedBackup: '*'}")
			file := map[actors.Mode]string{actors.WrongKey: "cnpg/wrong-key", actors.ObjectStoreDown: "cnpg/s3-down"}[m]
			asRecorded(t, up, file+".cluster.yaml")
			asRecorded(t, backup, file+".backup.yaml")
			for kind, want := range map[string]string{
				"Ready":               "{status: 'True'}",
				"LastBackupSucceeded": fmt.Sprintf("{message: %q}", failure),
				"ContinuousArchiving": fmt.Sprintf("{status: 'False', reason: ContinuousArchivingFailing, message: 'rpc error: code = Unknown desc = unexpected failure invoking barman-cloud-wal-archive: exit status %d'}", exit),
			} {
				holds(t, &unstructured.Unstructured{Object: conditionOf(up, kind)}, want)
			}
			store := await(t, "ObjectStore", ns, "pg", "told", func(o *unstructured.Unstructured) bool { return get(o, "status") != nil })
			window, _, _ := unstructured.NestedMap(store.Object, "status", "serverRecoveryWindow", "pg-1")
			asRecorded(t, store, file+".objectstore.yaml")
			if len(window) != 1 || window["lastFailedBackupTime"] == nil {
				t.Errorf("the window is %v", window)
			}
			behave(t, c, mode(""))
			await(t, "Cluster", ns, "pg", "archiving again", condition("ContinuousArchiving", "True", "ContinuousArchivingSuccess"))
			if !condition("LastBackupSucceeded", "False", "LastBackupFailed")(fetch(t, "Cluster", ns, "pg")) {
				t.Error("the failed backup is forgotten before another succeeds")
			}
		})
	}
}

func TestCNPGWaitsForTheObjectStore(t *testing.T) {
	c, ns := cnpgStage(t, "cnpg-nostore")
	play(t, c)
	apply(t, ns, cluster)
	await(t, "Cluster", ns, "pg", "registered", condition("Initialized", "False", "BootstrapPending"))
	waiting := stays(t, "Cluster", ns, "pg", 300*time.Millisecond)
	asRecorded(t, waiting, "cnpg/objectstore-missing.cluster.yaml")
	holds(t, waiting, "status: {conditions: [{message: Cluster has not been bootstrapped yet}]}")
	if get(waiting, "status", "phase") != nil || get(waiting, "status", "phaseReason") != nil {
		t.Errorf("it has a phase:\n%s", dump(waiting))
	}
	behave(t, c, mode(actors.ObjectStoreMissing))
	apply(t, ns, fmt.Sprintf(objectStore, ns))
	stays(t, "Cluster", ns, "pg", 200*time.Millisecond)
	behave(t, c, mode(""))
	await(t, "Cluster", ns, "pg", "healthy", is(healthyPhase, "status", "phase"))
}

func TestCNPGAppliesRolesAndDatabases(t *testing.T) {
	c, ns := cnpgStage(t, "cnpg-database")
	play(t, c)
	apply(t, ns, database)
	apply(t, ns, role)
	time.Sleep(200 * time.Millisecond)
	for _, kind := range []string{"Database", "DatabaseRole"} {
		if o := fetch(t, kind, ns, "app"); get(o, "status") != nil || len(o.GetFinalizers()) > 0 {
			t.Errorf("%s is answered without a Cluster", kind)
		}
	}
	apply(t, ns, strings.Replace(cluster, "plugins", "#", 1))
	applied := both(is(true, "status", "applied"), is(int64(1), "status", "observedGeneration"))
	ready := await(t, "DatabaseRole", ns, "app", "applied", applied)
	version := fetch(t, "Secret", ns, "app-pg").GetResourceVersion()
	holds(t, ready, fmt.Sprintf(`
metadata: {finalizers: [cnpg.io/deleteRole]}
status: {secretResourceVersion: %[1]q, conditions: [{type: PasswordSecretChange, status: "True", reason: ChangeDetected, message: %[1]q}]}
`, version))
	db := await(t, "Database", ns, "app", "applied", applied)
	holds(t, db, `
metadata: {finalizers: [cnpg.io/deleteDatabase]}
status: {extensions: [{name: pgcrypto, applied: true}]}
`)
	managedBy(t, db, "manager Update", "manager Update status", "afroapp Apply")
	asRecorded(t, db, "cnpg/healthy-3-database.yaml")
	asRecorded(t, ready, "cnpg/healthy-2-role-first.yaml")

	t.Run("a change of the Secret is seen", func(t *testing.T) {
		edit(t, "Secret", ns, "app-pg", "stringData: {password: other}")
		version := fetch(t, "Secret", ns, "app-pg").GetResourceVersion()
		await(t, "DatabaseRole", ns, "app", "changed", is(version, "status", "secretResourceVersion"))
	})
	t.Run("a twin is refused", func(t *testing.T) {
		apply(t, ns, strings.Replace(database, "{name: app}", "{name: twin}", 1))
		twin := await(t, "Database", ns, "twin", "refused", is(false, "status", "applied"))
		holds(t, twin, `status: {message: '"app_x" is already managed by object "app"'}`)
		asRecorded(t, twin, "cnpg/same-name-twice.database.yaml")
		if get(twin, "status", "observedGeneration") != nil {
			t.Error("observedGeneration moves without success")
		}
		remove(t, "Database", ns, "twin")
		awaitGone(t, "Database", ns, "twin")
	})
	t.Run("an edit is applied", func(t *testing.T) {
		apply(t, ns, strings.Replace(database, "[{name: pgcrypto, ensure: present}]", "[{name: pgcrypto, ensure: present}, {name: vector, ensure: present}]", 1))
		await(t, "Database", ns, "app", "applied", both(is(int64(2), "status", "observedGeneration"), is(true, "status", "applied")))
	})
	t.Run("they go", func(t *testing.T) {
		edit(t, "DatabaseRole", ns, "app", "spec: {databaseRoleReclaimPolicy: delete}")
		remove(t, "DatabaseRole", ns, "app")
		time.Sleep(200 * time.Millisecond)
		if fetch(t, "DatabaseRole", ns, "app") == nil {
			t.Error("a role is dropped though it owns a database")
		}
		remove(t, "Database", ns, "app")
		awaitGone(t, "Database", ns, "app")
		awaitGone(t, "DatabaseRole", ns, "app")
	})
}

func TestCNPGRefusesRolesAndDatabases(t *testing.T) {
	c, ns := cnpgStage(t, "cnpg-refuses")
	play(t, c)
	apply(t, ns, strings.Replace(cluster, "plugins", "#", 1))
	refused := is(false, "status", "applied")
	apply(t, ns, strings.Replace(role, "passwordSecret: {name: app-pg}", "passwordSecret: {name: missing}", 1))
	r := await(t, "DatabaseRole", ns, "app", "refused", refused)
	holds(t, r, `status: {message: secrets "missing" not found}`)
	asRecorded(t, r, "cnpg/password-secret-missing.databaserole.yaml")
	apply(t, ns, database)
	d := await(t, "Database", ns, "app", "refused", refused)
	const noOwner = `while creating database "app_x": ERROR: role "app_x" does not exist (SQLSTATE 42704)`
	holds(t, d, fmt.Sprintf("status: {message: %q}", noOwner))
	asRecorded(t, d, "cnpg/owner-missing.database.yaml")

	behave(t, c, mode(actors.SecretMissing))
	apply(t, ns, role)
	await(t, "DatabaseRole", ns, "app", "refused", is(`secrets "app-pg" not found`, "status", "message"))
	behave(t, c, mode(actors.SecretForbidden))
	await(t, "DatabaseRole", ns, "app", "refused", is(`secrets "app-pg" is forbidden: User "system:serviceaccount:cnpg-refuses:pg" cannot get resource "secrets" in API group "" in the namespace "cnpg-refuses"`, "status", "message"))
	behave(t, c, mode(actors.OwnerMissing))
	await(t, "DatabaseRole", ns, "app", "applied", is(true, "status", "applied"))
	await(t, "Database", ns, "app", "refused", is(noOwner, "status", "message"))
	behave(t, c, mode(""))
	db := await(t, "Database", ns, "app", "applied", is(true, "status", "applied"))
	if get(db, "status", "message") != nil {
		t.Error("the old message stays")
	}

	t.Run("only one of them", func(t *testing.T) {
		apply(t, ns, strings.NewReplacer("{name: app}", "{name: other}", "name: app_x", "name: other_x").Replace(database))
		await(t, "Database", ns, "other", "applied", is(true, "status", "applied"))
		behave(t, c, func(b *actors.Behaviour) { b.Objects = map[string]actors.Mode{ns + "/other": actors.OwnerMissing} })
		await(t, "Database", ns, "other", "refused", refused)
		if !is(true, "status", "applied")(fetch(t, "Database", ns, "app")) {
			t.Error("the other one is refused too")
		}
	})
}

func TestCNPGSharedClusterDown(t *testing.T) {
	c, ns := cnpgStage(t, "cnpg-down")
	play(t, c)
	apply(t, ns, strings.Replace(cluster, "plugins", "#", 1))
	await(t, "Cluster", ns, "pg", "healthy", is(healthyPhase, "status", "phase"))
	behave(t, c, mode(actors.SharedClusterDown))
	down := await(t, "Cluster", ns, "pg", "down", condition("Ready", "False", "ClusterIsNotReady"))
	holds(t, down, `status: {phase: Waiting for the instances to become active, phaseReason: Some instances are not yet active. Please wait.}`)
	if get(down, "status", "readyInstances") != nil {
		t.Error("instances are ready")
	}
	apply(t, ns, role)
	time.Sleep(200 * time.Millisecond)
	if get(fetch(t, "DatabaseRole", ns, "app"), "status") != nil {
		t.Error("a Cluster that is down answers for a role")
	}
	behave(t, c, mode(""))
	await(t, "Cluster", ns, "pg", "healthy", both(is(healthyPhase, "status", "phase"), is(int64(1), "status", "readyInstances")))
	await(t, "DatabaseRole", ns, "app", "applied", is(true, "status", "applied"))
}

func TestCNPGSchedules(t *testing.T) {
	c, ns := cnpgStage(t, "cnpg-schedules")
	play(t, c)
	apply(t, ns, fmt.Sprintf(objectStore, ns))
	apply(t, ns, cluster)
	await(t, "Cluster", ns, "pg", "healthy", is(healthyPhase, "status", "phase"))
	t.Run("without a method", func(t *testing.T) {
		o := decode(t, schedule)
		o.SetName("nomethod")
		merge(t, o, "{method: null, pluginConfiguration: null}")
		create(t, ns, o)
		failed := awaitBackup(t, ns, "failed")
		holds(t, failed, "status: {error: cannot proceed with the backup as the cluster has no backup section, method: barmanObjectStore}")
	})
	t.Run("not at once", func(t *testing.T) {
		apply(t, ns, strings.NewReplacer("immediate: true", "immediate: false", "pg-daily", "patient").Replace(schedule))
		await(t, "ScheduledBackup", ns, "patient", "checked", func(o *unstructured.Unstructured) bool { return get(o, "status", "lastCheckTime") != nil })
		time.Sleep(200 * time.Millisecond)
		if n := backupsOf(t, ns, "patient"); n != 0 {
			t.Errorf("%d Backups before the first slot", n)
		}
	})
	t.Run("five fields are seconds first", func(t *testing.T) {
		apply(t, ns, strings.NewReplacer("0 17 3 * * *", "*/1 * * * *", "pg-daily", "stormy", "immediate: true", "immediate: false").Replace(schedule))
		for end := time.Now().Add(patience); backupsOf(t, ns, "stormy") < 2; time.Sleep(50 * time.Millisecond) {
			if time.Now().After(end) {
				t.Fatal("no storm")
			}
		}
		remove(t, "ScheduledBackup", ns, "stormy")
	})
}

func backupsOf(t *testing.T, ns, name string) int {
	t.Helper()
	list, err := of("Backup", ns).List(t.Context(), listAll)
	if err != nil {
		t.Fatal(err)
	}
	return len(slices.DeleteFunc(list.Items, func(o unstructured.Unstructured) bool { return o.GetLabels()["cnpg.io/scheduled-backup"] != name }))
}
