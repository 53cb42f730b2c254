package expand

import (
	"fmt"
	"strconv"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// clusterShape is what Clusters of apps and of the platform differ in.
type clusterShape struct {
	namespace, name string
	instances       int32
	storage         string
	storageClass    string
	image           string
	memoryRequest   string
	memoryLimit     string
	ownerSecret     string // dedicated only
	tenants         bool   // shared by apps that must not reach each other
	synchronous     bool
	backup          *platform.Backup
	serverName      string
}

func clusterIntent(s clusterShape) Intent {
	spec := map[string]any{
		"instances":  s.instances,
		"storage":    map[string]any{"size": s.storage, "storageClass": orNil(s.storageClass)},
		"imageName":  orNil(s.image),
		"postgresql": s.postgresql(),
		"resources": map[string]any{
			"requests": map[string]any{"memory": orNil(s.memoryRequest)}, "limits": map[string]any{"memory": orNil(s.memoryLimit)}},
	}
	if s.ownerSecret != "" {
		spec["bootstrap"] = map[string]any{"initdb": map[string]any{
			"database": dedicatedDatabase, "owner": dedicatedDatabase, "secret": map[string]any{"name": s.ownerSecret}}}
	}
	if s.backup != nil {
		// Set at birth: adding the plugin to a running Cluster restarts every instance. Without isWALArchiver nothing
		// is archived, and ContinuousArchiving still says True.
		spec["plugins"] = []any{map[string]any{
			"name": foreign.BarmanPlugin, "enabled": true, "isWALArchiver": true,
			"parameters": map[string]any{"barmanObjectName": s.name, "serverName": s.serverName},
		}}
	}
	return intent(v1alpha1.LaneData, foreign.Cluster, s.namespace, s.name, map[string]any{"spec": spec})
}

func (s clusterShape) postgresql() map[string]any {
	p, parameters := map[string]any{}, map[string]any{}
	if s.backup != nil {
		parameters["archive_timeout"] = "60s"
	}
	if s.tenants {
		// PostgreSQL's own 100 are spent by four apps that use the connections their roles may have.
		parameters["max_connections"] = "400"
	}
	p["parameters"] = parameters
	if s.synchronous {
		// Preferred: with both standbys gone an app goes on. The quorum keeps a standby that lacks commits from being promoted.
		p["synchronous"] = map[string]any{"method": "any", "number": int64(1), "dataDurability": "preferred", "failoverQuorum": s.instances > 2}
	}
	if s.tenants {
		// Behind CloudNativePG's own rules and before its last one, which lets every role into every database. TLS is not
		// demanded: many drivers do not ask for it, and CloudNativePG's last rule does not either.
		p["pg_hba"] = []any{"host sameuser all all scram-sha-256", "host all all all reject"}
	}
	return p
}

func orNil(s string) any {
	if s == "" {
		return nil
	}
	return s
}

// sweepSeconds between two retention sweeps. The plugin's default asks B2 for money every five minutes.
const sweepSeconds = 21600

// objectStore carries both checksum variables: boto3 sends headers that B2 does not know, and every WAL would fail.
func objectStore(namespace, name string, b *platform.Backup) Intent {
	key := func(k string) map[string]any { return map[string]any{"name": b.B2.SecretName, "key": k} }
	return intent(v1alpha1.LaneData, foreign.ObjectStore, namespace, name, map[string]any{"spec": map[string]any{
		"retentionPolicy": b.Retention,
		"configuration": map[string]any{
			"destinationPath": fmt.Sprintf("s3://%s/%s/%s", b.B2.Bucket, defaultTo(b.B2.Prefix, "cnpg"), namespace),
			"endpointURL":     defaultTo(b.B2.Endpoint, "https://s3."+b.B2.Region+".backblazeb2.com"),
			"s3Credentials":   map[string]any{"accessKeyId": key("ACCESS_KEY_ID"), "secretAccessKey": key("ACCESS_SECRET_KEY")},
			"wal":             map[string]any{"compression": "zstd", "maxParallel": int64(2)},
			"data":            map[string]any{"compression": "gzip", "jobs": int64(2), "immediateCheckpoint": true},
		},
		"instanceSidecarConfiguration": map[string]any{
			"retentionPolicyIntervalSeconds": int64(sweepSeconds),
			"env": []any{
				map[string]any{"name": "AWS_DEFAULT_REGION", "value": b.B2.Region},
				map[string]any{"name": "AWS_REQUEST_CHECKSUM_CALCULATION", "value": "when_required"},
				map[string]any{"name": "AWS_RESPONSE_CHECKSUM_VALIDATION", "value": "when_required"},
			},
			"resources": map[string]any{
				"requests": map[string]any{"cpu": "20m", "memory": "64Mi"}, "limits": map[string]any{"memory": "768Mi"}},
		},
	}})
}

// scheduledBackup says everything: without method it asks for a section that no longer exists, without immediate there is no
// backup until the first slot, and five fields would fire hourly.
func scheduledBackup(namespace, name string, b *platform.Backup) Intent {
	return intent(v1alpha1.LaneData, foreign.ScheduledBackup, namespace, name, map[string]any{"spec": map[string]any{
		"schedule": cron(b.Schedule, namespace, name), "immediate": true, "backupOwnerReference": "self",
		"cluster": map[string]any{"name": name}, "method": "plugin", "target": "prefer-standby",
		"pluginConfiguration": map[string]any{"name": foreign.BarmanPlugin},
	}})
}

// cron has six fields, seconds first. The time is derived from the name, so that not all backups begin at once.
func cron(s v1alpha1.BackupSchedule, namespace, name string) string {
	d := digest("cron", namespace, name)
	minute, hour, day := int(d[0])*256+int(d[1]), int(d[2]), int(d[3])
	minute, hour, day = minute%60, hour%6, day%7
	switch s {
	case v1alpha1.BackupHourly:
		return "0 " + strconv.Itoa(minute) + " * * * *"
	case v1alpha1.BackupWeekly:
		return fmt.Sprintf("0 %d %d * * %d", minute, hour, day)
	}
	return fmt.Sprintf("0 %d %d * * *", minute, hour)
}

func defaultTo(value, def string) string {
	if value == "" {
		return def
	}
	return value
}
