package controllers

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/observe"
)

// The metrics count apps by lane and reason, and name none of them.
func TestMetrics(t *testing.T) {
	now := time.Unix(1000, 0)
	s := newStuckApps(func() time.Time { return now }, true)
	status := func(ready metav1.ConditionStatus, reason string, since int64) v1alpha1.AfroAppStatus {
		out := v1alpha1.AfroAppStatus{Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: ready}}}
		if reason != "" {
			out.StuckAt = &v1alpha1.StuckAt{Lane: v1alpha1.LaneDelivery, Hop: v1alpha1.HopSync, Reason: reason, Since: metav1.Unix(since, 0)}
		}
		return out
	}
	served, seen := metav1.Unix(700, 0), metav1.Unix(800, 0)
	runs, waits := status("True", "", 0), status("False", v1alpha1.ReasonSyncBlocked, 900)
	runs.Image = &v1alpha1.ImageStatus{RegistryDigest: "sha256:1", RegistryDigestSince: &served, InSyncSince: &seen}
	waits.Image = &v1alpha1.ImageStatus{RegistryDigest: "sha256:2", RegistryDigestSince: &served}
	s.record(types.NamespacedName{Namespace: "ns", Name: "a"}, observe.Result{Status: runs})
	s.record(types.NamespacedName{Name: "b"}, observe.Result{Status: status("False", v1alpha1.ReasonSyncBlocked, 400)})
	s.record(types.NamespacedName{Namespace: "ns", Name: "c"}, observe.Result{Status: waits, Stale: true})
	s.record(types.NamespacedName{Name: "gone"}, observe.Result{Status: status("False", v1alpha1.ReasonSyncBlocked, 1)})
	s.forget(types.NamespacedName{Name: "gone"})
	want := `
# HELP afroapp_apps Apps, by the status of their condition Ready.
# TYPE afroapp_apps gauge
afroapp_apps{ready="False"} 2
afroapp_apps{ready="True"} 1
afroapp_apps{ready="Unknown"} 0
# HELP afroapp_image_oldest_stale_seconds How long the oldest of these images has been served, in seconds; 0 when there is none.
# TYPE afroapp_image_oldest_stale_seconds gauge
afroapp_image_oldest_stale_seconds 300
# HELP afroapp_image_stale_apps Apps of which a pod runs another image than the registry serves.
# TYPE afroapp_image_stale_apps gauge
afroapp_image_stale_apps 1
# HELP afroapp_image_stale_seconds How long the registry has served an image while a pod runs another one, in seconds; 0 when none does. With --metrics-per-app.
# TYPE afroapp_image_stale_seconds gauge
afroapp_image_stale_seconds{name="a",namespace="ns"} 0
afroapp_image_stale_seconds{name="c",namespace="ns"} 300
# HELP afroapp_image_unseen_apps Apps of which nobody knows which image the registry serves.
# TYPE afroapp_image_unseen_apps gauge
afroapp_image_unseen_apps 1
# HELP afroapp_oldest_stuck_seconds Age of the oldest stuck app, in seconds; 0 when none is stuck.
# TYPE afroapp_oldest_stuck_seconds gauge
afroapp_oldest_stuck_seconds 600
# HELP afroapp_stuck_apps Apps that are stuck, by lane, hop and reason.
# TYPE afroapp_stuck_apps gauge
afroapp_stuck_apps{hop="Sync",lane="Delivery",reason="SyncBlocked"} 2
`
	if err := testutil.CollectAndCompare(s, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
