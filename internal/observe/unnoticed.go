package observe

import (
	"path"
	"slices"
	"strings"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/image"
)

// unnoticed: image-updater looked and reports no error, and the registry serves a digest that it has not written. What
// it says only at debug level can be proved from outside.
func (l lens) unnoticed(iu *foreign.UpdaterCR, sync verdict) verdict {
	s := l.served()
	if !sync.passed() || !l.missed(s) {
		return passed()
	}
	late := func(reason, message, fix string) verdict {
		return waits(v1alpha1.ReasonProgressing, message).orElse(deliveryGrace, reason, message, fix)
	}
	if told := l.told(iu); told != "" && told != l.strategy() {
		return late(v1alpha1.ReasonStrategyMismatch, "the ImageUpdater is told strategy "+quote(told)+", and the image needs "+l.strategy(),
			"see who changes the ImageUpdater: "+l.kubectl("get", "imageupdater")+" -o yaml --show-managed-fields")
	}
	d := s.Diagnosis
	switch {
	case d != nil && d.Listed != nil && !*d.Listed:
		return late(v1alpha1.ReasonTagListIncomplete, "the registry serves the tag, and does not list it among its tags, where image-updater looks for it",
			"push the tag again, or delete tags that nobody needs")
	case d != nil && d.FirstPage != nil && !*d.FirstPage:
		return late(v1alpha1.ReasonTagListIncomplete, "the registry serves the tag, and lists it behind the first page of its tags, where image-updater may not see it",
			"delete tags that nobody needs; ghcr.io lists 100 on a page, oldest first")
	case !l.forPlatforms(s):
		return late(v1alpha1.ReasonPlatformMismatch, "the image has none of the platforms "+strings.Join(l.update.Platforms, ", ")+", so image-updater skips it",
			"build the image for one of them, or name its own in imageUpdate.platforms")
	}
	return passed()
}

// missed tells whether image-updater should have written what the registry serves by now: a pod runs something else, or runs it by
// chance, because it was started after the push, and the next one will not.
func (l lens) missed(s Served) bool {
	if !l.follows || l.update.Paused || l.wrote(s) {
		return false
	}
	byChance := l.update.Policy == v1alpha1.ImagePolicyRolling && s.Digest != "" && len(l.live) > 0 && !l.pinnedLive() && !l.expected().known()
	return l.proof.stale || byChance
}

// wrote tells whether image-updater has chosen, or says that it has written, what the registry serves.
func (l lens) wrote(s Served) bool {
	want := l.expected()
	if l.update.Policy == v1alpha1.ImagePolicySemver {
		_, tag, _ := cutTag(s.Reference)
		return want.tag != "" && want.tag == tag
	}
	return s.holds(want.digest)
}

func (l lens) strategy() string {
	if l.update.Policy == v1alpha1.ImagePolicySemver {
		return "semver"
	}
	return "digest"
}

// told is the strategy that the ImageUpdater names for the image; empty: it was not told which Application.
func (l lens) told(iu *foreign.UpdaterCR) string {
	for _, ref := range iu.Spec.ApplicationRefs {
		for _, i := range ref.Images {
			if i.CommonUpdateSettings.UpdateStrategy != "" {
				return i.CommonUpdateSettings.UpdateStrategy
			}
		}
	}
	return ""
}

// forPlatforms tells whether the image may be for one of the platforms that image-updater is told to take.
func (l lens) forPlatforms(s Served) bool {
	var has []string
	for _, c := range s.Children {
		has = append(has, c.Platform)
	}
	if len(has) == 0 && s.Diagnosis != nil {
		has = s.Diagnosis.Platforms
	}
	if len(has) == 0 || len(l.update.Platforms) == 0 {
		return true
	}
	return slices.ContainsFunc(l.update.Platforms, func(want string) bool {
		return slices.ContainsFunc(has, func(h string) bool { return h == want || strings.HasPrefix(h, want+"/") })
	})
}

// rival is another ImageUpdater that writes another image into the Application: nobody arbitrates, they overwrite each other
// in every cycle, and both are Ready.
func (l lens) rival() (verdict, bool) {
	app := l.Children.Application
	if app == nil || l.update.Paused {
		return verdict{}, false
	}
	if l.secondEntry(app) {
		return stuck(v1alpha1.ReasonUpdaterConflict, "somebody added an entry to the ImageUpdater of the app, which follows the image in another way",
			"take that entry out: "+l.kubectl("edit", "imageupdater")), true
	}
	for _, other := range l.Updaters {
		ref, matches := matching(other, app)
		if !matches || !l.disagrees(ref) {
			continue
		}
		return stuck(v1alpha1.ReasonUpdaterConflict, "ImageUpdater "+other.Namespace+"/"+other.Name+" matches the Application too, and follows the image in another way",
			"remove the Application from it, or delete it: kubectl -n "+other.Namespace+" edit imageupdater "+other.Name), true
	}
	return verdict{}, false
}

// secondEntry for the image, in our own ImageUpdater. The list is merged by its aliases, so what somebody adds to it stays, and
// image-updater writes one image after the other, in turn.
func (l lens) secondEntry(app *foreign.ArgoApplication) bool {
	if l.Children.ImageUpdater == nil {
		return false
	}
	ref, _ := matching(l.Children.ImageUpdater, app)
	entries := 0
	for _, i := range ref.Images {
		if image.SameRepository(i.ImageName, l.tracked.Name()) {
			entries++
		}
	}
	return entries > 1 && l.disagrees(ref)
}

// matching finds what an ImageUpdater does with an Application: of several references the most specific one counts.
func matching(iu *foreign.UpdaterCR, app *foreign.ArgoApplication) (best foreign.UpdaterApplicationRef, found bool) {
	score := -1
	for _, ref := range iu.Spec.ApplicationRefs {
		if ok, err := path.Match(ref.NamePattern, app.Name); err != nil || !ok || !selects(ref.LabelSelectors, app) {
			continue
		}
		s := len(ref.NamePattern) - strings.Count(ref.NamePattern, "*")
		if ref.NamePattern == app.Name {
			s += 1_000_000
		}
		if ref.LabelSelectors != nil {
			s += 10_000
		}
		if s > score {
			best, score = ref, s
		}
	}
	return best, score >= 0
}

func selects(s *metav1.LabelSelector, app *foreign.ArgoApplication) bool {
	if s == nil {
		return true
	}
	sel, err := metav1.LabelSelectorAsSelector(s)
	return err == nil && sel.Matches(labels.Set(app.Labels))
}

// disagrees tells whether a reference of another ImageUpdater follows our image by another tag or strategy. Other images, and
// the same one in the same way, do no harm.
func (l lens) disagrees(ref foreign.UpdaterApplicationRef) bool {
	if ref.UseAnnotations != nil && *ref.UseAnnotations {
		return false // the annotations are ours: without an image list it does nothing
	}
	for _, i := range ref.Images {
		if !image.SameRepository(i.ImageName, l.tracked.Name()) {
			continue
		}
		_, tag, _ := cutTag(i.ImageName)
		if strategy := i.CommonUpdateSettings.UpdateStrategy; strategy != "" && !strings.EqualFold(strategy, l.strategy()) || tag != l.followed() {
			return true
		}
	}
	return false
}

// followed is what image-updater is told to follow: the tag, or the range.
func (l lens) followed() string {
	if l.update.Policy == v1alpha1.ImagePolicySemver {
		return l.update.Range
	}
	return l.tracked.Tag
}
