package controllers

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	corev1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/platform"
)

// Each namespace with apps has an AppProject that permits its sources and its own namespace, and nothing else. It goes after
// the last Application that names it, because Argo CD cannot delete an Application without its project.
func TestProjects(t *testing.T) {
	w := newWorld(t)
	w.dropPlatformAtEnd()
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	project := w.project().Key()
	w.permits(project, "https://github.com/codenificient/infra.git")
	op.quiet(t)

	mark := op.mark()
	w.apply(appNamed("second"))
	w.settled("second")
	w.edit(`{"spec":{"tenants":[{"name":"everyone","namespaces":["*"],"hostSuffixes":["afrotomation.com"],"hosts":["custom.example"],
		"repositories":["ghcr.io/codenificient"],"sources":["https://github.com/codenificient/shop.git"]}]}}`)
	w.permits(project, "https://github.com/codenificient/infra.git", "https://github.com/codenificient/shop.git")
	op.quiet(t)
	writes := 0
	for _, s := range op.writes(mark) {
		if strings.Contains(s.path, "/appprojects/") {
			writes++
		}
	}
	if writes != 1 {
		t.Errorf("a second app and another source cost %d writes of the AppProject, want 1", writes)
	}

	// The finalizers are taken off by force: the Applications are still being deleted when the apps are gone.
	for _, app := range []string{"clickrise", "second"} {
		must(t, admin.Delete(w.ctx, w.app(app)))
	}
	eventually(t, func() error {
		apps := &v1alpha1.AfroAppList{}
		must(t, admin.List(w.ctx, apps, client.InNamespace(w.ns)))
		for i := range apps.Items {
			_ = admin.Patch(w.ctx, &apps.Items[i], client.RawPatch(types.MergePatchType, []byte(`{"metadata":{"finalizers":null}}`)))
		}
		if len(apps.Items) > 0 {
			return fmt.Errorf("%d apps", len(apps.Items))
		}
		return nil
	})
	op.quiet(t)
	if _, err := w.get(project); err != nil {
		t.Errorf("the project is gone before its Applications: %v", err)
	}
	eventually(t, func() error {
		w.releaseFinalizers()
		if _, err := w.get(project); !apierrors.IsNotFound(err) {
			return fmt.Errorf("the project is still there (%v)", err)
		}
		return nil
	})
}

// project is the AppProject that the platform makes for the namespace of the test.
func (w *world) project() expand.Intent {
	w.t.Helper()
	ns := &corev1.Namespace{}
	must(w.t, admin.Get(w.ctx, types.NamespacedName{Name: w.ns}, ns))
	plan, err := expand.Platform(expand.PlatformInput{Platform: w.platform(), Namespaces: []platform.Namespace{platformNamespace(ns)}})
	must(w.t, err)
	for _, i := range plan.Intents {
		if i.GVK() == foreign.AppProject {
			return i
		}
	}
	w.t.Fatal("the platform plans no AppProject")
	return expand.Intent{}
}

// eventuallyFinds waits until a finding of a severity and reason is there, or is not.
func (w *world) eventuallyFinds(what string, there bool) {
	w.t.Helper()
	eventually(w.t, func() error {
		findings := w.platform().Status.Findings
		if slices.ContainsFunc(findings, func(f v1alpha1.Finding) bool { return f.Severity+" "+f.Reason == what }) != there {
			return fmt.Errorf("%s among the findings: want %v: %+v", what, there, findings)
		}
		return nil
	})
}

// permits demands of an AppProject exactly these sources, and its own namespace in this cluster as the only destination.
func (w *world) permits(project expand.Key, sources ...string) {
	w.t.Helper()
	wantSources := make([]any, len(sources))
	for i, s := range sources {
		wantSources[i] = s
	}
	wantDestinations := []any{map[string]any{"server": "https://kubernetes.default.svc", "namespace": w.ns}}
	eventually(w.t, func() error {
		live, err := w.get(project)
		if err != nil {
			return err
		}
		spec := live.Object["spec"].(map[string]any)
		if d := cmp.Diff(wantSources, spec["sourceRepos"]) + cmp.Diff(wantDestinations, spec["destinations"]); d != "" {
			return fmt.Errorf("%s:\n%s", project, d)
		}
		for _, more := range []string{"clusterResourceWhitelist", "sourceNamespaces", "roles"} {
			if spec[more] != nil {
				return fmt.Errorf("%s has %s: %v", project, more, spec[more])
			}
		}
		return nil
	})
}

// The managed shared Cluster comes with its archive and its backups. Nothing takes it away again: neither that it is no longer
// managed, nor that the AfroPlatform is deleted; one that is applied again takes it up, with the archive that it has.
func TestManagedClusterStays(t *testing.T) {
	w := newWorld(t)
	w.dropPlatformAtEnd()
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(managedPlatform)
	data := []expand.Key{{Kind: "Cluster", Namespace: "databases", Name: "pg"}, {Kind: "ObjectStore", Namespace: "databases", Name: "pg"}, {Kind: "ScheduledBackup", Namespace: "databases", Name: "pg"}}
	before := map[expand.Key]*unstructured.Unstructured{}
	for _, k := range data {
		eventually(t, func() error { live, err := w.get(k); before[k] = live; return err })
	}
	stays := func(after string) {
		op.quiet(t)
		for _, k := range data {
			live, err := w.get(k)
			if err != nil {
				t.Fatalf("%s: %s: %v", after, k, err)
			}
			if d := cmp.Diff(before[k].Object, live.Object); d != "" {
				t.Errorf("%s: %s was changed:\n%s", after, k, d)
			}
		}
	}
	w.seen()
	w.edit(`{"spec":{"database":{"shared":{"managed":null}}}}`)
	w.seen()
	stays("no longer managed")
	w.dropPlatform()
	stays("the AfroPlatform was deleted")
	archive := serverName(t, before[data[0]])
	w.apply(managedPlatform)
	w.seen()
	op.quiet(t)
	for _, k := range data {
		live, err := w.get(k)
		must(t, err)
		if live.GetUID() != before[k].GetUID() || live.GetLabels()[expand.LabelOwnerUID] != string(w.platform().UID) {
			t.Errorf("%s was not taken up again: UID %s, was %s; labels %v", k, live.GetUID(), before[k].GetUID(), live.GetLabels())
		}
		if k.Kind == "Cluster" && serverName(t, live) != archive {
			t.Errorf("the Cluster archives into %s, and its archive is %s", serverName(t, live), archive)
		}
	}
}

// seen waits until the status of the AfroPlatform speaks of its spec.
func (w *world) seen() {
	w.t.Helper()
	eventually(w.t, func() error {
		if p := w.platform(); p.Status.ObservedGeneration != p.Generation {
			return fmt.Errorf("the operator has not seen generation %d of the AfroPlatform", p.Generation)
		}
		return nil
	})
}

// Without an AfroPlatform no app is accepted, and none loses anything; when it is back, nothing has to be written again.
func TestPlatformGone(t *testing.T) {
	w := newWorld(t)
	w.dropPlatformAtEnd()
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(driftingApp)
	apps := []string{"shared", "own"}
	w.untouched(op, apps, func() {
		w.dropPlatform()
		for _, app := range apps {
			w.accepted(app, v1alpha1.ReasonPlatformMissing)
		}
	})
	w.untouched(op, apps, func() {
		w.apply(platformYAML)
		for _, app := range apps {
			w.accepted(app, "")
		}
	})
}

// accepted waits until an app is, or is refused for a reason.
func (w *world) accepted(app, refusedFor string) {
	w.t.Helper()
	eventually(w.t, func() error {
		status, reason := condition(w.app(app), v1alpha1.ConditionAccepted)
		if yes := status == "True"; yes != (refusedFor == "") || !yes && reason != refusedFor {
			return fmt.Errorf("%s: Accepted is %s %s, want %q", app, status, reason, refusedFor)
		}
		return nil
	})
}

// untouched lets something happen, and holds that no child of the apps is written for it, and none lost from the ledger.
func (w *world) untouched(op *operator, apps []string, what func()) {
	w.t.Helper()
	rows := map[string]int{}
	for _, app := range apps {
		eventually(w.t, func() error {
			if rows[app] = len(w.app(app).Status.Children); rows[app] == 0 {
				return fmt.Errorf("%s has no ledger yet", app)
			}
			return nil
		})
	}
	op.quiet(w.t)
	mark := op.mark()
	what()
	op.quiet(w.t)
	for _, s := range op.writes(mark) {
		if !isAppStatus(s) && !touchesPlatform(s) {
			w.t.Errorf("a write: %s", s)
		}
	}
	for _, app := range apps {
		if n := len(w.app(app).Status.Children); n != rows[app] {
			w.t.Errorf("%s: the ledger has %d rows, and had %d", app, n, rows[app])
		}
	}
}

// A grant that is taken back refuses what rests on it, says which tenant, and takes nothing away; given again, the app goes on.
func TestGrantRevoked(t *testing.T) {
	w := newWorld(t)
	w.dropPlatformAtEnd()
	op := startOperator(t)
	w.cleanAtEnd()
	w.apply(minimalApp)
	w.settled("clickrise")
	project := w.project().Key()
	grant := func(name, namespace, suffix, repository, more string) string {
		return fmt.Sprintf(`{"spec":{"tenants":[{"name":%q,"namespaces":[%q],"hostSuffixes":[%q],"repositories":[%q]%s}]}}`, name, namespace, suffix, repository, more)
	}
	for _, c := range []struct{ patch, reason, says string }{
		{grant("everyone", "*", "elsewhere.example", "ghcr.io/codenificient", ""), v1alpha1.ReasonHostNotPermitted, `tenant "everyone" of the AfroPlatform does not grant host`},
		{grant("everyone", "*", "afrotomation.com", "ghcr.io/others", ""), v1alpha1.ReasonImageNotPermitted, "does not grant repository ghcr.io/codenificient/clickrise"},
		{grant("everyone", "*", "afrotomation.com", "ghcr.io/codenificient", `,"databaseModes":["Dedicated"]`), v1alpha1.ReasonDatabaseNotPermitted, "does not grant database mode Shared"},
		{grant("others", "others", "afrotomation.com", "ghcr.io/codenificient", ""), v1alpha1.ReasonNamespaceNotPermitted, "no tenant of the AfroPlatform matches namespace " + w.ns},
	} {
		w.untouched(op, []string{"clickrise"}, func() {
			w.edit(c.patch)
			w.accepted("clickrise", c.reason)
		})
		if at := w.app("clickrise").Status.StuckAt; at == nil || !strings.Contains(at.Message, c.says) || at.Fix == "" {
			t.Errorf("%s: stuck at %+v, want %q", c.reason, at, c.says)
		}
		if _, err := w.get(project); err != nil {
			t.Errorf("%s: the project of a running Application: %v", c.reason, err)
		}
	}
	w.untouched(op, []string{"clickrise"}, func() {
		w.edit(grant("everyone", "*", "afrotomation.com", "ghcr.io/codenificient", ""))
		w.accepted("clickrise", "")
	})
}

// edit merges a patch into the AfroPlatform.
func (w *world) edit(patch string) {
	w.t.Helper()
	must(w.t, admin.Patch(w.ctx, w.platform(), client.RawPatch(types.MergePatchType, []byte(patch))))
}
