package detection

import (
	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/test/actors"
)

// What the catalogue of docs/silent-failures.md has, done by the ones who do it in life: a person who edits our objects where
// we own nothing, a policy, a file that was forgotten, a hook of the git server. The actors themselves are right.
func catalogue() []Scenario {
	ignored, shrugged := at(v1alpha1.HopWriteBack, v1alpha1.ReasonWriteBackIgnored), at(v1alpha1.HopWriteBack, v1alpha1.ReasonNoWriteBack)
	return []Scenario{
		{Name: "tag-taken-away", Says: "somebody takes the tag out of our ImageUpdater while the app is paused", Rows: "2",
			Break: all(paused, retold(func(_, image map[string]any) { image["imageName"], _, _ = cutLast(image["imageName"].(string), ":") }), push),
			Want:  at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterNotConfigured)},
		{Name: "tags-not-allowed", Says: "somebody adds allowTags to our ImageUpdater, without regexp: in front", Rows: "5",
			Break: all(retold(setting("allowTags", "^latest$")), push), Want: shrugged},
		{Name: "tags-ignored", Says: "somebody adds ignoreTags to our ImageUpdater, and the glob takes the followed tag too", Rows: "6",
			Break: all(retold(setting("ignoreTags", []any{"l*"})), push), Want: shrugged},
		{Name: "no-summary", Says: "Argo CD finds none of the pods, and lists no image", Rows: "8",
			Break: all(plays(argocd, actors.NoSummary), push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonImageNotLive)},
		{Name: "other-spelling", Says: "the own manifests spell the registry in another way", Rows: "9", Spec: "source: {path: apps/other-spelling, kustomize: {}}",
			Before: beforehand(otherSpelling), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonImageNotLive)},
		{Name: "plain-manifests", Says: "the own folder holds plain manifests, and no kustomization", Rows: "10", Spec: "source: {path: apps/plain-manifests, kustomize: {}}",
			Before: beforehand(plainManifests), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonApplicationNotMatched)},
		{Name: "label-asked-for", Says: "somebody lets our ImageUpdater ask for a label that the Application has not", Rows: "12, 14",
			Break: all(retold(func(ref, _ map[string]any) {
				ref["labelSelectors"] = map[string]any{"matchLabels": map[string]any{"team": "shop"}}
			}), push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonApplicationNotMatched)},
		{Name: "other-keys", Says: "the own chart keeps its image under other values", Rows: "18; wrong-helm-key", Spec: "source: {path: apps/other-keys, helm: {}}",
			Before: beforehand(otherKeys), Want: ignored},
		{Name: "taken-away-by-a-policy", Says: "an admission policy takes image-updater's parameters away, and answers that all is well", Rows: "22",
			Before: beforehand(parametersRefused), Want: shrugged},
		{Name: "forgotten-file", Says: "image-updater's file of an earlier write-back to Git is still there", Rows: "23", Spec: "source: {path: apps/forgotten-file, helm: {}}",
			Before: beforehand(ownChart, forgottenFile), Break: push, Want: ignored},
		{Name: "not-reconciled", Says: "somebody lets Argo CD skip the Application", Rows: "26",
			Break: all(edited(foreign.Application, `{"metadata":{"annotations":{"argocd.argoproj.io/skip-reconcile":"true"}}}`), push),
			Want:  at(v1alpha1.HopSync, v1alpha1.ReasonSyncBlocked)},
		{Name: "list-without-the-tag", Says: "image-updater looks for the tag in a list of the registry that lacks it", Rows: "31",
			Break: all(plays(updater, actors.Thorough), registryFails(listWithoutTag), push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonTagListIncomplete)},
		{Name: "second-entry", Says: "somebody adds another tag of the image to our own ImageUpdater", Rows: "34",
			Break: all(pushedTag("stable"), retold(stableToo)), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterConflict)},
		{Name: "edited-within-a-cycle", Says: "the spec is edited while image-updater waits for the registry, and then writes the spec of before", Rows: "36; lost-update",
			Break: registryFails(slowManifests), Each: every(5, all(push, environmentChanged, nothingLost))},
		{Name: "stays", Says: "the tag moves on while imageUpdate.paused keeps the image where it is", Rows: "40",
			Break: all(imagePaused, push), Each: every(1, staysBehind)},
	}
}

func catalogueByGit() []Scenario {
	blocked := at(v1alpha1.HopSync, v1alpha1.ReasonSyncBlocked)
	return []Scenario{
		{Name: "another-file", Says: "somebody names a file for image-updater to write that Argo CD does not read", Rows: "17, 19",
			Break: all(retold(gitSetting("writeBackTarget", "helmvalues:values-of-nobody.yaml")), push), Want: blocked},
		{Name: "prefixed-file", Says: "image-updater and Argo CD call the file of the Application by different names", Rows: "21",
			Before: beforehand(plays(updater, actors.PrefixedFile)), Want: blocked},
		{Name: "request-not-merged", Says: "somebody lets our ImageUpdater open a pull request, and nobody merges it", Rows: "25",
			Break: all(retold(gitSetting("pullRequest", map[string]any{"github": map[string]any{}})), push), Want: blocked},
		{Name: "hook-refuses", Says: "a hook of the git server refuses each push to the folder of the app", Rows: "28, 29; write-back-refused",
			Spec: "source: {path: apps/hook-refuses, helm: {}}", Before: beforehand(ownChart), Break: all(refusesPushes, push), Want: at(v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterErrors)},
		{Name: "paths-left-out", Says: "somebody lets Argo CD render anew only for commits to another folder", Rows: "24, 33",
			Break: all(edited(foreign.Application, `{"metadata":{"annotations":{"argocd.argoproj.io/manifest-generate-paths":"/src"}}}`), push), Want: blocked},
		{Name: "parameters-by-hand", Says: "somebody writes helm.parameters into the Application, which image-updater's file then replaces", Rows: "20; helm-parameters-lost",
			Break: all(edited(foreign.Application, `{"spec":{"source":{"helm":{"parameters":[{"name":"image.tag","value":"none"}]}}}}`), push)},
	}
}
