package controllers

import (
	"fmt"
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/meta"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/fixtures"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// installedPeers are the peers as their own manifests install them, as far as the preflight looks.
const installedPeers = "../internal/gather/testdata/preflight/installed.yaml"

// The preflight names each peer that is missing, and is silent once all are there. It looks at what it cannot watch when
// the spec changes, and at kinds at once.
func TestPreflight(t *testing.T) {
	w := newWorld(t)
	w.dropPlatformAtEnd()
	w.uninstall(installedPeers) // other tests leave some of them
	op := startOperator(t)
	w.cleanAtEnd()
	w.tells(metaFalse, "Error IngressClassMissing", "Error IngressClassMissing", "Error IssuerNotReady", "Error SharedClusterMissing",
		"Warning ArgoCDMissing", "Warning B2SecretMissing", "Warning BarmanCloudMissing", "Warning CNPGMissing", "Warning UpdaterMissing")
	w.install(installedPeers)
	w.edit(`{"spec":{"limits":{"maxReplicas":9}}}`)
	w.tells("True")
	versions := map[string]string{}
	for _, p := range w.platform().Status.Peers {
		versions[p.Name] = fmt.Sprint(p.Installed, " ", p.Version)
	}
	want := map[string]string{"ArgoCD": "true 3.5.7", "ImageUpdater": "true 1.3.0", "CertManager": "true ", "GatewayAPI": "true ", "CloudNativePG": "true 1.30.0", "BarmanCloud": "true 0.14.0"}
	if d := cmp.Diff(want, versions); d != "" {
		t.Errorf("peers:\n%s", d)
	}
	for kind, finding := range map[schemaGVK]string{foreign.Certificate: "Error CertManagerMissing", foreign.DatabaseRole: "Error CNPGTooOld", foreign.ObjectStore: "Error BarmanCloudMissing"} {
		k, _ := foreign.Of(kind)
		w.removeCRD(k)
		w.tells(metaFalse, finding)
		w.restoreCRD(k)
		w.tells("True")
	}
	op.quiet(t)
	mark := op.mark()
	w.edit(`{"metadata":{"annotations":{"example.com/mark":"1"}}}`)
	op.quiet(t)
	if all := op.since(mark); len(all) > 0 {
		t.Errorf("nothing has changed, and it cost %v", all)
	}
}

const metaFalse = "False"

// tells waits until the AfroPlatform has exactly these findings, and Ready is so.
func (w *world) tells(ready string, findings ...string) {
	w.t.Helper()
	eventually(w.t, func() error {
		p := w.platform()
		var got []string
		for _, f := range p.Status.Findings {
			got = append(got, f.Severity+" "+f.Reason)
			if f.Message == "" || f.Fix == "" {
				w.t.Errorf("a finding without words: %+v", f)
			}
		}
		slices.Sort(got)
		if !slices.Equal(got, findings) && len(got)+len(findings) > 0 {
			return fmt.Errorf("findings %v, want %v: %+v", got, findings, p.Status.Findings)
		}
		if c := meta.FindStatusCondition(p.Status.Conditions, v1alpha1.ConditionReady); c == nil || string(c.Status) != ready || p.Status.ObservedGeneration != p.Generation {
			return fmt.Errorf("Ready is %+v, want %s", c, ready)
		}
		return nil
	})
}

// install makes the objects of a file, with their status, and takes them away at the end.
func (w *world) install(path string) {
	w.t.Helper()
	objs, err := fixtures.Objects(path)
	must(w.t, err)
	for _, o := range objs {
		full := o.DeepCopy()
		must(w.t, admin.Apply(w.ctx, client.ApplyConfigurationFromUnstructured(o), client.FieldOwner("kubectl"), client.ForceOwnership))
		if o.GetKind() != "Namespace" {
			w.t.Cleanup(func() { _ = admin.Delete(w.ctx, o) })
		}
		if full.Object["status"] == nil {
			continue
		}
		full.SetResourceVersion(o.GetResourceVersion())
		must(w.t, admin.Status().Update(w.ctx, full))
	}
}

// uninstall takes the objects of a file away.
func (w *world) uninstall(path string) {
	w.t.Helper()
	objs, err := fixtures.Objects(path)
	must(w.t, err)
	for _, o := range objs {
		if o.GetKind() == "Namespace" {
			continue
		}
		eventually(w.t, func() error {
			if err := client.IgnoreNotFound(admin.Delete(w.ctx, o)); err != nil {
				return err
			}
			if err := admin.Get(w.ctx, client.ObjectKeyFromObject(o), o.DeepCopy()); !apierrors.IsNotFound(err) {
				return fmt.Errorf("%s %s is still there (%v)", o.GetKind(), o.GetName(), err)
			}
			return nil
		})
	}
}
