package actors_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/test/actors"
)

const (
	settings = `{apiVersion: v1, kind: ConfigMap, metadata: {name: settings}, data: {level: info}}`
	childMap = `{apiVersion: v1, kind: ConfigMap, metadata: {name: %s, labels: {app.kubernetes.io/instance: %s}, annotations: {argocd.argoproj.io/tracking-id: "%s"}}}`
)

func TestParentAppliesHealsAndPrunes(t *testing.T) {
	ns := stageIn(t, "parent-annotation")
	p := actors.NewParent(config, actors.ParentOptions{Name: "apps", Namespace: ns})
	play(t, p)
	app := decode(t, strings.ReplaceAll(application, "%[1]s", ns))
	p.Sync(decode(t, settings), app)
	o := await(t, "ConfigMap", ns, "settings", "applied", is("info", "data", "level"))
	holds(t, o, `metadata: {annotations: {argocd.argoproj.io/tracking-id: "apps:/ConfigMap:parent-annotation/settings", kubectl.kubernetes.io/last-applied-configuration: "*"}}`)
	managedBy(t, o, "argocd-controller Update")
	await(t, "Application", ns, "web", "applied", is("tenant-a", "spec", "project"))

	t.Run("edits are healed", func(t *testing.T) {
		edit(t, "ConfigMap", ns, "settings", "{data: {level: debug, other: stays}}")
		healed := await(t, "ConfigMap", ns, "settings", "healed", is("info", "data", "level"))
		holds(t, healed, "data: {other: stays}") // of nobody's concern
		edit(t, "Application", ns, "web", "spec: {project: stolen}")
		await(t, "Application", ns, "web", "healed", is("tenant-a", "spec", "project"))
		remove(t, "ConfigMap", ns, "settings")
		await(t, "ConfigMap", ns, "settings", "back", is("info", "data", "level"))
	})
	t.Run("a status is nobody's concern", func(t *testing.T) {
		edit(t, "Application", ns, "web", "status: {sync: {status: Synced}}")
		stays(t, "Application", ns, "web", 300*time.Millisecond)
	})
	t.Run("what carries the id of itself, without an owner, is pruned", func(t *testing.T) {
		owner := fetch(t, "ConfigMap", ns, "settings")
		for _, name := range []string{"stray", "copied", "owned", "unmarked"} {
			child := decode(t, strings.NewReplacer("%s", name).Replace(`{apiVersion: v1, kind: ConfigMap, metadata: {name: %s}}`))
			id := "apps:/ConfigMap:" + ns + "/" + name
			switch name {
			case "copied": // an id that was copied from the parent object, as an operator that copies annotations makes
				id = o.GetAnnotations()["argocd.argoproj.io/tracking-id"]
			case "owned":
				_ = unstructured.SetNestedSlice(child.Object, []any{map[string]any{"apiVersion": "v1", "kind": "ConfigMap", "name": owner.GetName(), "uid": string(owner.GetUID())}}, "metadata", "ownerReferences")
			case "unmarked":
				id = ""
			}
			child.SetAnnotations(map[string]string{"argocd.argoproj.io/tracking-id": id})
			create(t, ns, child)
		}
		awaitGone(t, "ConfigMap", ns, "stray")
		time.Sleep(200 * time.Millisecond)
		for _, name := range []string{"copied", "owned", "unmarked"} {
			if fetch(t, "ConfigMap", ns, name) == nil {
				t.Errorf("%s was pruned", name)
			}
		}
	})
	t.Run("what leaves the folder is pruned", func(t *testing.T) {
		p.Sync(app)
		awaitGone(t, "ConfigMap", ns, "settings")
		if want := []string{"ConfigMap " + ns + "/stray", "ConfigMap " + ns + "/settings"}; !slices.Equal(p.Pruned(), want) {
			t.Errorf("pruned %v, want %v", p.Pruned(), want)
		}
		edit(t, "Application", ns, "web", "metadata: {finalizers: null}")
		p.Sync()
		awaitGone(t, "Application", ns, "web")
	})
}

func TestParentByLabel(t *testing.T) {
	ns := stageIn(t, "parent-label")
	p := actors.NewParent(config, actors.ParentOptions{Name: "apps-by-label", Namespace: ns, ByLabel: true})
	play(t, p)
	p.Sync(decode(t, settings))
	o := await(t, "ConfigMap", ns, "settings", "applied", is("info", "data", "level"))
	holds(t, o, "metadata: {labels: {app.kubernetes.io/instance: apps-by-label}}")
	create(t, ns, decode(t, strings.NewReplacer("{name: %s", "{name: copied", "instance: %s", "instance: apps-by-label", `"%s"`, "other").Replace(childMap)))
	awaitGone(t, "ConfigMap", ns, "copied") // a label that was copied is enough
	if fetch(t, "ConfigMap", ns, "settings") == nil {
		t.Error("the folder itself was pruned")
	}
}

func TestParentLeavesWhatItShall(t *testing.T) {
	ns := stageIn(t, "parent-lax")
	p := actors.NewParent(config, actors.ParentOptions{Name: "lax", Namespace: ns, NoSelfHeal: true, NoPrune: true})
	play(t, p)
	p.Sync(decode(t, settings))
	await(t, "ConfigMap", ns, "settings", "applied", is("info", "data", "level"))
	edit(t, "ConfigMap", ns, "settings", "{data: {level: debug}}")
	stays(t, "ConfigMap", ns, "settings", 300*time.Millisecond)
	p.Sync()
	stays(t, "ConfigMap", ns, "settings", 300*time.Millisecond)
}
