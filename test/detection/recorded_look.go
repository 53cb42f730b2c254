package detection

import (
	"errors"
	"fmt"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

func (f *feed) live() (*v1alpha1.AfroApp, error) {
	app := &v1alpha1.AfroApp{}
	return app, f.Admin.Get(f.ctx, client.ObjectKeyFromObject(f.app), app)
}

// settled waits until the operator has asked the registry, has seen what was fed, and says the same for a while.
func (f *feed) settled() error {
	last, same := "", 0
	for n := range 100 {
		app, err := f.nudged(n)
		if err != nil {
			return err
		}
		said := hops(app)
		if same++; said != last || len(app.Status.Hops) == 0 || f.Registry.Count("", "/manifests/") == 0 || strings.Contains(said, justWritten) {
			last, same = said, 0
		}
		if same == 5 {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return fmt.Errorf("never said the same for a while: %s", last)
}

// diagnosis waits until the registry was asked what the image is built for.
func (f *feed) diagnosis() error {
	for n := 0; f.Registry.Count("", "/blobs/") == 0; n++ {
		if n == 100 {
			return errors.New("the registry was never asked for the platforms")
		}
		if _, err := f.nudged(n); err != nil {
			return err
		}
		time.Sleep(200 * time.Millisecond)
	}
	f.Clock.Forward(unpaced)
	return f.settled()
}

// justWritten is said of a child whose last write nobody can have answered yet.
const justWritten = "was just written"

// nudged is the app, after every fourth look made the operator look too.
func (f *feed) nudged(n int) (*v1alpha1.AfroApp, error) {
	app, err := f.live()
	if err != nil || n%4 != 0 {
		return app, err
	}
	return app, f.Merge(app.DeepCopy(), fmt.Sprintf(`{"metadata":{"annotations":{"example.com/look":"%d"}}}`, n))
}

// look until the operator says what is wanted, and a moment longer.
func (f *feed) look() error {
	right := 0
	for n := range 60 {
		app, err := f.nudged(n)
		if err != nil {
			return err
		}
		f.Said, f.Line = verdictOf(app.Status), hops(app)
		if right++; f.Said != f.Want {
			right = 0
		}
		if right == 5 {
			return nil
		}
		time.Sleep(200 * time.Millisecond)
	}
	return nil
}

// verdictOf a status, in the words of the recordings.
func verdictOf(s v1alpha1.AfroAppStatus) string {
	state := corev1.ConditionUnknown
	for _, c := range s.Conditions {
		if c.Type == v1alpha1.ConditionDelivered {
			state = corev1.ConditionStatus(c.Status)
		}
	}
	switch at := s.StuckAt; {
	case state == corev1.ConditionTrue:
		return "delivered"
	case at == nil:
		return "rolling"
	case state == corev1.ConditionUnknown:
		return at.Hop + " " + at.Reason + " unknown"
	default:
		return at.Hop + " " + at.Reason
	}
}
