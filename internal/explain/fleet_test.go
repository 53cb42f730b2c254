package explain

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

func before(d time.Duration) metav1.Time { return metav1.NewTime(noon.Add(-d)) }

func fleetApp(name string, ready metav1.ConditionStatus, image *v1alpha1.ImageStatus, at *v1alpha1.StuckAt) *v1alpha1.AfroApp {
	return &v1alpha1.AfroApp{ObjectMeta: metav1.ObjectMeta{Namespace: "shop", Name: name, Generation: 2}, Status: v1alpha1.AfroAppStatus{
		ObservedGeneration: 2, Image: image, StuckAt: at, Conditions: []metav1.Condition{{Type: v1alpha1.ConditionReady, Status: ready}}}}
}

func fleet() []*v1alpha1.AfroApp {
	long, short := before(40*time.Hour), before(3*time.Minute)
	edited := fleetApp("edited", "True", nil, nil)
	edited.Generation = 3
	return []*v1alpha1.AfroApp{
		fleetApp("well", "True", &v1alpha1.ImageStatus{RegistryDigest: "sha256:1", RegistryDigestSince: &long, InSyncSince: &long}, nil),
		fleetApp("rolling", "False", &v1alpha1.ImageStatus{RegistryDigest: "sha256:1", RegistryDigestSince: &short}, nil),
		fleetApp("young", "False", nil, &v1alpha1.StuckAt{Lane: v1alpha1.LaneDelivery, Hop: "Sync", Reason: "SyncBlocked", Since: short, Message: "Argo CD: \x1b[31mOutOfSync"}),
		fleetApp("old", "False", &v1alpha1.ImageStatus{RegistryDigest: "sha256:1", RegistryDigestSince: &long},
			&v1alpha1.StuckAt{Lane: v1alpha1.LaneDelivery, Hop: "WriteBack", Reason: "NoWriteBack", Since: long, Message: strings.Repeat("never written ", 10)}),
		edited,
	}
}

// What needs somebody stands first; a status of an older spec says nothing; nothing reaches the terminal that it would act on.
func TestTable(t *testing.T) {
	want := `NAMESPACE  NAME     READY    IMAGE SINCE  STUCK AT                SINCE  CAUSE
shop       old      False    behind 40h   WriteBack: NoWriteBack  40h    never written never written never written never written never written never wri…
shop       young    False    ?            Sync: SyncBlocked       3m     Argo CD: [31mOutOfSync
shop       edited   Unknown  ?
shop       rolling  False    behind 3m
shop       well     True     40h

5 apps: 1 ready, 2 stuck, 2 under way
`
	if diff := cmp.Diff(want, Table(fleet(), noon)); diff != "" {
		t.Error(diff)
	}
}

func TestStatus(t *testing.T) {
	since, pushed := before(26*time.Hour), before(2*time.Hour)
	app := fleetApp("web", "False", &v1alpha1.ImageStatus{Reference: "ghcr.io/acme/web:latest", RegistryReference: "ghcr.io/acme/web:latest",
		RegistryDigest: "sha256:" + strings.Repeat("a", 64), RegistryDigestSince: &pushed, RunningDigest: "sha256:" + strings.Repeat("b", 64)},
		&v1alpha1.StuckAt{Lane: v1alpha1.LaneDelivery, Hop: "WriteBack", Reason: "NoWriteBack", Since: pushed, Message: "it was not written", Fix: "see the log"})
	app.Status.Hops = []v1alpha1.Hop{
		{Lane: v1alpha1.LaneDelivery, Name: "Registry", State: v1alpha1.HopPassed, Since: since},
		{Lane: v1alpha1.LaneDelivery, Name: "WriteBack", State: v1alpha1.HopStuck, Since: pushed, Message: "it was not written"},
		{Lane: v1alpha1.LaneEdge, Name: "Route", State: v1alpha1.HopWaiting, Since: before(30 * time.Second), Message: "no address yet"},
	}
	want := `shop/web  Ready=False ()  image ghcr.io/acme/web:latest
registry  sha256:aaaaaaaaaaaa ghcr.io/acme/web:latest, for 120m
pods      sha256:bbbbbbbbbbbb not proven to be the same

Delivery
  ok  Registry     26h
  !!  WriteBack   120m  it was not written

Edge
  ..  Route        30s  no address yet

Stuck at WriteBack (Delivery)
  since       2026-11-23T10:00:00Z
  cause       NoWriteBack: it was not written
  what to do  see the log
`
	if diff := cmp.Diff(want, Status(app, noon)); diff != "" {
		t.Error(diff)
	}
	app.Status.Image.RunningDigest, app.Status.Image.InSyncSince = app.Status.Image.RegistryDigest, &pushed
	if got := Status(app, noon); !strings.Contains(got, "pods      sha256:aaaaaaaaaaaa the same, for 120m\n") {
		t.Errorf("got\n%s", got)
	}
}
