package controllers

import (
	"fmt"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/test/actors"
)

// jump is a clock that tests move forward, past the grace times.
type jump struct{ ahead atomic.Int64 }

func (j *jump) now() time.Time { return time.Now().Add(time.Duration(j.ahead.Load())) }

type peer interface {
	Behave(func(*actors.Behaviour)) error
}

func argoCD(s *actors.Set) peer       { return s.ArgoCD }
func imageUpdater(s *actors.Set) peer { return s.ImageUpdater }
func certManager(s *actors.Set) peer  { return s.CertManager }
func cnpg(s *actors.Set) peer         { return s.CNPG }
func ingress(s *actors.Set) peer      { return s.Ingress }

// graceStep is how far the clock jumps at once: less than the 15 minutes after which image-updater counts as stalled.
const graceStep = 10 * time.Minute

// wrongs are peers that answer wrongly, in the words that the real ones were recorded with, and what the operator has to say.
var wrongs = []struct {
	mode   actors.Mode
	who    func(*actors.Set) peer
	child  string // whose answer is wrong
	hop    string
	reason string
}{
	{actors.ComparisonErrorHealthy, argoCD, "Application", v1alpha1.HopSync, v1alpha1.ReasonSyncBlocked},
	{actors.RejectedManifestRunning, argoCD, "Application", v1alpha1.HopSync, v1alpha1.ReasonSyncBlocked},
	{actors.ProjectMissing, argoCD, "Application", v1alpha1.HopSync, v1alpha1.ReasonSyncBlocked},
	{actors.NotPermitted, argoCD, "Application", v1alpha1.HopSync, v1alpha1.ReasonSyncBlocked},
	{actors.PartialErrors, imageUpdater, "ImageUpdater", v1alpha1.HopUpdater, v1alpha1.ReasonUpdaterErrors},
	{actors.MatchesNothing, imageUpdater, "ImageUpdater", v1alpha1.HopUpdater, v1alpha1.ReasonApplicationNotMatched},
	{actors.ImageNotLive, imageUpdater, "ImageUpdater", v1alpha1.HopUpdater, v1alpha1.ReasonImageNotLive},
	{actors.ChallengePending, certManager, "Certificate", v1alpha1.HopCertificate, v1alpha1.ReasonCertificateNotReady},
	{actors.IssuanceFailed, certManager, "Certificate", v1alpha1.HopCertificate, v1alpha1.ReasonCertificateFailed},
	{actors.NoAnswer, ingress, "Ingress", v1alpha1.HopRoute, v1alpha1.ReasonNoControllerAnswered},
	{actors.WrongKey, cnpg, "Cluster", v1alpha1.HopWAL, v1alpha1.ReasonArchivingFailing},
	{actors.ObjectStoreDown, cnpg, "Cluster", v1alpha1.HopWAL, v1alpha1.ReasonArchivingFailing},
	{actors.ObjectStoreMissing, cnpg, "Cluster", v1alpha1.HopCluster, v1alpha1.ReasonClusterSilent},
	{actors.OwnerMissing, cnpg, "Database", v1alpha1.HopDatabase, v1alpha1.ReasonDatabaseNotApplied},
	{actors.SecretMissing, cnpg, "DatabaseRole", v1alpha1.HopDatabase, v1alpha1.ReasonRoleNotApplied},
}

// wrongApp is an app with a child of the kind, paused until its peer was told to be wrong.
func wrongApp(mode actors.Mode, child string) string {
	name := strings.ToLower(string(mode))
	spec := map[string]string{
		"Certificate": "port: 80, hosts: [" + name + ".custom.afrotomation.com], tls: {mode: PerHost}",
		"Ingress":     "port: 80, hosts: [" + name + ".afrotomation.com]",
		"Cluster":     "database: {mode: Dedicated}",
		"Database":    "database: {}", "DatabaseRole": "database: {}",
	}[child]
	return fmt.Sprintf(`
apiVersion: platform.afrotomation.com/v1alpha1
kind: AfroApp
metadata: {name: %s, namespace: "{{ns}}", annotations: {%s: "true"}}
spec: {image: "ghcr.io/codenificient/shop:latest", %s}
`, name, v1alpha1.AnnotationPaused, spec)
}

// Every peer answers wrongly, each for one app, and the operator names the hop: which, since when, why and what to do. Once
// the peer is right again, the app goes to Ready by itself.
func TestWrongInTurn(t *testing.T) {
	w := newWorld(t)
	w.apply(managedPlatform)
	set := w.startActors(actors.Options{UpdaterInterval: 2 * time.Second, RetryBackoff: time.Second, IssuanceBackoff: time.Second})
	clock := &jump{}
	must(t, set.ImageUpdater.Behave(func(b *actors.Behaviour) {
		b.Wrong = func(answer *unstructured.Unstructured) { // its clock goes with the operator's
			if _, ok, _ := unstructured.NestedString(answer.Object, "status", "lastCheckedAt"); ok {
				_ = unstructured.SetNestedField(answer.Object, clock.now().UTC().Format(time.RFC3339), "status", "lastCheckedAt")
			}
		}
	}))
	startOperatorAt(t, clock.now)
	w.cleanAtEnd()
	w.lawful()
	for _, wrong := range wrongs {
		name := strings.ToLower(string(wrong.mode))
		w.apply(wrongApp(wrong.mode, wrong.child))
		for _, i := range w.plan(name).Intents {
			if key := i.Key(); key.Kind == wrong.child {
				must(t, wrong.who(set).Behave(func(b *actors.Behaviour) {
					if b.Objects == nil {
						b.Objects = map[string]actors.Mode{}
					}
					b.Objects[key.Namespace+"/"+key.Name] = wrong.mode
				}))
			}
		}
	}
	for _, wrong := range wrongs {
		w.unpause(strings.ToLower(string(wrong.mode)))
	}
	time.Sleep(5 * time.Second) // for the peers to answer
	for _, wrong := range wrongs {
		t.Run(string(wrong.mode), func(t *testing.T) {
			w.in(t).namesIt(clock, strings.ToLower(string(wrong.mode)), wrong.hop, wrong.reason)
		})
	}
	for _, p := range []peer{set.ArgoCD, set.ImageUpdater, set.CertManager, set.CNPG, set.Ingress} {
		must(t, p.Behave(func(b *actors.Behaviour) { b.Objects = nil }))
	}
	clock.ahead.Store(0)
	for _, wrong := range wrongs {
		if wrong.hop == v1alpha1.HopWAL {
			continue // the first base backup failed, and CloudNativePG takes the next one at its hour
		}
		t.Run(string(wrong.mode)+"/mended", func(t *testing.T) {
			name := strings.ToLower(string(wrong.mode))
			w.in(t).poke(name)
			w.in(t).ready(name)
		})
	}
}

// in is the world for a subtest.
func (w *world) in(t *testing.T) *world { return &world{t: t, ctx: w.ctx, ns: w.ns} }

func (w *world) namesIt(clock *jump, app, hop, reason string) {
	w.t.Helper()
	w.poke(app)
	last := time.Now()
	w.until(app, func(a *v1alpha1.AfroApp) error {
		if time.Since(last) > 5*time.Second { // what was first seen after the jump has a grace time of its own
			clock.ahead.Add(int64(graceStep))
			last = time.Now()
			w.poke(app)
		}
		if at := a.Status.StuckAt; at == nil || at.Hop != hop || at.Reason != reason {
			return fmt.Errorf("stuck at %+v, want %s %s; hops %s", at, hop, reason, hopLine(a))
		}
		return nil
	})
	a := w.app(app)
	if at := a.Status.StuckAt; at.Message == "" || at.Fix == "" || at.Since.IsZero() || at.Summary == "" {
		w.t.Errorf("the stuck line has not its four parts: %+v", at)
	}
	if status, _ := condition(a, v1alpha1.ConditionReady); status == "True" {
		w.t.Error("Ready, and stuck")
	}
}

func (w *world) unpause(app string) {
	w.t.Helper()
	must(w.t, admin.Patch(w.ctx, w.app(app), client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"annotations":{"`+v1alpha1.AnnotationPaused+`":null}}}`))))
}

// poke makes the operator look again.
func (w *world) poke(app string) {
	w.t.Helper()
	patch := fmt.Sprintf(`{"metadata":{"annotations":{"example.com/poke":"%d"}}}`, time.Now().UnixNano())
	must(w.t, admin.Patch(w.ctx, w.app(app), client.RawPatch(types.MergePatchType, []byte(patch))))
}
