package platform

import (
	"regexp"

	"k8s.io/apimachinery/pkg/api/resource"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

var (
	extensionForm = form{regexp.MustCompile(`^[a-z][a-z0-9_-]*$`), 63, "not an extension name", "write it as CREATE EXTENSION takes it, for example pgcrypto"}
	retentionForm = form{retention, 5, "not a retention", "write days, weeks or months, for example 14d"}
)

func (r *resolver) checkDatabase(db *v1alpha1.Database) {
	const f = "spec.database."
	switch db.Mode {
	case "", v1alpha1.DatabaseShared:
		if db.Instances != nil || db.Storage != nil {
			r.refusals.invalid("spec.database", "instances and storage belong to mode Dedicated", "set mode: Dedicated, or remove them")
		}
	case v1alpha1.DatabaseDedicated:
	default:
		r.refusals.invalid(f+"mode", "not one of Shared and Dedicated", "choose one of them")
	}
	oneOf(&r.refusals, f+"onDelete", db.OnDelete, v1alpha1.DataRetain, v1alpha1.DataDelete)
	if db.Instances != nil {
		r.refusals.between(f+"instances", *db.Instances, 1, 9)
	}
	if db.Storage != nil && db.Storage.Cmp(resource.MustParse("1Gi")) < 0 {
		r.refusals.invalid(f+"storage", "smaller than 1Gi; PostgreSQL needs room for its WAL", "ask for at least 1Gi")
	}
	r.refusals.set(f+"extensions", db.Extensions, 20, extensionForm)
}

func (r *resolver) checkBackup() {
	b := r.app.Spec.Backup
	if b == nil {
		return
	}
	if r.app.Spec.Database == nil {
		r.refusals.invalid("spec.backup", "there is no database to back up", "add spec.database, or remove spec.backup")
	}
	switch b.Schedule {
	case "", v1alpha1.BackupHourly, v1alpha1.BackupDaily, v1alpha1.BackupWeekly:
	default:
		r.refusals.invalid("spec.backup.schedule", "not one of Hourly, Daily and Weekly", "choose one of them; cron expressions are not taken")
	}
	r.refusals.text("spec.backup.retention", b.Retention, retentionForm)
	oneOf(&r.refusals, "spec.backup.drill", b.Drill, "Off", "Weekly", "Monthly")
}
