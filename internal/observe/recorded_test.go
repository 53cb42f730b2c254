package observe

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// The recorded scenarios with the verdict that an observer has to reach: hop and reason, or "delivered", or "rolling" within the
// grace time, or "unknown" of a registry.
var recorded = map[string]string{
	"annotations-flavour":                            "delivered",
	"apps-in-any-namespace":                          "delivered",
	"right-synced":                                   "delivered",
	"writeback-helm-after":                           "delivered",
	"writeback-kustomize":                            "delivered",
	"writeback-helm-before":                          "rolling",
	"silent-newest-build":                            "Updater StrategyMismatch",
	"silent-newest-build-early":                      "rolling",
	"digest-without-tag":                             "Updater UpdaterErrors",
	"digest-without-tag-early":                       "rolling",
	"http-repository-refused":                        "Updater UpdaterErrors",
	"write-back-refused":                             "Updater UpdaterErrors",
	"write-back-no-identity":                         "Updater UpdaterErrors",
	"registry-unreachable":                           "Registry RegistryUnreachable unknown",
	"git-committed-not-synced":                       "Sync SyncBlocked",
	"git-committed-not-synced-early":                 "rolling",
	"git-default-target-http":                        "Sync SyncBlocked",
	"wrong-helm-key-stale":                           "WriteBack WriteBackIgnored",
	"wrong-platform-stale":                           "Updater PlatformMismatch",
	"zero-replicas":                                  "Updater ImageNotLive",
	"two-updaters-fight":                             "Updater UpdaterConflict",
	"no-application-matches":                         "Updater ApplicationNotMatched",
	"application-not-yet-rendered":                   "rolling",
	"project-missing":                                "Sync SyncBlocked",
	"project-missing-early":                          "rolling",
	"foreign-project-refused":                        "Sync SyncBlocked",
	"invalid-spec-cluster-unknown":                   "Sync SyncBlocked",
	"invalid-spec-destination-not-permitted":         "Sync SyncBlocked",
	"invalid-spec-repository-not-permitted":          "Sync SyncBlocked",
	"comparison-error-path-missing":                  "Sync SyncBlocked",
	"comparison-error-path-missing-13-min-later":     "Sync SyncBlocked",
	"comparison-error-revision-missing":              "Sync SyncBlocked",
	"comparison-error-template-fails":                "Sync SyncBlocked",
	"comparison-error-repo-server-permission-denied": "Sync SyncBlocked",
	"rejected-manifest-1-first-attempt-failed":       "Sync SyncBlocked",
	"rejected-manifest-2-attempt-2":                  "Sync SyncBlocked",
	"rejected-manifest-3-attempt-5":                  "Sync SyncBlocked",
	"rejected-manifest-4-failed":                     "Sync SyncBlocked",
	"rejected-manifest-5-next-operation":             "Sync SyncBlocked",
	"manual-sync":                                    "Sync SyncBlocked",
	"manual-sync-early":                              "rolling",
	"image-missing":                                  "Registry TagMissing unknown",
	"updater-stopped":                                "Updater UpdaterStalled",
}

func TestRecordedScenarios(t *testing.T) {
	for _, s := range stories(t) {
		want := recorded[strings.TrimPrefix(s.name, "recorded-")]
		if want == "" {
			continue
		}
		t.Run(s.name, func(t *testing.T) {
			status := Status(s.facts(t)).Status
			delivered := meta.FindStatusCondition(status.Conditions, v1alpha1.ConditionDelivered)
			got := "rolling"
			switch at := status.StuckAt; {
			case delivered.Status == "True":
				got = "delivered"
			case at != nil && delivered.Status == "Unknown":
				got = at.Hop + " " + at.Reason + " unknown"
			case at != nil:
				got = at.Hop + " " + at.Reason
			}
			if got != want {
				t.Errorf("want %s\ngot  %s: %+v\n%+v", want, got, delivered, status.Hops)
			}
		})
	}
}
