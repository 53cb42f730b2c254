package controllers

import (
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

// disturbance is what happens during a cycle of image-updater.
type disturbance struct {
	name   string
	weight int
	// alone: it is over before image-updater looks.
	alone bool
	// do it, and tell how many writes of the operator to the Application it may lead to.
	do func(*owners) int
}

var disturbances = []disturbance{
	{name: "nothing", weight: 15, do: func(*owners) int { return 0 }},
	{name: "an edit", weight: 30, do: (*owners).anEdit},
	{name: "an edit that is done", weight: 15, do: (*owners).anEditThatIsDone},
	{name: "two edits", weight: 8, do: func(o *owners) int { return o.anEdit() + o.anEdit() }},
	{name: "a strange edit", weight: 10, do: (*owners).aStrangeEdit},
	{name: "a status of Argo CD", weight: 8, do: (*owners).aStatus},
	{name: "a sync window", weight: 3, do: (*owners).aSyncWindow},
	{name: "a restart", weight: 3, do: (*owners).aRestart},
	{name: "a pause", weight: 3, alone: true, do: (*owners).aPause},
	{name: "a pin", weight: 3, alone: true, do: (*owners).aPin},
	{name: "a thief", weight: 2, alone: true, do: (*owners).aThief},
}

func (o *owners) disturbance() disturbance {
	all := 0
	for _, d := range disturbances {
		all += d.weight
	}
	at := o.chance.IntN(all)
	for _, d := range disturbances {
		if at -= d.weight; at < 0 {
			return d
		}
	}
	panic("the weights are more than their sum")
}

// anyEdit of the AfroApp sets a field, or takes it out.
func (o *owners) anyEdit() string {
	n := o.chance.IntN(1000)
	all := []string{
		fmt.Sprintf(`{"spec":{"env":[{"name":"N","value":"%d"}]}}`, n),
		`{"spec":{"env":null}}`,
		fmt.Sprintf(`{"spec":{"replicas":%d}}`, o.fewest+n%5),
		`{"spec":{"replicas":null}}`,
		fmt.Sprintf(`{"spec":{"resources":{"limits":{"memory":"%dMi"}}}}`, 100+n),
		`{"spec":{"resources":null}}`,
		fmt.Sprintf(`{"spec":{"health":{"path":"/%d"}}}`, n),
		`{"spec":{"health":null}}`,
		fmt.Sprintf(`{"spec":{"runAsUser":%d}}`, 1000+n),
		`{"spec":{"runAsUser":null}}`,
		fmt.Sprintf(`{"spec":{"port":%d}}`, 3000+n),
		fmt.Sprintf(`{"spec":{"imageUpdate":{"paused":%t}}}`, !o.arrive),
		`{"spec":{"imageUpdate":{"forceUpdate":true}}}`,
		`{"spec":{"imageUpdate":null}}`,
		fmt.Sprintf(`{"metadata":{"labels":{"example.com/round":"%d"}}}`, n),
	}
	return all[o.chance.IntN(len(all))]
}

func (o *owners) anEdit() int { return o.edit(o.anyEdit()) }

// anEditThatIsDone is in the Application before image-updater writes.
func (o *owners) anEditThatIsDone() int {
	writes := o.anEdit()
	eventually(o.t, func() error {
		live, err := o.updater.read(o.ctx)
		if err == nil && !held(o.intent(), live) {
			err = fmt.Errorf("the edit is not applied yet")
		}
		return err
	})
	return writes
}

func (o *owners) aStrangeEdit() int {
	o.drift(o.updater.strange[o.chance.IntN(len(o.updater.strange))])
	o.mended++
	return 1
}

func (o *owners) aStatus() int {
	live, err := o.updater.read(o.ctx)
	must(o.t, err)
	patch := fmt.Sprintf(`{"status":{"reconciledAt":"2026-11-23T11:%02d:%02dZ","sync":{"status":"Synced","revision":"%d"}}}`,
		o.chance.IntN(60), o.chance.IntN(60), o.chance.IntN(1000))
	must(o.t, admin.Patch(o.ctx, live, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("argocd-application-controller")))
	return 0
}

// aSyncWindow is the admin's, on a project that is ours.
func (o *owners) aSyncWindow() int {
	patch := fmt.Sprintf(`{"spec":{"syncWindows":[{"kind":"deny","schedule":"%d * * * *","duration":"1m","applications":["none"]}]}}`, o.chance.IntN(60))
	p := o.projectNow()
	must(o.t, admin.Patch(o.ctx, p, client.RawPatch(types.MergePatchType, []byte(patch)), client.FieldOwner("admin")))
	want, _, _ := unstructured.NestedSlice(p.Object, "spec", "syncWindows")
	o.op.quiet(o.t)
	have, _, _ := unstructured.NestedSlice(o.projectNow().Object, "spec", "syncWindows")
	if fmt.Sprint(want) != fmt.Sprint(have) {
		o.t.Errorf("the sync window is %v, and was %v", have, want)
	}
	return 0
}

// aRestart may send once more what was sent at the end.
func (o *owners) aRestart() int {
	writes := o.anEdit()
	o.restart()
	return writes + 1
}

// aPause stops every write, also the mending.
func (o *owners) aPause() int {
	must(o.t, o.merge(ownedApp, `{"metadata":{"annotations":{"`+v1alpha1.AnnotationPaused+`":"true"}},"spec":{"replicas":7}}`))
	o.drift(`{"spec":{"source":{"targetRevision":"theirs"}}}`)
	o.told(v1alpha1.ReasonPaused)
	o.untouched("paused")
	must(o.t, o.merge(ownedApp, endPause))
	o.told(v1alpha1.ReasonApplied)
	return 2
}

// aPin makes the image ours for a while: what image-updater wrote gives way to it, and comes back with its next image.
func (o *owners) aPin() int {
	writes := o.edit(`{"spec":{"imageUpdate":{"policy":"Pinned"}}}`)
	o.pinned = true
	o.settle("pinned", 0)
	writes += o.edit(`{"spec":{"imageUpdate":null}}`)
	o.settle("no longer pinned", 0)
	o.pinned = false
	return writes + 1
}

// aThief takes the Application over. What is no longer marked as ours is reported, and not written, until it is ours again.
func (o *owners) aThief() int {
	mine := o.intent().Object
	uid, owner := mine.GetLabels()[expand.LabelOwnerUID], mine.GetAnnotations()[expand.AnnotationOwner]
	marks := func(uid, owner string) string {
		return fmt.Sprintf(`{"labels":{%q:%q},"annotations":{%q:%q}}`, expand.LabelOwnerUID, uid, expand.AnnotationOwner, owner)
	}
	o.drift(`{"metadata":` + marks("theirs", "theirs") + `,"spec":{"source":{"targetRevision":"theirs"}}}`)
	o.told(v1alpha1.ReasonConflict)
	o.untouched("taken over")
	o.drift(`{"metadata":` + marks(uid, owner) + `}`)
	o.told(v1alpha1.ReasonApplied)
	o.mended++
	return 1
}
