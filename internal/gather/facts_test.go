package gather

import (
	"testing"
	"time"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
)

// A heartbeat is no news, but for the first one after a silence that counted as stuck: nothing else would tell that
// image-updater is back.
func TestHeartbeats(t *testing.T) {
	at := func(after time.Duration) *metav1.Time {
		return &metav1.Time{Time: time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC).Add(after)}
	}
	for _, c := range []struct {
		name    string
		was, is *metav1.Time
		same    bool
	}{
		{"never looked", nil, nil, true},
		{"the first look", nil, at(0), false},
		{"a cycle later", at(0), at(2 * time.Minute), true},
		{"just in time", at(0), at(observe.UpdaterStalled - time.Second), true},
		{"back again", at(0), at(observe.UpdaterStalled), false},
	} {
		was, is := &foreign.UpdaterCR{}, &foreign.UpdaterCR{}
		was.Status.LastCheckedAt, is.Status.LastCheckedAt = c.was, c.is
		was.ResourceVersion, is.ResourceVersion = "1", "2"
		if got := sameFacts(was, is); got != c.same {
			t.Errorf("%s: same is %v", c.name, got)
		}
	}
}
