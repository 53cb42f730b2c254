package actors

import (
	"context"
	"errors"
	"time"

	"k8s.io/client-go/rest"
)

// Modes of ImageUpdater.
const (
	// PartialErrors fails on each image. Ready stays True, and the message is the same for every cause.
	PartialErrors Mode = "PartialErrors"
	// MatchesNothing finds no Application, and reports success.
	MatchesNothing Mode = "MatchesNothing"
	// Stalled ends after the first cycle: lastCheckedAt stops, as when the process is gone or does not watch the namespace.
	Stalled Mode = "Stalled"
	// ImageNotLive skips each image because it does not run: matched 1, managed 0, no error.
	ImageNotLive Mode = "ImageNotLive"
	// NeverLooks does not see the ImageUpdater: it watches another namespace.
	NeverLooks Mode = "NeverLooks"
	// Shrugs looks, reports success and writes nothing, as with a tag that is not listed, or a strategy that sees nothing new. An
	// image of another platform needs no mode: the registry is asked, where it can tell.
	Shrugs Mode = "Shrugs"
	// WriteBackLost claims an update that somebody takes out of the Application before anybody sees it.
	WriteBackLost Mode = "WriteBackLost"
	// WriteBackIgnored writes to parameters that no chart knows (img.name, img.tag), and claims the update.
	WriteBackIgnored Mode = "WriteBackIgnored"
	// Thorough is right, and reads what the real one reads before the digest: the list of tags.
	// A mode of its own, because it is one request more for each image and cycle.
	Thorough Mode = "Thorough"
	// PrefixedFile takes another namespace for Argo CD's, and puts that of the Application into the name of the file that it commits.
	PrefixedFile Mode = "PrefixedFile"
)

const updaterFinalizer = "resources-finalizer.argocd-image-updater.argoproj.io"

// ImageUpdaterOptions are the flags of the played image-updater.
type ImageUpdaterOptions struct {
	// Registry that is asked for digests and tags. Default: one that has every image, and never a new one.
	Registry Registry
	// Repository for git write-back. Default: git write-back fails, like a push that is refused.
	Repository *Repository
	// Remotes finds the repository of git write-back by its URL. Default: Repository for every URL.
	Remotes func(url string) Remote
	// Interval of the cycles; each writes twice to the status of each ImageUpdater. Default: 2m.
	Interval time.Duration
	// AnnotationsOnly plays 0.x: there are no ImageUpdaters, Applications with annotations are updated.
	AnnotationsOnly bool
}

// ImageUpdater plays argocd-image-updater: v1.2 and later with its ImageUpdaters, or 0.x.
type ImageUpdater struct {
	role
	options ImageUpdaterOptions
}

// NewImageUpdater makes an image-updater that does not run yet.
func NewImageUpdater(config *rest.Config, o ImageUpdaterOptions) *ImageUpdater {
	o.Registry = registryOrAny(o.Registry)
	if o.Interval == 0 {
		o.Interval = 2 * time.Minute
	}
	if o.Remotes == nil && o.Repository != nil {
		o.Remotes = func(string) Remote { return o.Repository }
	}
	u := &ImageUpdater{options: o}
	u.role = newRole(config, "argocd-image-updater", "argocd-image-updater",
		PartialErrors, MatchesNothing, Stalled, ImageNotLive, NeverLooks, Shrugs, WriteBackLost, WriteBackIgnored, Thorough, PrefixedFile)
	u.cast = u.play
	return u
}

func (u *ImageUpdater) play(p *player) error {
	nobody := func(*object) []key { return nil }
	cycled := imageUpdaters
	if u.options.AnnotationsOnly {
		cycled = applications
	}
	p.restarts = true // as a process that is started anew with other flags
	p.every(u.options.Interval, cycled)
	if registry, ok := u.options.Registry.(notifies); ok {
		p.whenever(registry.whenChanged, true, cycled)
	}
	if u.options.AnnotationsOnly {
		p.extras = append(p.extras, func(ctx context.Context) { u.firstCycle(ctx, p) })
		return p.on(applications, u.annotated)
	}
	return firstError(p.on(imageUpdaters, u.updater), p.also(applications, nobody))
}

// firstCycle of 0.x comes with its start, not after an interval.
func (u *ImageUpdater) firstCycle(ctx context.Context, p *player) {
	select {
	case <-ctx.Done():
	case <-p.view.ready:
		p.all(true, applications)
	}
}

// updater plays a cycle when the ImageUpdater is new or edited, at each interval and after each push.
func (u *ImageUpdater) updater(s *scene) error {
	cr := s.object
	switch {
	case cr == nil, s.mode() == NeverLooks, s.mode() == Stalled && text(cr, "status", "lastCheckedAt") != "":
		return nil
	case cr.GetDeletionTimestamp() != nil:
		return u.release(s, cr)
	case !s.beat && number(cr, "status", "observedGeneration") == cr.GetGeneration():
		return nil
	}
	return u.cycle(s, cr)
}

func (u *ImageUpdater) release(s *scene, cr *object) error {
	if !hasFinalizer(cr, updaterFinalizer) {
		return nil
	}
	if err := s.step(); err != nil {
		return err
	}
	_, err := s.put(imageUpdaters, cr, func(cr *object) {
		set(cr, withoutFinalizers(cr, updaterFinalizer), "metadata", "finalizers")
	})
	return err
}

// cycle is what image-updater does for one ImageUpdater: announce, look, write back, report. The Applications
// are read before the registry is asked, and their specs are written as they were then.
func (u *ImageUpdater) cycle(s *scene, cr *object) error {
	if err := s.step(); err != nil {
		return err
	}
	cr, err := s.put(imageUpdaters, cr, func(cr *object) {
		if !hasFinalizer(cr, updaterFinalizer) {
			cr.SetFinalizers(append(cr.GetFinalizers(), updaterFinalizer))
		}
	})
	if err != nil {
		return err
	}
	if cr, err = s.putStatus(imageUpdaters, cr, func(cr *object) { announce(cr, s.now()) }); err != nil {
		return err
	}
	found := u.matched(s, cr)
	if err := s.step(); err != nil {
		return err
	}
	outcome, err := u.update(s, found)
	if err = errors.Join(err, s.ctx.Err()); err != nil {
		return err
	}
	_, err = s.putStatus(imageUpdaters, cr, func(cr *object) { outcome.report(cr, s) })
	return err
}

// annotated is a cycle of 0.x for one Application; nothing is reported anywhere.
func (u *ImageUpdater) annotated(s *scene) error {
	app := s.object
	if app == nil || app.GetDeletionTimestamp() != nil || !s.beat || !writable(app) || s.mode() == MatchesNothing || s.mode() == Stalled {
		return nil
	}
	if m := byAnnotations(app); len(m.images) > 0 {
		if err := s.step(); err != nil {
			return err
		}
		_, err := u.update(s, []match{m})
		return err
	}
	return nil
}
