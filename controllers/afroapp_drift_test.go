package controllers

import (
	"fmt"
	"strings"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// driftingApp has a child of every kind that an app on this platform can have.
const driftingApp = `
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: shared, namespace: "{{ns}}"}
spec:
  image: ghcr.io/codenificient/shop:latest
  port: 3000
  hosts: [shop.custom.afrotomation.com]
  tls: {mode: PerHost}
  database: {}
---
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: own, namespace: "{{ns}}"}
spec:
  image: ghcr.io/codenificient/shop:latest
  database: {mode: Dedicated, extensions: [pgcrypto]}
`

// drifts are edits by others of a field that is ours, one for each kind.
var drifts = map[string]string{
	"Application":     `{"spec":{"project":"default"}}`,
	"ImageUpdater":    `[{"op":"replace","path":"/spec/applicationRefs/0/images/0/commonUpdateSettings/updateStrategy","value":"newest-build"}]`,
	"Ingress":         `{"spec":{"ingressClassName":"elsewhere"}}`,
	"Certificate":     `{"spec":{"dnsNames":["evil.example"]}}`,
	"Secret":          `{"data":{"password":"ZXZpbA=="}}`,
	"DatabaseRole":    `{"spec":{"superuser":true,"connectionLimit":-1}}`,
	"Database":        `{"spec":{"databaseReclaimPolicy":"delete"}}`,
	"Cluster":         `{"spec":{"instances":2}}`,
	"ObjectStore":     `{"spec":{"retentionPolicy":"1d"}}`,
	"ScheduledBackup": `{"spec":{"schedule":"0 0 * * * *"}}`,
	"AfroHostClaim":   `{"spec":{"holder":{"name":"somebody"}}}`,
	"HTTPRoute":       `{"spec":{"hostnames":["evil.example"]}}`,
	"ListenerSet":     `{"spec":{"parentRef":{"name":"elsewhere"}}}`,
	"AppProject":      `{"spec":{"sourceRepos":["*"]}}`,
}

// A child that others change is mended with exactly one write; what they added besides stays.
func TestDriftIsMended(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	seen := map[string]bool{}
	drift := func(i expand.Intent) {
		seen[i.Key().Kind] = true
		name := i.Key().Kind + "/" + i.Key().Name
		t.Run(name, func(t *testing.T) { w.drift(t, op, i, drifts[i.Key().Kind]) })
		t.Run(name+"/label", func(t *testing.T) {
			w.drift(t, op, i, `{"metadata":{"labels":{"`+expand.LabelOwnerUID+`":"stolen"}}}`)
		})
	}
	for _, stage := range []struct {
		documents string
		apps      []string
	}{{driftingApp, []string{"shared", "own"}}, {gatewayPlatform + routedApp, []string{"site"}}} {
		w.apply(stage.documents)
		for _, app := range stage.apps {
			w.settled(app)
			op.quiet(t)
			for _, i := range w.plan(app).Intents {
				drift(i)
			}
		}
	}
	drift(w.project())
	for _, k := range foreign.Children {
		if !seen[k.Kind] {
			t.Errorf("no %s was drifted", k.Kind)
		}
	}
}

// drift edits a child, with a mark of its own beside, and waits until it is mended.
func (w *world) drift(t *testing.T, op *operator, i expand.Intent, patch string) {
	if patch == "" {
		t.Fatalf("no drift is written for %s", i.Key().Kind)
	}
	before, err := w.get(i.Key())
	must(t, err)
	mark := op.mark()
	live := before.DeepCopy()
	must(t, admin.Patch(w.ctx, live, client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"example.com/mark":"theirs"}}}`)), client.FieldOwner("somebody")))
	form := types.MergePatchType
	if patch[0] == '[' {
		form = types.JSONPatchType
	}
	must(t, admin.Patch(w.ctx, live, client.RawPatch(form, []byte(patch)), client.FieldOwner("somebody")))
	eventually(t, func() error {
		now, err := w.get(i.Key())
		if err != nil {
			return err
		}
		if !held(i, now) {
			return fmt.Errorf("%s is still drifted", i.Key())
		}
		return nil
	})
	op.quiet(t)
	now, err := w.get(i.Key())
	must(t, err)
	if now.GetAnnotations()["example.com/mark"] != "theirs" {
		t.Errorf("%s: what others added was taken away", i.Key())
	}
	var writes []sent
	for _, s := range op.writes(mark) {
		// The preflight may have news of its own to tell. Nobody else writes an AppProject.
		if !strings.Contains(s.path, "/afroplatforms") {
			writes = append(writes, s)
		}
	}
	if len(writes) != 1 {
		t.Errorf("%s: %d writes, want 1: %v", i.Key(), len(writes), writes)
	}
	for _, s := range op.since(mark) {
		if !s.write() && strings.Contains(s.path, kindOf(i.Key()).Resource) && i.GVK() != foreign.Cluster {
			t.Errorf("%s: a read: %s", i.Key(), s) // the preflight looks at the shared Cluster after news of any
		}
	}
}

// A child that is deleted is made again. A Cluster is not: an empty one in its place would look healthy.
func TestDeletedChildIsMadeAgain(t *testing.T) {
	w := newWorld(t)
	startOperator(t)
	w.cleanAtEnd()
	w.apply(driftingApp)
	for _, app := range []string{"shared", "own"} {
		w.settled(app)
		for _, i := range w.plan(app).Intents {
			if i.GVK() == foreign.Cluster {
				continue
			}
			t.Run(i.Key().Kind+"/"+i.Key().Name, func(t *testing.T) {
				live, err := w.get(i.Key())
				must(t, err)
				must(t, admin.Delete(w.ctx, live))
				eventually(t, func() error {
					w.releaseFinalizers()
					now, err := w.get(i.Key())
					if err == nil && now.GetUID() == live.GetUID() {
						return fmt.Errorf("%s is not deleted yet", i.Key())
					}
					return err
				})
			})
		}
	}
}

// A Cluster that somebody deleted stays gone until a person says that a new database is wanted; the new one archives elsewhere.
func TestDeletedClusterIsNotReplacedSilently(t *testing.T) {
	w := newWorld(t)
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(driftingApp)
	w.settled("own")
	key := expand.Key{Kind: "Cluster", Namespace: w.ns, Name: "own-db"}
	live, err := w.get(key)
	must(t, err)
	archive := serverName(t, live)
	eventually(t, func() error { // the ledger has to know it
		for _, row := range w.app("own").Status.Children {
			if row.UID == live.GetUID() {
				return nil
			}
		}
		return fmt.Errorf("not in the ledger")
	})
	must(t, admin.Delete(w.ctx, live))
	eventually(t, func() error {
		if status, reason := condition(w.app("own"), v1alpha1.ConditionApplied); status != "False" || reason != v1alpha1.ReasonDataMissing {
			return fmt.Errorf("Applied is %s %s", status, reason)
		}
		return nil
	})
	op.quiet(t)
	if _, err := w.get(key); err == nil {
		t.Fatal("an empty Cluster was made in the place of the one that was deleted")
	}
	must(t, admin.Patch(w.ctx, w.app("own"), client.RawPatch(types.MergePatchType,
		[]byte(`{"metadata":{"annotations":{"`+v1alpha1.AnnotationNewDatabase+`":"`+string(live.GetUID())+`"}}}`))))
	eventually(t, func() error { _, err := w.get(key); return err })
	again, err := w.get(key)
	must(t, err)
	if serverName(t, again) == archive {
		t.Errorf("the new Cluster archives into %s, which is used", archive)
	}
}

func serverName(t *testing.T, cluster *unstructured.Unstructured) string {
	t.Helper()
	plugins, _, err := unstructured.NestedSlice(cluster.Object, "spec", "plugins")
	must(t, err)
	name, _, err := unstructured.NestedString(plugins[0].(map[string]any), "parameters", "serverName")
	must(t, err)
	return name
}
