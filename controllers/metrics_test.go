package controllers

import (
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus/testutil"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// The metrics count apps by lane and reason, and name none of them.
func TestMetrics(t *testing.T) {
	now := time.Unix(1000, 0)
	s := newStuckApps(func() time.Time { return now })
	status := func(ready metav1.ConditionStatus, reason string, since int64) v1alpha1.AfroAppStatus {
		out := v1alpha1.AfroAppStatus{Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: ready}}}
		if reason != "" {
			out.StuckAt = &v1alpha1.StuckAt{Lane: v1alpha1.LaneDelivery, Reason: reason, Since: metav1.Unix(since, 0)}
		}
		return out
	}
	s.record(types.NamespacedName{Name: "a"}, status("True", "", 0))
	s.record(types.NamespacedName{Name: "b"}, status("False", v1alpha1.ReasonSyncBlocked, 400))
	s.record(types.NamespacedName{Name: "c"}, status("False", v1alpha1.ReasonSyncBlocked, 900))
	s.record(types.NamespacedName{Name: "gone"}, status("False", v1alpha1.ReasonSyncBlocked, 1))
	s.forget(types.NamespacedName{Name: "gone"})
	want := `
# HELP afroapp_apps Apps, by the status of their condition Ready.
# TYPE afroapp_apps gauge
afroapp_apps{ready="False"} 2
afroapp_apps{ready="True"} 1
afroapp_apps{ready="Unknown"} 0
# HELP afroapp_oldest_stuck_seconds Age of the oldest stuck app, in seconds; 0 when none is stuck.
# TYPE afroapp_oldest_stuck_seconds gauge
afroapp_oldest_stuck_seconds 600
# HELP afroapp_stuck_apps Apps that are stuck, by lane and reason.
# TYPE afroapp_stuck_apps gauge
afroapp_stuck_apps{lane="Delivery",reason="SyncBlocked"} 2
`
	if err := testutil.CollectAndCompare(s, strings.NewReader(want)); err != nil {
		t.Error(err)
	}
}
