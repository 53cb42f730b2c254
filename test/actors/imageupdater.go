package actors

import (
	"path/filepath"
	"strings"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/runtime"
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
	// WriteBackIgnored writes to parameters that no chart knows (img.name, img.tag), and claims the update.
	WriteBackIgnored Mode = "WriteBackIgnored"
)

const updaterFinalizer = "resources-finalizer.argocd-image-updater.argoproj.io"

// ImageUpdaterOptions are the flags of the played image-updater.
type ImageUpdaterOptions struct {
	// Registry that is asked for digests and tags. Default: one that has every image, and never a new one.
	Registry Registry
	// Repository for git write-back. Default: git write-back fails, like a push that is refused.
	Repository *Repository
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
	u := &ImageUpdater{options: o}
	u.role = newRole(config, "argocd-image-updater", "argocd-image-updater",
		PartialErrors, MatchesNothing, Stalled, ImageNotLive, WriteBackIgnored)
	u.cast = u.play
	return u
}

func (u *ImageUpdater) play(p *player) error {
	nobody := func(*unstructured.Unstructured) []key { return nil }
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
		return p.on(applications, u.annotated)
	}
	return firstError(p.on(imageUpdaters, u.updater), p.also(applications, nobody))
}

// updater plays a cycle when the ImageUpdater is new or edited, at each interval and after each push.
func (u *ImageUpdater) updater(s *scene) error {
	cr := s.object
	switch {
	case cr == nil, s.mode() == Stalled && text(cr, "status", "lastCheckedAt") != "":
		return nil
	case cr.GetDeletionTimestamp() != nil:
		return u.release(s, cr)
	case !s.beat && number(cr, "status", "observedGeneration") == cr.GetGeneration():
		return nil
	}
	return u.cycle(s, cr)
}

func (u *ImageUpdater) release(s *scene, cr *unstructured.Unstructured) error {
	if !hasFinalizer(cr, updaterFinalizer) {
		return nil
	}
	if err := s.step(); err != nil {
		return err
	}
	_, err := s.put(imageUpdaters, cr, func(cr *unstructured.Unstructured) {
		set(cr, withoutFinalizers(cr, updaterFinalizer), "metadata", "finalizers")
	})
	return err
}

// cycle is what image-updater does for one ImageUpdater: announce, look, write back, report. The Applications
// are read before the registry is asked, and their specs are written as they were then.
func (u *ImageUpdater) cycle(s *scene, cr *unstructured.Unstructured) error {
	if err := s.step(); err != nil {
		return err
	}
	cr, err := s.put(imageUpdaters, cr, func(cr *unstructured.Unstructured) {
		if !hasFinalizer(cr, updaterFinalizer) {
			cr.SetFinalizers(append(cr.GetFinalizers(), updaterFinalizer))
		}
	})
	if err != nil {
		return err
	}
	if cr, err = s.putStatus(imageUpdaters, cr, func(cr *unstructured.Unstructured) { announce(cr, s.now()) }); err != nil {
		return err
	}
	found := u.matched(s, cr)
	if err := s.step(); err != nil {
		return err
	}
	outcome := u.update(s, found)
	if err := s.ctx.Err(); err != nil {
		return err
	}
	_, err = s.putStatus(imageUpdaters, cr, func(cr *unstructured.Unstructured) { outcome.report(cr, s) })
	return err
}

// match is an Application with the images to follow in it.
type match struct {
	app       *unstructured.Unstructured
	images    []followed
	writeBack writeBack
}

// matched Applications have a source that can be written to; one that was never rendered has none yet.
func (u *ImageUpdater) matched(s *scene, cr *unstructured.Unstructured) []match {
	if s.mode() == MatchesNothing {
		return nil
	}
	var found []match
	for _, app := range u.candidates(s, cr) {
		ref := bestRef(cr, app)
		if ref == nil || !writable(app) {
			continue
		}
		if ref["useAnnotations"] == true {
			found = append(found, byAnnotations(app))
		} else {
			found = append(found, byReference(cr, ref, app))
		}
	}
	return found
}

// candidates are all Applications of the namespace, or one if only one is named: a thousand ImageUpdaters with one
// Application each must not look a million times.
func (u *ImageUpdater) candidates(s *scene, cr *unstructured.Unstructured) []*unstructured.Unstructured {
	refs := items(cr, "spec", "applicationRefs")
	pattern, _ := field(refs[0], "namePattern").(string)
	if len(refs) > 1 || strings.ContainsAny(pattern, `*?[\\`) {
		return s.list(applications, cr.GetNamespace())
	}
	if app := s.get(applications, cr.GetNamespace(), pattern); app != nil {
		return []*unstructured.Unstructured{app}
	}
	return nil
}

func writable(app *unstructured.Unstructured) bool {
	sourceType := text(app, "status", "sourceType")
	return sourceType == "Helm" || sourceType == "Kustomize"
}

// bestRef is the most specific reference that matches: an exact name, then labels, then the longest pattern.
func bestRef(cr, app *unstructured.Unstructured) map[string]any {
	var best map[string]any
	bestScore := -1
	for _, ref := range items(cr, "spec", "applicationRefs") {
		pattern, _ := ref["namePattern"].(string)
		matches, _ := filepath.Match(pattern, app.GetName())
		if !matches || !selects(ref["labelSelectors"], app) {
			continue
		}
		score := len(pattern)
		if pattern == app.GetName() {
			score += 1_000_000
		}
		if ref["labelSelectors"] != nil {
			score += 10_000
		}
		if score > bestScore {
			best, bestScore = ref, score
		}
	}
	return best
}

func selects(selector any, app *unstructured.Unstructured) bool {
	fields, ok := selector.(map[string]any)
	if !ok {
		return true
	}
	var typed metav1.LabelSelector
	if err := runtime.DefaultUnstructuredConverter.FromUnstructured(fields, &typed); err != nil {
		return false
	}
	compiled, err := metav1.LabelSelectorAsSelector(&typed)
	return err == nil && compiled.Matches(labels.Set(app.GetLabels()))
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
		u.update(s, []match{m})
	}
	return nil
}
