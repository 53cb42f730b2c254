package actors_test

import (
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/test/evidence"
)

// lateHeal: after many syncs Argo CD starts one more, on a comparison of before: a heal that names what was out of sync then,
// and changes nothing. The actor looks at once, and does not.
const lateHeal = "the recorded sync is a heal that follows the sync and changes nothing"

// allowed are the differences between what actors play and what was recorded, by recording. An allowance that nothing needs
// any more fails too.
var allowed = map[string]evidence.Allowed{
	"argocd/argocd-writeback-helm/1-before.application.yaml": {"- status.operationState.operation.sync.*": lateHeal},
	"argocd/argocd-writeback-helm/2-after.application.yaml": {
		"- status.operationState.operation.sync.*":                lateHeal,
		"+ status.operationState.syncResult.resources[Service].*": lateHeal,
	},
	"cnpg/healthy-1-cluster.yaml": {
		"+ status.instancesReportedState.<name>-*": "one instance was recorded, three are played",
		"+ status.topology.instances.<name>-*":     "the same",
	},
	"cnpg/no-archiver.cluster.yaml": {"+ status.conditions[LastBackupSucceeded].*": "it was recorded before its first backup"},
	"cnpg/healthy-3-database.yaml":  {"+ status.extensions[].*": "the recorded database has no extension"},
	"argocd/registry-unreachable/imageupdater.yaml": {
		"- status.lastUpdatedAt":        "an update before the failure is in the recording",
		"- status.recentUpdates[app].*": "the same",
	},
	"argocd/write-back-refused/imageupdater.yaml": {
		"- status.lastUpdatedAt":        "the same",
		"- status.recentUpdates[app].*": "the same",
	},
	"argocd/updater-gone-finalizer/imageupdater.yaml": {
		"+ status.lastUpdatedAt":        "an update before the end is played",
		"+ status.recentUpdates[app].*": "the same",
	},
	"cnpg/s3-down.objectstore.yaml": {
		"- status.serverRecoveryWindow.<server>.firstRecoverabilityPoint": "a backup before the failure is in the recording",
		"- status.serverRecoveryWindow.<server>.lastSuccessfulBackupTime": "the same",
	},
}

// asRecorded holds that an actor leaves an object in the shape in which the real peer was recorded to leave it.
func asRecorded(t *testing.T, played *unstructured.Unstructured, file string) {
	t.Helper()
	recorded, err := evidence.Recorded(file, played.GetKind())
	if err != nil {
		t.Fatal(err)
	}
	peers := []string{"argocd-application-controller", "argocd-image-updater", "manager", "nginx-ingress-controller",
		"cert-manager-certificates-issuing", "cert-manager-certificates-readiness"}
	if len(recorded.GetManagedFields()) == 0 {
		peers = nil // they were left out
	}
	differences := evidence.Compare(evidence.Shape(recorded, peers...), evidence.Shape(played, peers...))
	if wrong := allowed[file].Judge(differences); len(wrong) > 0 {
		t.Errorf("%s: recorded (-), played (+):\n%s", file, strings.Join(wrong, "\n"))
	}
}
