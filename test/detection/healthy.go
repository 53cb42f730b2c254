package detection

import (
	"net/http"
	"strings"

	"github.com/afrotomation/afroapp/test/registryserver"
)

// Healthy apps that are odd: whoever calls one of them stuck cries wolf.
func Healthy() []Scenario {
	return append(append(oddImages(), oddRegistries()...), oddWorkloads()...)
}

func oddImages() []Scenario {
	return []Scenario{
		{Name: "plain", Says: "nothing happens at all"},
		{Name: "pushed-once", Says: "a new image arrives", Break: push},
		{Name: "pushed-often", Says: "a new image is pushed every seven minutes", Break: push, Each: every(7, push)},
		{Name: "pushed-back", Says: "the tag goes back to an older image", Break: all(push, rolledBack)},
		{Name: "index", Says: "the image is an index of two platforms", Before: pushedIndex("linux/amd64", "linux/arm64")},
		{Name: "index-by-platform", Says: "the runtime reports the image of its platform, not the index", Before: pushedIndex("linux/amd64", "linux/arm64"),
			Break: reportsChild},
		{Name: "index-with-attestation", Says: "the index holds an attestation of an unknown platform", Before: pushedIndex("linux/amd64", "unknown/unknown")},
		{Name: "becomes-an-index", Says: "a single image becomes an index", Break: pushedIndex("linux/amd64", "linux/arm64")},
		{Name: "arm-variant", Says: "the image is for linux/arm64/v8, and linux/arm64 is asked for", Spec: "imageUpdate: {platforms: [linux/arm64]}",
			Before: pushedIndex("linux/arm64/v8")},
		{Name: "docker-pullable", Says: "the runtime reports docker-pullable://", Break: reports(func(d string) string { return "docker-pullable://registry/x@" + d })},
		{Name: "config-digest", Says: "the runtime reports the digest of the configuration of a pinned image", Tag: "1.2.3",
			Break: reports(func(string) string { return "sha256:" + strings.Repeat("c", 64) })},
		{Name: "mirror-name", Says: "the runtime names a mirror", Tag: "1.2.3",
			Break: reports(func(string) string { return "mirror.example.com/x@sha256:" + strings.Repeat("d", 64) })},
		{Name: "pinned", Says: "a full version is not followed", Tag: "1.2.3"},
		{Name: "pinned-restarted", Says: "all pods of a version that was pushed anew were restarted", Tag: "1.2.3", Break: all(push, restarted(0))},
		{Name: "pinned-others-pushed", Says: "other versions are pushed, and none is followed", Tag: "1.2.3", Break: pushedTag("1.2.4", "1.3.0", "latest")},
		{Name: "image-paused", Says: "imageUpdate.paused, and a newer image is there", Spec: "imageUpdate: {paused: true}", Break: push},
		{Name: "app-paused", Says: "the whole app is paused, and nothing is wrong", Break: paused},
		{Name: "versions", Says: "a newer version within the range arrives", Tag: "1.0.0", Spec: "imageUpdate: {range: 1.x}", Break: pushedTag("1.1.0")},
		{Name: "versions-outside", Says: "a newer version is outside of the range", Tag: "1.0.0", Spec: "imageUpdate: {range: 1.x}", Break: pushedTag("2.0.0")},
		{Name: "versions-prerelease", Says: "a newer prerelease is no version of the range", Tag: "1.0.0", Spec: "imageUpdate: {range: 1.x}", Break: pushedTag("1.1.0-rc.1")},
		{Name: "many-tags", Says: "a hundred other tags stand beside the one that is followed", Before: beforehand(manyTags)},
	}
}

func oddRegistries() []Scenario {
	return []Scenario{
		{Name: "down-for-ten-minutes", Says: "the registry answers 503 for ten minutes", Break: failsFor(registryserver.Fault{Part: "/manifests/", Status: http.StatusServiceUnavailable}), Each: healedAfter(10)},
		{Name: "limited-for-ten-minutes", Says: "the registry answers 429 for ten minutes", Break: failsFor(tooMany), Each: healedAfter(10)},
		{Name: "login-for-three-minutes", Says: "the registry refuses the login for three minutes", Break: failsFor(registryserver.Fault{Part: "/manifests/", Status: http.StatusUnauthorized}), Each: healedAfter(3)},
		{Name: "tag-missing-for-three-minutes", Says: "the app is there three minutes before its image", Before: nothing, Each: once(3, push)},
		{Name: "no-digest-header", Says: "the registry leaves the digest out of the header", Break: registryFails(registryserver.Fault{Part: "/manifests/", NoDigest: true})},
		{Name: "list-refused", Says: "the registry refuses to list tags, and serves them", Break: registryFails(registryserver.Fault{Part: "/tags/list", Status: http.StatusForbidden})},
		{Name: "moved", Says: "spec.image is moved to another repository", Break: moved("acme/moved-elsewhere", "latest")},
		{Name: "moved-own-chart", Says: "spec.image of an own chart is moved to another repository", Spec: "source: {path: apps/moved-own-chart, helm: {}}",
			Before: beforehand(ownChart), Break: moved("acme/own-chart-elsewhere", "latest")},
		{Name: "retagged", Says: "spec.image is given another tag to follow", Break: moved("acme/retagged", "main")},
		{Name: "redirected", Says: "the registry sends whoever asks to another host", Break: all(redirected, push)},
	}
}

func oddWorkloads() []Scenario {
	return []Scenario{
		{Name: "no-replicas", Says: "no replicas are asked for", Spec: "replicas: 0"},
		{Name: "scaled-down", Says: "the app is scaled to zero and an image is pushed", Break: all(scaled(0), push)},
		{Name: "scaled-up", Says: "the app is scaled to five while an image is pushed", Break: all(scaled(5), push)},
		{Name: "pods-restarted", Says: "all pods are deleted and come again", Break: restarted(0)},
		{Name: "pods-restarted-and-pushed", Says: "the pods are restarted just when an image is pushed: they run it before image-updater wrote it", Break: all(push, restarted(0))},
		{Name: "edited-often", Says: "the spec is edited every five minutes", Break: nothing, Each: every(5, environmentChanged)},
		{Name: "worker", Says: "an app without a port"},
		{Name: "own-chart", Says: "an own chart, whose pods carry no label of ours", Spec: "source: {path: apps/own-chart, helm: {}}", Before: beforehand(ownChart)},
		{Name: "own-chart-pushed", Says: "an own chart, and a new image arrives", Spec: "source: {path: apps/own-chart-pushed, helm: {}}", Before: beforehand(ownChart), Break: push},
		{Name: "own-folder", Says: "an own kustomization, and a new image arrives", Spec: "source: {path: apps/own-folder, kustomize: {}}", Before: beforehand(ownFolder), Break: push},
		{Name: "own-chart-at-zero-forced", Says: "an own chart without replicas, with forceUpdate", Spec: "imageUpdate: {forceUpdate: true}, source: {path: apps/own-chart-at-zero-forced, helm: {values: {replicas: 0}}}", Before: beforehand(ownChart)},
		{Name: "other-updater-same", Says: "another ImageUpdater follows the image in the same way", Break: all(rival("same", "other-updater-same-*", "latest", "digest"), push)},
		{Name: "other-updater-other-image", Says: "another ImageUpdater follows another image of the Application", Break: all(otherImage, push)},
		{Name: "drift", Says: "somebody edits the Application in every minute, and it is mended", Break: nothing, Each: projectChanged},
	}
}
