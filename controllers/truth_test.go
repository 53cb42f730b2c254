package controllers

import (
	"strings"
	"testing"
	"time"

	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/test/actors"
)

// After an edit the peers still say what they said of the spec before. Not one status may take that for an answer: Ready is
// never True for a generation that nobody has seen.
func TestReadyWaitsForAnswers(t *testing.T) {
	w := newWorld(t)
	w.apply(managedPlatform)
	peers := w.startActors(actors.Options{UpdaterInterval: time.Second})
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.ready("clickrise")
	op.quiet(t)
	must(t, peers.Behave(func(b *actors.Behaviour) { b.Absent = true }))
	for _, edit := range []string{`{"spec":{"env":[{"name":"A","value":"1"}]}}`, `{"spec":{"paths":["/app"],"env":[{"name":"A","value":"2"}]}}`} {
		seen := w.statuses("clickrise", func() {
			must(t, w.merge("clickrise", edit))
			time.Sleep(firstWindow + time.Second)
			op.quiet(t)
		})
		for _, a := range seen {
			if status, _ := condition(a, v1alpha1.ConditionReady); status == "True" && a.Status.ObservedGeneration == w.app("clickrise").Generation {
				t.Errorf("%s: Ready is True for generation %d, and no peer was there", edit, a.Status.ObservedGeneration)
			}
		}
	}
}

// statuses are those that an app had while something happened.
func (w *world) statuses(name string, while func()) (seen []*v1alpha1.AfroApp) {
	w.t.Helper()
	c, err := client.NewWithWatch(plane.Config(), client.Options{Scheme: admin.Scheme()})
	must(w.t, err)
	watch, err := c.Watch(w.ctx, &v1alpha1.AfroAppList{}, client.InNamespace(w.ns), client.MatchingFields{"metadata.name": name})
	must(w.t, err)
	done := make(chan struct{})
	go func() {
		defer close(done)
		for e := range watch.ResultChan() {
			if a, ok := e.Object.(*v1alpha1.AfroApp); ok {
				seen = append(seen, a)
			}
		}
	}()
	while()
	watch.Stop()
	<-done
	return seen
}

// While it cannot be asked whose a host is, nothing is routed to it; then it is.
func TestNoRouteWithoutTheLock(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	op.breaks(func(s sent) bool { return s.write() && strings.Contains(s.path, "/afrohostclaims/") })
	w.apply(minimalApp)
	ingress := expand.Key{Kind: "Ingress", Namespace: w.ns, Name: "clickrise"}
	eventually(t, func() error { // the rest is made
		_, err := w.get(expand.Key{Kind: "Secret", Namespace: w.ns, Name: "clickrise-db"})
		return err
	})
	w.appliedIs("clickrise", "False", v1alpha1.ReasonApplyFailed)
	if _, err := w.get(ingress); err == nil {
		t.Fatal("a host is routed that nobody holds")
	}
	op.breaks(nil)
	w.settled("clickrise")
}

// Data of an earlier namespace of the same name is not deleted with an app of the new one, whatever keys were turned, and does
// not hold that app up (S3, S4).
func TestTwoKeysOpenNoOtherDoor(t *testing.T) {
	w := newWorld(t)
	w.grantDataDeletion()
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	kept := w.keptOutside("clickrise")
	op.quiet(t)
	w.delete("clickrise")
	w.anew()
	before := w.all(kept...)
	w.apply(minimalApp)
	must(t, w.merge("clickrise", `{"spec":{"database":{"onDelete":"Delete"}}}`))
	w.appliedIs("clickrise", "False", v1alpha1.ReasonKeptData)
	must(t, w.merge("clickrise", `{"metadata":{"annotations":{"`+v1alpha1.AnnotationConfirmDeleteData+`":"`+string(w.app("clickrise").UID)+`"}}}`))
	w.delete("clickrise")
	for k, live := range w.all(kept...) {
		if live.GetResourceVersion() != before[k].GetResourceVersion() {
			t.Errorf("%s of the earlier namespace was written: %v", k, live.Object)
		}
	}
}

// A dedicated Cluster that went while no database was asked for is not replaced silently when one is asked for again.
func TestClusterIsRemembered(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(driftingApp)
	w.settled("own")
	w.appliedIs("own", "True", v1alpha1.ReasonApplied)
	op.quiet(t)
	database := w.app("own").Spec.Database
	must(t, w.merge("own", `{"spec":{"database":null}}`))
	w.appliedIs("own", "True", v1alpha1.ReasonApplied)
	op.quiet(t)
	key := expand.Key{Kind: "Cluster", Namespace: w.ns, Name: "own-db"}
	live, err := w.get(key)
	must(t, err)
	must(t, admin.Delete(w.ctx, live))
	must(t, retry.RetryOnConflict(retry.DefaultBackoff, func() error {
		app := w.app("own")
		app.Spec.Database = database
		return admin.Update(w.ctx, app)
	}))
	w.appliedIs("own", "False", v1alpha1.ReasonDataMissing)
	if _, err := w.get(key); err == nil {
		t.Error("an empty Cluster was made in its place")
	}
}

// A namespace that gets other labels may belong to another tenant: its AppProject follows at once.
func TestProjectFollowsTheTenant(t *testing.T) {
	w := newWorld(t)
	w.dropPlatformAtEnd()
	startOperator(t)
	w.cleanAtEnd()
	w.edit(`{"spec":{"tenants":[
		{"name":"trusted","namespaceSelector":{"matchLabels":{"trusted":"yes"}},"hostSuffixes":["afrotomation.com"],"repositories":["ghcr.io/codenificient"],"sources":["https://github.com/codenificient/shop.git"]},
		{"name":"everyone","namespaces":["*"],"hostSuffixes":["afrotomation.com"],"repositories":["ghcr.io/codenificient"]}]}}`)
	w.apply(minimalApp)
	w.settled("clickrise")
	project := w.project().Key()
	w.permits(project, "https://github.com/codenificient/infra.git")
	label := func(value string) {
		w.apply(`{apiVersion: v1, kind: Namespace, metadata: {name: "{{ns}}", labels: {trusted: "` + value + `"}}}`)
	}
	label("yes")
	w.permits(project, "https://github.com/codenificient/infra.git", "https://github.com/codenificient/shop.git")
	label("no")
	w.permits(project, "https://github.com/codenificient/infra.git")
}
