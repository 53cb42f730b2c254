package observe

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

func stuckStatus(hop, reason string) v1alpha1.AfroAppStatus {
	return v1alpha1.AfroAppStatus{StuckAt: &v1alpha1.StuckAt{Lane: v1alpha1.LaneDelivery, Hop: hop, Reason: reason, Message: "cause", Fix: "remedy"}}
}

func TestTransitions(t *testing.T) {
	var none v1alpha1.AfroAppStatus
	app := &v1alpha1.AfroApp{}
	deleted := &v1alpha1.AfroApp{ObjectMeta: metav1.ObjectMeta{DeletionTimestamp: &metav1.Time{Time: time.Unix(1, 0)}}}
	later := stuckStatus("Sync", "SyncBlocked")
	later.StuckAt.Message, later.StuckAt.Since = "another cause", metav1.NewTime(time.Unix(9, 0))
	for name, c := range map[string]struct {
		app     *v1alpha1.AfroApp
		was, is v1alpha1.AfroAppStatus
		want    []Event
	}{
		"first ready":          {app, none, none, nil},
		"becomes stuck":        {app, none, stuckStatus("Sync", "SyncBlocked"), []Event{{"Warning", "SyncBlocked", "Sync: cause; remedy"}}},
		"still stuck":          {app, stuckStatus("Sync", "SyncBlocked"), later, nil},
		"another reason":       {app, stuckStatus("Sync", "Forbidden"), stuckStatus("Sync", "SyncBlocked"), []Event{{"Warning", "SyncBlocked", "Sync: cause; remedy"}}},
		"another hop":          {app, stuckStatus("Sync", "ApplyFailed"), stuckStatus("Updater", "ApplyFailed"), []Event{{"Warning", "ApplyFailed", "Updater: cause; remedy"}}},
		"no longer stuck":      {app, stuckStatus("Sync", "SyncBlocked"), none, []Event{{"Normal", "Unstuck", "Sync: no longer stuck (SyncBlocked)"}}},
		"deleted, not unstuck": {deleted, stuckStatus("Sync", "SyncBlocked"), none, nil},
	} {
		got := Transitions(c.app, c.was, c.is)
		if len(got) != len(c.want) || len(got) == 1 && got[0] != c.want[0] {
			t.Errorf("%s: got %+v, want %+v", name, got, c.want)
		}
	}
}

// The stories that were seen before tell their own transitions.
func TestTransitionsOfStories(t *testing.T) {
	want := map[string]string{"unstuck": "Unstuck", "still-stuck": "", "recorded-rejected-manifest-5-next-operation": "", "role-forbidden": "RoleNotApplied"}
	for _, s := range stories(t) {
		reason, asked := want[s.name]
		if !asked {
			continue
		}
		f := s.facts(t)
		got := ""
		for _, e := range Transitions(f.App, f.App.Status, Status(f).Status) {
			got = e.Reason
		}
		if got != reason {
			t.Errorf("%s: event %q, want %q", s.name, got, reason)
		}
		delete(want, s.name)
	}
	if len(want) > 0 {
		t.Errorf("no stories %v", want)
	}
}
