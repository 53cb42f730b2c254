package expand

import (
	"path/filepath"
	"reflect"
	"strings"
	"sync"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/internal/platform"
)

// accepted are the inputs of the corpus and of the sample fleet that have a plan, by name.
func accepted(t testing.TB) map[string]Input {
	t.Helper()
	out := map[string]Input{}
	for _, dir := range stories(t) {
		in := storyInput(t, dir)
		if _, err := Expand(copyInput(in)); err == nil {
			out[filepath.Base(dir)] = in
		}
	}
	for _, in := range fleetInputs(t) {
		out["fleet/"+in.App.Namespace+"-"+in.App.Name] = in
	}
	return out
}

func TestLawsHold(t *testing.T) {
	for name, in := range accepted(t) {
		plan, err := Expand(in)
		must(t, err)
		for _, v := range violations(in, plan) {
			t.Errorf("%s: %s", name, v)
		}
	}
}

// TestMetadataIsNotCopied gives every story the labels and annotations that would do most harm on a child.
func TestMetadataIsNotCopied(t *testing.T) {
	odd := map[string]string{"argocd.argoproj.io/instance": "infra", "argocd.argoproj.io/sync-options": "Replace=true", "cnpg.io/validation": "disabled",
		"cert-manager.io/cluster-issuer": "other", "nginx.ingress.kubernetes.io/server-snippet": "return 200;", "example.com/odd": "odd",
		LabelManagedBy: "somebody", LabelOwnerUID: "somebody", AnnotationOwner: "AfroApp/kube-system/other", AnnotationRevision: "99", LabelData: "true"}
	for name, in := range accepted(t) {
		plain, err := Expand(in)
		must(t, err)
		in.App = in.App.DeepCopy()
		for k, v := range odd {
			metav1.SetMetaDataLabel(&in.App.ObjectMeta, k, v)
			metav1.SetMetaDataAnnotation(&in.App.ObjectMeta, k, v)
		}
		in.App.Finalizers = []string{"example.com/odd"}
		decorated, err := Expand(in)
		must(t, err)
		if string(planYAML(t, plain)) != string(planYAML(t, decorated)) {
			t.Errorf("%s: metadata of the app changed a child", name)
		}
	}
}

// TestSameAgain expands twice and compares bytes and hashes, and the input with a copy from before.
func TestSameAgain(t *testing.T) {
	for name, in := range accepted(t) {
		before := copyInput(in)
		first, err := Expand(in)
		must(t, err)
		second, err := Expand(copyInput(in))
		must(t, err)
		if string(planYAML(t, first)) != string(planYAML(t, second)) {
			t.Errorf("%s: the same input gave other bytes", name)
		}
		for n, i := range first.Intents {
			if i.Hash() != second.Intents[n].Hash() {
				t.Errorf("%s: %s: the same bytes have another hash", name, i.Key())
			}
		}
		if !reflect.DeepEqual(before, in) {
			t.Errorf("%s: the input was changed", name)
		}
	}
}

// TestPlatformSameAgain is TestSameAgain for what the AfroPlatform becomes.
func TestPlatformSameAgain(t *testing.T) {
	for _, dir := range platformStories(t) {
		in := platformInput(t, dir)
		before := in.Platform.DeepCopy()
		first, err := Platform(in)
		second, again := Platform(in)
		if err != nil {
			if again == nil || err.Error() != again.Error() {
				t.Errorf("%s: %v, then %v", dir, err, again)
			}
			continue
		}
		if string(planYAML(t, first)) != string(planYAML(t, second)) || !reflect.DeepEqual(before, in.Platform) {
			t.Errorf("%s: not the same again", dir)
		}
	}
}

func copyInput(in Input) Input {
	in.App = in.App.DeepCopy()
	if in.Platform != nil {
		in.Platform = in.Platform.DeepCopy()
	}
	return in
}

// TestParallelUse expands the same objects, not copies, from eight workers. With -race it also shows that nobody writes into them.
func TestParallelUse(t *testing.T) {
	inputs := accepted(t)
	want := map[string]string{}
	for name, in := range inputs {
		plan, err := Expand(copyInput(in))
		must(t, err)
		want[name] = hashes(plan)
	}
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for name, in := range inputs {
				plan, err := Expand(in)
				if err != nil || hashes(plan) != want[name] {
					t.Errorf("%s: another result beside others (%v)", name, err)
				}
			}
		})
	}
	wg.Wait()
}

func hashes(p *Plan) string {
	var b strings.Builder
	for _, i := range p.Intents {
		b.WriteString(i.Key().String() + " " + i.Hash() + "\n")
	}
	return b.String()
}

// TestPlatformLaws holds what the AfroPlatform becomes to the laws that do not speak of an app.
func TestPlatformLaws(t *testing.T) {
	for _, dir := range platformStories(t) {
		in := platformInput(t, dir)
		plan, err := Platform(in)
		if err != nil {
			continue
		}
		plan.Effective = &platform.Effective{}
		l := &laws{in: Input{Platform: in.Platform}, plan: plan}
		l.order()
		l.backups()
		for _, i := range plan.Intents {
			l.names(i)
			l.metadata(i)
			l.content(i)
			l.platformChild(in, i)
		}
		for _, v := range l.found {
			t.Errorf("%s: %s", dir, v)
		}
	}
}

func (l *laws) platformChild(in PlatformInput, i Intent) {
	if i.Object.GetLabels()[LabelManagedBy] != ManagedBy || i.Object.GetAnnotations()[AnnotationOwner] != PlatformOwner ||
		i.Object.GetLabels()[LabelOwnerUID] != string(uidOr(in.Platform.UID)) {
		l.broken(i, "does not lead back")
	}
	if len(i.Object.GetOwnerReferences()) > 0 {
		l.broken(i, "has an owner")
	}
	want := platform.ArgoCDNamespace(in.Platform)
	if i.Object.GetKind() != "AppProject" {
		want = in.Platform.Spec.Database.Shared.Namespace
	}
	if i.Object.GetNamespace() != want {
		l.broken(i, "does not belong into namespace %q", i.Object.GetNamespace())
	}
}

// TestLawsCanBeBroken breaks a plan in one place at a time: a law that sees nothing would hold for ever.
func TestLawsCanBeBroken(t *testing.T) {
	on := func(kind string, change func(*unstructured.Unstructured)) func(*Plan) {
		return func(p *Plan) {
			for _, i := range p.Intents {
				if i.Object.GetKind() == kind {
					change(i.Object)
					return
				}
			}
			panic("no " + kind)
		}
	}
	set := func(kind string, value any, path ...string) func(*Plan) {
		return on(kind, func(u *unstructured.Unstructured) {
			if value == nil {
				unstructured.RemoveNestedField(u.Object, path...)
				return
			}
			if err := unstructured.SetNestedField(u.Object, value, path...); err != nil {
				panic(err)
			}
		})
	}
	image := func(p *Plan, change func(map[string]any)) {
		for _, i := range p.Intents {
			if i.Object.GetKind() == "ImageUpdater" {
				change(at[map[string]any](i, "spec", "applicationRefs", 0))
			}
		}
	}
	for want, breakIt := range map[string]func(*Plan){
		"planned twice":          func(p *Plan) { p.Intents = append(p.Intents, p.Intents[len(p.Intents)-1]) },
		"stands behind":          func(p *Plan) { p.Intents[0], p.Intents[len(p.Intents)-1] = p.Intents[len(p.Intents)-1], p.Intents[0] },
		"is of no known kind":    on("Ingress", func(u *unstructured.Unstructured) { u.SetKind("IngressRoute") }),
		"name: a lowercase RFC":  on("Ingress", func(u *unstructured.Unstructured) { u.SetName("Web") }),
		"longer than 50":         on("Cluster", func(u *unstructured.Unstructured) { u.SetName(strings.Repeat("c", 51)) }),
		"does not take the name": set("Database", "pg_shop", "spec", "name"),
		"serverName is longer": on("Cluster", func(u *unstructured.Unstructured) {
			at[map[string]any](Intent{Object: u}, "spec", "plugins", 0, "parameters")["serverName"] = strings.Repeat("s", 64)
		}),
		"labels map":                   on("Ingress", func(u *unstructured.Unstructured) { u.SetLabels(map[string]string{LabelManagedBy: ManagedBy}) }),
		"annotations map":              on("Certificate", func(u *unstructured.Unstructured) { u.SetAnnotations(nil) }),
		"holds data and has":           on("Cluster", func(u *unstructured.Unstructured) { u.SetOwnerReferences([]metav1.OwnerReference{{UID: "x"}}) }),
		"has an owner":                 on("Application", func(u *unstructured.Unstructured) { u.SetOwnerReferences([]metav1.OwnerReference{{UID: "x"}}) }),
		"is not owned by the app":      on("Ingress", func(u *unstructured.Unstructured) { u.SetOwnerReferences(nil) }),
		"a password that does not":     on("Secret", func(u *unstructured.Unstructured) { u.SetName("other"); u.SetOwnerReferences(nil) }),
		`into namespace "kube-system"`: on("Application", func(u *unstructured.Unstructured) { u.SetNamespace("kube-system") }),
		`into namespace ""`:            on("Certificate", func(u *unstructured.Unstructured) { u.SetNamespace("") }),
		"label team":                   set("Ingress", "shop", "metadata", "labels", "team"),
		"annotation argocd.argoproj":   set("Ingress", "PreSync", "metadata", "annotations", "argocd.argoproj.io/hook"),
		"ingress-nginx drops":          set("Ingress", "60s", "metadata", "annotations", "nginx.ingress.kubernetes.io/proxy-read-timeout"),
		"finalizers [x]":               on("Ingress", func(u *unstructured.Unstructured) { u.SetFinalizers([]string{"x"}) }),
		"cannot deep copy int":         on("Ingress", func(u *unstructured.Unstructured) { u.Object["spec"].(map[string]any)["n"] = 1 }),
		".spec.x is empty":             set("Ingress", map[string]any{}, "spec", "x"),
		".spec.y is empty":             set("Ingress", []any{}, "spec", "y"),
		".spec.z is null":              on("Ingress", func(u *unstructured.Unstructured) { u.Object["spec"].(map[string]any)["z"] = nil }),
		`.spec.w holds "a\nb"`:         set("Ingress", "a\nb", "spec", "w"),
		"takes helm.parameters":        set("Application", []any{"x"}, "spec", "source", "helm", "parameters"),
		"takes kustomize.images":       set("Application", []any{"x"}, "spec", "source", "kustomize", "images"),
		"told 2 times":                 set("Application", "app=x:y", "metadata", "annotations", updaterPrefix+"image-list"),
		"is not one image":             set("Application", "app=x:y,z", "metadata", "annotations", updaterPrefix+"image-list"),
		"does not name its":            func(p *Plan) { image(p, func(ref map[string]any) { ref["namePattern"] = "*" }) },
		"has no Application":           on("Application", func(u *unstructured.Unstructured) { u.SetName("other") }),
		"leaves the CRD to fill": func(p *Plan) {
			image(p, func(ref map[string]any) {
				delete(ref["images"].([]any)[0].(map[string]any)["commonUpdateSettings"].(map[string]any), "updateStrategy")
			})
		},
		"is not held":         on("AfroHostClaim", func(u *unstructured.Unstructured) { u.SetName("other.example") }),
		"serves every host":   set("Ingress", nil, "spec", "rules"),
		"has not six fields":  set("ScheduledBackup", "0 2 * * *", "spec", "schedule"),
		"would never back up": set("ScheduledBackup", false, "spec", "immediate"),
		"archives nothing":    set("Cluster", nil, "spec", "plugins"),
	} {
		in := storyInput(t, "testdata/names-longest")
		plan, err := Expand(in)
		must(t, err)
		breakIt(plan)
		if got := strings.Join(violations(in, plan), "\n"); !strings.Contains(got, want) {
			t.Errorf("broken on purpose, and %q was not seen:\n%s", want, got)
		}
	}
}
