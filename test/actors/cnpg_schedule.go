package actors

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	apierrors "k8s.io/apimachinery/pkg/api/errors"
)

// scheduledBackup makes a Backup when it is due, one at a time: one that never ends stops all that follow.
func (c *CNPG) scheduledBackup(s *scene) error {
	schedule := s.object
	if schedule == nil || schedule.GetDeletionTimestamp() != nil || truth(schedule, "spec", "suspend") {
		return nil
	}
	now := time.Now().UTC()
	if c.unfinished(s, schedule) {
		s.again(time.Minute)
		return c.checked(s, schedule, now)
	}
	checked, err := time.Parse(time.RFC3339, text(schedule, "status", "lastCheckTime"))
	isNew := err != nil
	due := now
	if !isNew {
		if due = nextTime(text(schedule, "spec", "schedule"), checked); due.IsZero() {
			return nil
		}
	}
	if isNew && !truth(schedule, "spec", "immediate") || due.After(now) {
		upcoming := nextTime(text(schedule, "spec", "schedule"), now)
		if !upcoming.IsZero() {
			s.again(upcoming.Sub(now))
		}
		if isNew || s.beat {
			return c.checked(s, schedule, now)
		}
		return nil
	}
	return c.schedule(s, schedule, due, now, isNew)
}

func (c *CNPG) unfinished(s *scene, schedule *object) bool {
	return slices.ContainsFunc(s.list(backups, schedule.GetNamespace()), func(backup *object) bool {
		phase := text(backup, "status", "phase")
		return backup.GetLabels()[scheduleLabel] == schedule.GetName() && phase != "completed" && phase != "failed"
	})
}

// checked is the heartbeat of a schedule.
func (c *CNPG) checked(s *scene, schedule *object, now time.Time) error {
	last := text(schedule, "status", "lastCheckTime")
	if last != "" && !s.beat {
		return nil
	}
	_, err := s.answer(scheduledBackups, schedule, func(o *object) {
		set(o, s.later(last), "status", "lastCheckTime")
		if upcoming := nextTime(text(o, "spec", "schedule"), now); !upcoming.IsZero() && last == "" {
			set(o, timestamp(upcoming), "status", "nextScheduleTime")
		}
	})
	return err
}

// schedule creates the Backup and notes when the next is due.
func (c *CNPG) schedule(s *scene, schedule *object, due, now time.Time, immediate bool) error {
	if err := s.step(); err != nil {
		return err
	}
	if _, err := s.create(backups, newBackup(s, schedule, due, immediate)); ignoreExists(err) != nil {
		return err
	}
	upcoming := nextTime(text(schedule, "spec", "schedule"), now)
	_, err := s.patchStatus(scheduledBackups, schedule, func(o *object) {
		set(o, timestamp(now), "status", "lastCheckTime")
		set(o, timestamp(due), "status", "lastScheduleTime")
		if !upcoming.IsZero() {
			set(o, timestamp(upcoming), "status", "nextScheduleTime")
		}
	})
	s.again(upcoming.Sub(now))
	return err
}

func newBackup(s *scene, schedule *object, due time.Time, immediate bool) *object {
	cluster := text(schedule, "spec", "cluster", "name")
	backup := &object{Object: map[string]any{
		"metadata": map[string]any{
			"name": schedule.GetName() + "-" + due.Format("20060102150405"), "namespace": schedule.GetNamespace(),
			"labels": map[string]any{clusterLabel: cluster, scheduleLabel: schedule.GetName(), immediateLabel: strconv.FormatBool(immediate)},
		},
		"spec": map[string]any{"cluster": map[string]any{"name": cluster}, "method": text(schedule, "spec", "method")},
	}}
	for _, name := range []string{"target", "online", "onlineConfiguration", "pluginConfiguration"} {
		if value := field(schedule.Object, "spec", name); value != nil {
			set(backup, value, "spec", name)
		}
	}
	switch owner := text(schedule, "spec", "backupOwnerReference"); owner {
	case "self":
		ownedBy(backup, scheduledBackups, schedule, true)
	case "cluster":
		if o := s.get(clusters, schedule.GetNamespace(), cluster); o != nil {
			ownedBy(backup, clusters, o, true)
		}
	}
	return backup
}

// nextTime of a schedule, zero if there is none within a year. Five fields are read as CNPG reads them: seconds
// first, without a day of the week.
func nextTime(schedule string, after time.Time) time.Time {
	fields := append(strings.Fields(schedule), "*")
	if len(fields) < 6 {
		return time.Time{}
	}
	at := func(i, value, low int) bool { return matchesCron(fields[i], value, low) }
	for t := after.UTC().Truncate(time.Minute); t.Before(after.AddDate(1, 0, 0)); t = t.Add(time.Minute) {
		if !at(1, t.Minute(), 0) || !at(2, t.Hour(), 0) || !at(3, t.Day(), 1) || !at(4, int(t.Month()), 1) || !at(5, int(t.Weekday()), 0) {
			continue
		}
		for second := range 60 {
			if moment := t.Add(time.Duration(second) * time.Second); at(0, second, 0) && moment.After(after) {
				return moment
			}
		}
	}
	return time.Time{}
}

// matchesCron knows *, numbers, lists, ranges and steps. A week begins with 0, Sunday.
func matchesCron(field string, value, low int) bool {
	for part := range strings.SplitSeq(field, ",") {
		span, stepText, hasStep := strings.Cut(part, "/")
		from, to, step := low, 1<<30, 1
		if span != "*" && span != "?" {
			lower, upper, isRange := strings.Cut(span, "-")
			from = atoi(lower)
			if to = from; isRange {
				to = atoi(upper)
			} else if hasStep {
				to = 1 << 30
			}
		}
		if hasStep {
			step = max(atoi(stepText), 1)
		}
		if value >= from && value <= to && (value-from)%step == 0 {
			return true
		}
	}
	return false
}

// atoi of what is no number matches nothing.
func atoi(s string) int {
	n, err := strconv.Atoi(s)
	if err != nil {
		return -1
	}
	return n
}

func ignoreExists(err error) error {
	if apierrors.IsAlreadyExists(err) {
		return nil
	}
	if err != nil {
		return fmt.Errorf("creating: %w", err)
	}
	return nil
}
