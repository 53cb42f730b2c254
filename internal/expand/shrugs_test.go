package expand

import (
	"slices"
	"testing"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// Each rule of TestCannotShrug sees what it is there for.
func TestShrugsAreSeen(t *testing.T) {
	helm, git, versions, kustomize := "delivery-crd-argocd-chart", "delivery-crd-git-secret-chart", "policy-semver", "delivery-crd-git-kustomize"
	for _, c := range []struct {
		rule, story string
		spoil       func(*told)
	}{
		{"strategy", helm, func(w *told) { w.strategy = "newest-build" }},
		{"strategy", helm, func(w *told) { w.strategy = "digset" }},
		{"strategy", helm, func(w *told) { w.inherited = map[string]any{"updateStrategy": "digest"} }},
		{"tag", helm, func(w *told) { w.image, _ = nameAndTag(w.image) }},
		{"range", versions, func(w *told) { w.image += " or so" }},
		{"filters", helm, func(w *told) { w.allowed = "latest" }},
		{"filters", helm, func(w *told) { w.ignored = []string{"^sha-.*$"} }},
		{"filters", "paused", func(w *told) { w.ignored = nil }},
		{"live image", helm, func(w *told) { w.image = "mirror.example.com/shop:latest" }},
		{"live image", helm, func(w *told) { w.helm[1] = "image.version" }},
		{"source", helm, func(w *told) { w.source["directory"] = map[string]any{"recurse": true} }},
		{"source", helm, func(w *told) { w.app.Object.Object["spec"].(map[string]any)["sources"] = []any{w.source} }},
		{"match", helm, func(w *told) { w.pattern = "*" }},
		{"match", helm, func(w *told) { w.namespace = "shop" }},
		{"match", helm, func(w *told) { w.ways = 2 }},
		{"match", helm, func(w *told) { w.ways = 0 }},
		{"target", helm, func(w *told) { w.kustomize = []string{"shop"} }},
		{"target", kustomize, func(w *told) { w.kustomize, w.helm = nil, []string{"image.name", "image.tag"} }},
		{"write-back", helm, func(w *told) { w.method = "argo" }},
		{"write-back", git, func(w *told) { w.pullRequest = map[string]any{"github": map[string]any{}} }},
		{"write-back", git, func(w *told) { w.repository = "http://git.example.com/infra.git" }},
		{"default file", git, func(w *told) { w.file = "kustomization.yaml" }},
		{"default file", git, func(w *told) { w.app.Object.SetNamespace("shop") }},
		{"branch", git, func(w *told) { w.branch = "" }},
		{"branch", git, func(w *told) { w.branch, w.source["targetRevision"] = "v1.2.3", "v1.2.3" }},
		{"branch", git, func(w *told) { w.branch, w.source["targetRevision"] = "main:next:x", "main:next:x" }},
		{"parameters", helm, func(w *told) { w.source["helm"].(map[string]any)["parameters"] = []any{"x"} }},
		{"parameters", kustomize, func(w *told) { w.source["kustomize"] = map[string]any{"images": []any{"x"}} }},
		{"sync", helm, func(w *told) { unstructured.RemoveNestedField(w.app.Object.Object, "spec", "syncPolicy") }},
		{"sync", helm, func(w *told) {
			w.app.Object.SetAnnotations(map[string]string{"argocd.argoproj.io/manifest-generate-paths": "."})
		}},
		{"pull secret", helm, func(w *told) { w.secret = "pullsecret:shop/ghcr" }},
		{"platforms", helm, func(w *told) { w.platforms = nil }},
		{"one image", helm, func(w *told) { w.images = 2 }},
		{"force", helm, func(w *told) { w.force = "yes" }},
		{"force", "force-update", func(w *told) { w.force = "false" }},
	} {
		i := slices.IndexFunc(shrugRules, func(r rule) bool { return r.name == c.rule })
		plan, err := Expand(storyInput(t, "testdata/"+c.story))
		must(t, err)
		w := toldBy(plan)
		if wrong := shrugRules[i].says(w); wrong != "" {
			t.Errorf("%s of %s: %s", c.rule, c.story, wrong)
		}
		if c.spoil(&w); shrugRules[i].says(w) == "" {
			t.Errorf("%s of %s was spoilt, and nothing was said: %+v", c.rule, c.story, w)
		}
	}
}
