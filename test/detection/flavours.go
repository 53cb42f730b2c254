package detection

import (
	"net/http"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/test/actors"
	"github.com/afrotomation/afroapp/test/registryserver"
)

// The stages, and what plays on them.
func Stages() []struct {
	Kind
	Scenarios []Scenario
} {
	return []struct {
		Kind
		Scenarios []Scenario
	}{
		{Kind{Name: "ImageUpdater, write-back to Argo CD"}, append(append(Silent(), Healthy()...), catalogue()...)},
		{Kind{Name: "ImageUpdater, write-back to Git", Updater: "{writeBack: {method: Git}}"}, append(byGit(), catalogueByGit()...)},
		{Kind{Name: "annotations (image-updater 0.x)", Updater: "{flavour: Annotations}", AnnotationsOnly: true}, byAnnotations()},
	}
}

func byGit() []Scenario {
	return []Scenario{
		{Name: "git-plain", Says: "write-back to Git, and nothing happens"},
		{Name: "git-pushed", Says: "write-back to Git, and a new image arrives", Break: push},
		{Name: "git-own-chart", Says: "write-back to Git beside an own chart, and a new image arrives", Spec: "source: {path: apps/git-own-chart, helm: {}}",
			Before: beforehand(ownChart), Break: push},
		{Name: "git-own-folder", Says: "write-back to Git beside an own kustomization, and a new image arrives", Spec: "source: {path: apps/git-own-folder, kustomize: {}}",
			Before: beforehand(ownFolder), Break: push},
		{Name: "git-moved", Says: "spec.image is moved to another repository, and image-updater's file in Git keeps the one of before", Rows: "7, 23",
			Break: moved("acme/git-elsewhere", "latest"), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonImageNotLive)},
		{Name: "git-retagged", Says: "spec.image is given another tag to follow", Break: moved("acme/git-retagged", "main")},
		{Name: "git-pinned", Says: "a version that is not followed", Tag: "1.2.3"},
		{Name: "commit-not-seen", Says: "image-updater has committed, and Argo CD is Synced at the commit before", Rows: "24, 33; right-git-committed-not-synced",
			Break: all(plays(argocd, actors.CommitNotSeen), push), Want: at(v1alpha1.HopSync, v1alpha1.ReasonSyncBlocked)},
		{Name: "push-refused", Says: "the git server refuses every commit", Rows: "28, 29; write-back-refused, write-back-no-identity, http-repository-refused",
			Break: all(plays(updater, actors.PartialErrors), push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterErrors)},
		{Name: "git-shrugs", Says: "image-updater commits nothing and reports success", Rows: "1, 21, 25",
			Break: all(plays(updater, actors.Shrugs), push), Want: at(v1alpha1.HopWriteBack, v1alpha1.ReasonNoWriteBack)},
		{Name: "git-wrong-key", Says: "image-updater commits parameters that the chart does not know", Rows: "18, 20, 21",
			Before: beforehand(plays(updater, actors.WriteBackIgnored)), Want: at(v1alpha1.HopSync, v1alpha1.ReasonSyncBlocked)},
	}
}

func byAnnotations() []Scenario {
	return []Scenario{
		{Name: "old-plain", Says: "image-updater 0.x, and nothing happens"},
		{Name: "old-pushed", Says: "image-updater 0.x, and a new image arrives", Break: push},
		{Name: "old-moved", Says: "spec.image is moved to another repository", Break: moved("acme/old-elsewhere", "latest")},
		{Name: "old-pinned", Says: "a version that is not followed", Tag: "1.2.3"},
		{Name: "old-paused", Says: "imageUpdate.paused with 0.x", Spec: "imageUpdate: {paused: true}", Break: push},
		{Name: "old-stalls", Says: "image-updater 0.x is gone, and nothing reports it", Rows: "12, 13, 16, 17",
			Break: all(plays(updater, actors.Stalled), push), Want: at(v1alpha1.HopWriteBack, v1alpha1.ReasonNoWriteBack)},
		{Name: "old-matches-nothing", Says: "image-updater 0.x does not see the Application", Rows: "10, 12, 16, 39",
			Before: beforehand(plays(updater, actors.MatchesNothing)), Want: at(v1alpha1.HopWriteBack, v1alpha1.ReasonNoWriteBack)},
		{Name: "old-errors", Says: "every cycle of image-updater 0.x fails, in its log only", Rows: "2, 16, 28, 29",
			Break: all(plays(updater, actors.PartialErrors), push), Want: at(v1alpha1.HopWriteBack, v1alpha1.ReasonNoWriteBack)},
		{Name: "old-wrong-key", Says: "image-updater 0.x writes parameters that the chart does not know", Rows: "18, 19",
			Before: beforehand(plays(updater, actors.WriteBackIgnored)), Want: at(v1alpha1.HopWriteBack, v1alpha1.ReasonWriteBackIgnored)},
		{Name: "old-tag-deleted", Says: "the tag is deleted", Break: untagged, Want: at(v1alpha1.HopRegistry, v1alpha1.ReasonTagMissing)},
		{Name: "old-registry-fails", Says: "the registry fails for long",
			Break: registryFails(registryserver.Fault{Part: "/manifests/", Status: http.StatusBadGateway}), Want: at(v1alpha1.HopRegistry, v1alpha1.ReasonRegistryUnreachable)},
		{Name: "old-comparison-error", Says: "the folder does not render", Rows: "26",
			Break: all(plays(argocd, actors.ComparisonErrorHealthy), push), Want: at(v1alpha1.HopSync, v1alpha1.ReasonSyncBlocked)},
	}
}
