package actors

import (
	"errors"
	"fmt"
	"slices"
)

// updated is one entry of status.recentUpdates.
type updated struct{ alias, repository, from, to string }

// outcome of a cycle.
type outcome struct {
	matched, managed, errors int64
	updates                  []updated
}

// update asks the registry for each image and writes what is new. No error says why. What was asked under another Behaviour is not
// written any more: the process that asked is gone, and a push that came after the change would arrive by it.
func (u *ImageUpdater) update(s *scene, matches []match) (outcome, error) {
	o := outcome{matched: int64(len(matches))}
	for _, m := range matches {
		var changes []written
		for _, f := range m.images {
			live, current := f.live(m.app)
			if !live && !f.force || s.mode() == ImageNotLive {
				continue
			}
			o.managed++
			if s.mode() == Shrugs {
				continue
			}
			c, err := u.look(s, f, current)
			if errors.Is(err, errSkipped) {
				continue
			}
			if err != nil {
				o.errors++
				continue
			}
			changes = append(changes, c)
		}
		if err := s.current(); err != nil {
			return o, err
		}
		if s.mode() == WriteBackLost {
			for _, c := range changes {
				o.updates = append(o.updates, c.update)
			}
			continue
		}
		changed, err := u.writeBack(s, m, changes)
		if err != nil {
			o.errors++
			continue
		}
		o.updates = append(o.updates, changed...)
	}
	return o, nil
}

var errPlayed = errors.New("an error is played")

// look finds what is to be written for one image.
func (u *ImageUpdater) look(s *scene, f followed, current string) (written, error) {
	if s.mode() == PartialErrors {
		return written{}, errPlayed
	}
	if s.mode() == WriteBackIgnored {
		f.helmName, f.helmTag, f.helmSpec, f.kustomizeName = "img.name", "img.tag", "", "img.name"
	}
	if s.mode() == Thorough && f.strategy == "digest" {
		if err := u.seen(s, f); err != nil {
			return written{}, err
		}
	}
	tag, version, err := f.newest(s.ctx, u.options.Registry, current)
	return written{f, tag, updated{f.alias, f.repository, current, version}}, err
}

// seen reads the tags before the manifest, as image-updater does: a tag that is not listed is one that was not found.
func (u *ImageUpdater) seen(s *scene, f followed) error {
	tags, err := u.options.Registry.Tags(s.ctx, f.repository)
	if err == nil && !slices.Contains(tags, f.constraint) {
		err = errSkipped
	}
	return err
}

// live says whether the image runs, by the summary of the Application, and its version there.
func (f followed) live(app *object) (live bool, current string) {
	for _, image := range texts(field(app.Object, "status", "summary", "images")) {
		repository, tag, digest := splitImage(image)
		if repository != f.repository {
			continue
		}
		if live = true; digest != "" && f.strategy == "digest" {
			return true, digest
		}
		current = tag
	}
	return live, current
}

// announce is the first write of a cycle. Before the first cycle there is only the condition Reconciling.
func announce(cr *object, now string) {
	if mapping(cr, "status") == nil {
		set(cr, int64(0), "status", "applicationsMatched")
		set(cr, int64(0), "status", "imagesManaged")
	}
	setCondition(cr, condition{"Reconciling", "True", "Reconciling", "Image update check in progress.", cr.GetGeneration()}, now)
}

// report is the second. Ready is True whatever happened.
func (o outcome) report(cr *object, s *scene) {
	now, generation := s.later(text(cr, "status", "lastCheckedAt")), cr.GetGeneration()
	set(cr, generation, "status", "observedGeneration")
	set(cr, now, "status", "lastCheckedAt")
	set(cr, o.matched, "status", "applicationsMatched")
	set(cr, o.managed, "status", "imagesManaged")
	failing := condition{"Error", "False", "NoErrors", "No errors during last reconciliation.", generation}
	ready := condition{"Ready", "True", "ReconcileSucceeded",
		fmt.Sprintf("Reconciled %d applications, %d images updated.", o.matched, len(o.updates)), generation}
	if o.errors > 0 {
		failing.status, failing.reason = "True", "PartialErrors"
		failing.message = fmt.Sprintf("%d error(s) occurred during image update checks.", o.errors)
		ready.reason = "ReconcileCompletedWithErrors"
		ready.message = fmt.Sprintf("Reconciled %d applications with %d errors, %d images updated.", o.matched, o.errors, len(o.updates))
	}
	idle := condition{"Reconciling", "False", "Idle", "Last check completed. Awaiting next cycle.", generation}
	for _, c := range []condition{idle, failing, ready} {
		setCondition(cr, c, now)
	}
	o.reportUpdates(cr, now)
}

// reportUpdates leaves the updates of before where there are none: they also outlive a later failure.
func (o outcome) reportUpdates(cr *object, now string) {
	if len(o.updates) == 0 {
		return
	}
	var recent []any
	for _, u := range o.updates {
		recent = append(recent, map[string]any{
			"alias": u.alias, "image": u.repository, "newVersion": u.to, "applicationsUpdated": int64(1), "updatedAt": now,
			"message": fmt.Sprintf("Updated from %s to %s.", u.from, u.to),
		})
	}
	set(cr, now, "status", "lastUpdatedAt")
	set(cr, recent, "status", "recentUpdates")
}
