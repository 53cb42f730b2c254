package detection

import (
	"fmt"
	"net/http"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/registryserver"
)

func at(hop, reason string) Want { return Want{Hop: hop, Reason: reason} }

// Silent failures with ImageUpdaters that write back to Argo CD.
func Silent() []Scenario {
	return append(append(append(silentUpdaters(), silentSyncs()...), silentRegistries()...), silentPods()...)
}

func silentUpdaters() []Scenario {
	return []Scenario{
		{Name: "never-looks", Says: "image-updater watches another namespace", Rows: "12, 13",
			Before: beforehand(plays(updater, actors.NeverLooks)), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterNotConfigured)},
		{Name: "stalls", Says: "image-updater stops looking", Rows: "12, 39",
			Break: all(plays(updater, actors.Stalled), push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterStalled)},
		{Name: "matches-nothing", Says: "image-updater matches no Application", Rows: "10, 12, 15, 16",
			Break: all(plays(updater, actors.MatchesNothing), push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonApplicationNotMatched)},
		{Name: "errors", Says: "every cycle of image-updater fails, Ready stays True", Rows: "2, 27, 28, 29, 30",
			Break: all(plays(updater, actors.PartialErrors), push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterErrors)},
		{Name: "not-live", Says: "image-updater takes the image for one that does not run", Rows: "7, 8, 9",
			Break: all(plays(updater, actors.ImageNotLive), push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonImageNotLive)},
		{Name: "shrugs", Says: "a new image is pushed, image-updater reports success and writes nothing", Rows: "1, 6, 17, 34, 37",
			Break: all(plays(updater, actors.Shrugs), push), Want: at(v1alpha1.HopWriteBack, v1alpha1.ReasonNoWriteBack)},
		{Name: "shrugs-from-the-start", Says: "image-updater has never written a digest, and all is green", Rows: "1, 5, 17",
			Before: beforehand(plays(updater, actors.Shrugs)), Want: at(v1alpha1.HopWriteBack, v1alpha1.ReasonNoWriteBack)},
		{Name: "wrong-key", Says: "image-updater writes parameters that the chart does not know", Rows: "18, 19, 20, 23",
			Before: beforehand(plays(updater, actors.WriteBackIgnored)), Want: at(v1alpha1.HopWriteBack, v1alpha1.ReasonWriteBackIgnored)},
		{Name: "reverted", Says: "somebody takes away what image-updater writes, at once", Rows: "22",
			Break: all(plays(updater, actors.WriteBackLost), push), Want: at(v1alpha1.HopWriteBack, v1alpha1.ReasonNoWriteBack)},
		{Name: "second-updater", Says: "another ImageUpdater follows the image by newest-build", Rows: "1, 14",
			Break: all(rival("second", "second-updater-*", "latest", "newest-build"), push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterConflict)},
		{Name: "glob-updater", Says: "an ImageUpdater for every Application follows another tag of the image", Rows: "14, 34",
			Break: all(pushedTag("stable"), rival("globber", "*", "stable", "digest")), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterConflict)},
		{Name: "strategy-changed", Says: "somebody sets the strategy of our ImageUpdater to newest-build while the app is paused", Rows: "1, 3, 38; silent-newest-build",
			Break: all(paused, strategyChanged, push),
			Want:  at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterNotConfigured)},
		{Name: "wrong-platform", Says: "the new image is for another platform", Rows: "32; wrong-platform",
			Break: pushed("linux/arm64"), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonPlatformMismatch)},
		{Name: "index-without-platform", Says: "the new index lacks the platform", Rows: "32",
			Break: pushedIndex("linux/arm64", "linux/s390x"), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonPlatformMismatch)},
		{Name: "newer-version", Says: "a newer version is within the range, and is not written", Rows: "4, 6", Tag: "1.0.0", Spec: "imageUpdate: {range: 1.x}",
			Break: all(plays(updater, actors.Shrugs), pushedTag("1.1.0")), Want: at(v1alpha1.HopWriteBack, v1alpha1.ReasonNoWriteBack)},
		{Name: "no-version", Says: "no tag is a version within the range", Rows: "4", Tag: "1.0.0", Spec: "imageUpdate: {range: 1.x}",
			Before: pushedTag("latest", "2.0.0"), Want: at(v1alpha1.HopRegistry, v1alpha1.ReasonTagMissing)},
	}
}

func silentSyncs() []Scenario {
	blocked := at(v1alpha1.HopSync, v1alpha1.ReasonSyncBlocked)
	return []Scenario{
		{Name: "comparison-error", Says: "the folder does not render, and Argo CD says Healthy", Rows: "26; comparison-error-healthy",
			Break: all(plays(argocd, actors.ComparisonErrorHealthy), push), Want: blocked},
		{Name: "never-rendered", Says: "the folder never rendered, and Argo CD says Healthy", Rows: "10, 26",
			Before: beforehand(plays(argocd, actors.ComparisonErrorHealthy)), Want: blocked},
		{Name: "rejected-manifest", Says: "the API server refuses a manifest, the operation is Running for many minutes", Rows: "26; rejected-manifest-running",
			Break: all(plays(argocd, actors.RejectedManifestRunning), push), Want: blocked},
		{Name: "project-missing", Says: "the AppProject does not exist", Rows: "26; project-missing",
			Before: beforehand(plays(argocd, actors.ProjectMissing)), Want: blocked},
		{Name: "not-permitted", Says: "the AppProject does not permit the Application", Rows: "26; foreign-project-refused",
			Before: beforehand(plays(argocd, actors.NotPermitted)), Want: blocked},
		{Name: "manual-sync", Says: "somebody turns automated sync off while the app is paused", Rows: "26; manual-sync-out-of-sync",
			Break: all(paused, edited(foreign.Application, `{"spec":{"syncPolicy":null}}`), push), Want: at(v1alpha1.HopSync, v1alpha1.ReasonPaused)},
		{Name: "application-gone", Says: "somebody deletes the Application while the app is paused", Rows: "12; no-application-matches",
			Break: all(paused, deleted(foreign.Application)), Want: at(v1alpha1.HopSync, v1alpha1.ReasonPaused)},
		{Name: "updater-gone", Says: "somebody deletes the ImageUpdater while the app is paused", Rows: "13, 14",
			Break: all(paused, deleted(foreign.ImageUpdater), push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterNotConfigured)},
		{Name: "own-chart-at-zero", Says: "the own chart has no replicas, and image-updater skips what does not run at debug level", Rows: "7; zero-replicas",
			Spec: `source: {path: apps/own-chart-at-zero, helm: {values: {replicas: 0}}}`, Before: beforehand(ownChart), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonImageNotLive)},
	}
}

func silentRegistries() []Scenario {
	at := func(reason string) Want { return Want{v1alpha1.HopRegistry, reason} }
	return []Scenario{
		{Name: "never-pushed", Says: "the tag was never pushed", Rows: "image-missing", Before: nothing, Want: at(v1alpha1.ReasonTagMissing)},
		{Name: "tag-deleted", Says: "the tag is deleted", Rows: "31", Break: untagged, Want: at(v1alpha1.ReasonTagMissing)},
		{Name: "repository-gone", Says: "the registry no longer knows the repository", Break: answers(http.StatusNotFound, "NAME_UNKNOWN", "repository name not known to registry"), Want: at(v1alpha1.ReasonTagMissing)},
		{Name: "unauthorized", Says: "the registry asks for a login", Rows: "30", Break: answers(http.StatusUnauthorized, "UNAUTHORIZED", "authentication required"), Want: at(v1alpha1.ReasonUnauthorized)},
		{Name: "denied", Says: "the token lacks the scope", Rows: "30", Break: answers(http.StatusForbidden, "DENIED", "requested access to the resource is denied"), Want: at(v1alpha1.ReasonUnauthorized)},
		{Name: "pull-secret-missing", Says: "the pull Secret does not exist where image-updater reads it", Rows: "28, 30", Spec: "imageUpdate: {pullSecret: {name: nothing}}",
			Want: at(v1alpha1.ReasonUnauthorized)},
		{Name: "pull-secret-broken", Says: "the pull Secret holds no docker config", Rows: "30", Spec: "imageUpdate: {pullSecret: {name: wrong}}",
			Before: beforehand(pullSecret("wrong", "")), Want: at(v1alpha1.ReasonUnauthorized)},
		{Name: "rate-limited", Says: "the registry answers 429 for long", Break: registryFails(tooMany), Want: at(v1alpha1.ReasonRateLimited)},
		{Name: "fails", Says: "the registry answers 503 for long", Rows: "registry-unreachable",
			Break: registryFails(registryserver.Fault{Part: "/manifests/", Status: http.StatusServiceUnavailable, Body: "no healthy upstream"}), Want: at(v1alpha1.ReasonRegistryUnreachable)},
		{Name: "hangs-up", Says: "the registry closes every connection", Rows: "registry-unreachable",
			Break: registryFails(registryserver.Fault{Part: "/manifests/", Close: true}), Want: at(v1alpha1.ReasonRegistryUnreachable)},
		{Name: "silent-registry", Says: "the registry does not answer in time", Rows: "registry-unreachable",
			Break: registryFails(registryserver.Fault{Part: "/manifests/", Delay: slow}), Want: at(v1alpha1.ReasonRegistryUnreachable)},
		{Name: "login-page", Says: "the registry answers with a page in HTML",
			Break: registryFails(registryserver.Fault{Part: "/manifests/", Status: http.StatusOK, Header: map[string]string{"Content-Type": "text/html"}, Body: "<html>log in</html>"}),
			Want:  at(v1alpha1.ReasonDigestMissing)},
		{Name: "self-signed", Says: "nobody vouches for the certificate of the registry", Rows: "30",
			Before: selfSigned, Want: at(v1alpha1.ReasonRegistryUnreachable)},
	}
}

func silentPods() []Scenario {
	stuck := at(v1alpha1.HopRollout, v1alpha1.ReasonRolloutStuck)
	return []Scenario{
		{Name: "cannot-pull", Says: "the new pods cannot pull", Break: all(kubeletFails(actors.ImagePullBackOff), push), Want: stuck},
		{Name: "crashes", Says: "the new pods crash", Break: all(kubeletFails(actors.CrashLoop), push), Want: stuck},
		{Name: "not-ready", Says: "the new pods never become ready", Break: all(kubeletFails(actors.NotReady), push), Want: stuck},
		{Name: "rollout-paused", Says: "somebody has paused the rollout", Break: all(rolloutPaused, push), Want: stuck},
		{Name: "tag-moved", Says: "another image was pushed under a version that is not followed", Tag: "1.2.3",
			Break: push, Want: at(v1alpha1.HopPods, v1alpha1.ReasonTagMoved)},
		{Name: "pods-differ", Says: "one of two pods was started before the version was pushed anew", Tag: "1.2.3", Spec: "replicas: 2",
			Break: all(push, restarted(1)), Want: at(v1alpha1.HopPods, v1alpha1.ReasonTagMoved)},
	}
}

// selfSigned moves the image to the registry whose certificate nobody has signed.
func selfSigned(s *Stage, a *App) error {
	a.Image = fmt.Sprintf("%s/%s:%s", s.SelfSigned, a.Repository, a.tag())
	return s.Push(a)
}
