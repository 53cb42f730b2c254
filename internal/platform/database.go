package platform

import (
	"fmt"
	"slices"
	"strconv"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// safeExtensions reach nothing outside their own database. dblink, postgres_fdw, file_fdw and the untrusted
// languages are not among them: on a shared cluster each is a door to the neighbours.
var safeExtensions = []string{
	"btree_gin", "btree_gist", "citext", "cube", "fuzzystrmatch", "hstore", "intarray", "isn", "ltree", "pg_trgm", "pgcrypto",
	"seg", "tablefunc", "tcn", "tsm_system_rows", "tsm_system_time", "unaccent", "uuid-ossp", "vector",
}

func (r *resolver) database() *Database {
	db := r.app.Spec.Database
	r.checkBackup()
	if db == nil {
		return nil
	}
	r.checkDatabase(db)
	d := &Database{Mode: or(db.Mode, v1alpha1.DatabaseShared), Extensions: db.Extensions, Delete: db.OnDelete == v1alpha1.DataDelete}
	pd := deref(r.platform.Spec.Database, v1alpha1.PlatformDatabase{})
	r.grantDatabase(d, pd)
	if d.Mode == v1alpha1.DatabaseDedicated {
		r.dedicated(d, db, pd.Dedicated)
	} else {
		r.shared(d, pd)
	}
	d.Backup = r.backup(d.Mode)
	return d
}

func (r *resolver) grantDatabase(d *Database, pd v1alpha1.PlatformDatabase) {
	if !grantsMode(r.tenant.DatabaseModes, d.Mode) {
		r.refusals.add("spec.database.mode", v1alpha1.ReasonDatabaseNotPermitted,
			fmt.Sprintf("%s does not grant database mode %s", r.rule(), d.Mode), "use another mode, or ask the admin of the cluster")
	}
	for i, x := range d.Extensions {
		if extensionForm.pattern.MatchString(x) && !slices.Contains(safeExtensions, x) && !slices.Contains(pd.Extensions, x) {
			r.refusals.add(fmt.Sprintf("spec.database.extensions[%d]", i), v1alpha1.ReasonExtensionNotPermitted,
				fmt.Sprintf("extension %s is on no allow-list", x), "remove it, or ask the admin of the cluster to add it to spec.database.extensions")
		}
	}
	if was := r.app.Status.Database; was != nil && was.Mode != "" && was.Mode != d.Mode {
		r.refusals.add("spec.database.mode", v1alpha1.ReasonImmutable,
			fmt.Sprintf("the data of this app is in mode %s", was.Mode), "set it back; to move the data, restore it into a new app")
	}
}

func (r *resolver) shared(d *Database, pd v1alpha1.PlatformDatabase) {
	if pd.Shared == nil {
		remedy := "ask the admin of the cluster to set spec.database.shared"
		if pd.Dedicated != nil {
			remedy = "use mode Dedicated, or " + remedy
		}
		r.refusals.add("spec.database", v1alpha1.ReasonNotOffered, "the AfroPlatform has no shared cluster", remedy)
		return
	}
	d.Namespace, d.Cluster = pd.Shared.Namespace, pd.Shared.Name
}

func (r *resolver) dedicated(d *Database, db *v1alpha1.Database, p *v1alpha1.DedicatedClusters) {
	if p == nil {
		r.refusals.add("spec.database.mode", v1alpha1.ReasonNotOffered, "the AfroPlatform offers no dedicated clusters", "use mode Shared, or ask the admin of the cluster to set spec.database.dedicated")
		return
	}
	d.Namespace, d.Cluster = r.ns.Name, r.app.Name+"-db"
	d.Instances = deref(db.Instances, 1)
	d.Storage = deref(db.Storage, deref(p.Storage, resource.MustParse("5Gi")))
	d.StorageClassName, d.ImageName = p.StorageClassName, p.ImageName
	if limit := deref(p.MaxInstances, 3); d.Instances > limit {
		r.refusals.add("spec.database.instances", v1alpha1.ReasonLimitExceeded, fmt.Sprintf("more than the %d instances that the AfroPlatform allows", limit), "ask for fewer, or ask the admin of the cluster")
	}
	if limit := deref(p.MaxStorage, resource.MustParse("100Gi")); d.Storage.Cmp(limit) > 0 {
		r.refusals.add("spec.database.storage", v1alpha1.ReasonLimitExceeded, fmt.Sprintf("more than the %s that the AfroPlatform allows", limit.String()), "ask for less, or ask the admin of the cluster")
	}
}

func (r *resolver) backup(mode v1alpha1.DatabaseMode) *Backup {
	want, pb := r.app.Spec.Backup, r.platform.Spec.Backup
	if pb == nil {
		if want != nil {
			r.refusals.add("spec.backup", v1alpha1.ReasonNotOffered, "the AfroPlatform has no object store for backups", "remove spec.backup, or ask the admin of the cluster to set spec.backup")
		}
		return nil
	}
	b := &Backup{B2: pb.B2, Schedule: or(pb.Schedule, v1alpha1.BackupDaily), Retention: or(pb.Retention, "14d")}
	if want == nil {
		return b
	}
	if mode == v1alpha1.DatabaseShared {
		r.sharedBackup(want, b)
		return b
	}
	b.Schedule, b.Retention = or(want.Schedule, b.Schedule), or(want.Retention, b.Retention)
	return b
}

// sharedBackup checks a wish against what the shared cluster does for all of its apps.
func (r *resolver) sharedBackup(want *v1alpha1.Backup, has *Backup) {
	remedy := "ask for less, use database.mode Dedicated, or ask the admin of the cluster"
	if want.Schedule != "" && frequency(want.Schedule) > frequency(has.Schedule) {
		r.refusals.add("spec.backup.schedule", v1alpha1.ReasonBackupNotOffered, fmt.Sprintf("the shared cluster is backed up %s", has.Schedule), remedy)
	}
	if want.Retention != "" && Days(want.Retention) > Days(has.Retention) {
		r.refusals.add("spec.backup.retention", v1alpha1.ReasonBackupNotOffered, fmt.Sprintf("the shared cluster keeps %s", has.Retention), remedy)
	}
}

func frequency(s v1alpha1.BackupSchedule) int {
	switch s {
	case v1alpha1.BackupHourly:
		return 24 * 7
	case v1alpha1.BackupDaily:
		return 7
	}
	return 1
}

// Days of a retention such as 14d, 2w or 1m; a month counts 30 days. 0 for what is no retention.
func Days(retention string) int {
	if retention == "" {
		return 0
	}
	n, err := strconv.Atoi(retention[:len(retention)-1])
	if err != nil {
		return 0
	}
	return n * map[byte]int{'d': 1, 'w': 7, 'm': 30}[retention[len(retention)-1]]
}
