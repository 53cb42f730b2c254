package expand

import (
	"fmt"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/Masterminds/semver/v3"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/image"
	"github.com/afrotomation/afroapp/internal/platform"
)

// What image-updater and Argo CD are told of any app leaves them no way to do nothing and be content. docs/silent-failures.md
// has the ways by their rows; shrugs_test.go shows that each rule can be broken.

// rows of docs/silent-failures.md.
type rows []int

// rule says what is wrong with what was told; empty: nothing.
type rule struct {
	name string
	rows rows
	says func(told) string
}

var shrugRules = []rule{
	{"strategy", rows{1, 3, 38}, theStrategy},
	{"tag", rows{2}, theTag},
	{"range", rows{4}, theRange},
	{"filters", rows{5, 6, 40}, theFilters},
	{"live image", rows{9, 18}, theLiveImage},
	{"source", rows{10, 11}, theSource},
	{"match", rows{12, 13, 14, 15, 39}, theMatch},
	{"target", rows{15, 17, 18}, theTarget},
	{"write-back", rows{16, 25, 28}, theWriteBack},
	{"default file", rows{17, 19, 21}, theDefaultFile},
	{"branch", rows{16, 27}, theBranch},
	{"parameters", rows{19, 20, 22, 36}, theParameters},
	{"sync", rows{26, 33}, theSync},
	{"pull secret", rows{30}, thePullSecret},
	{"platforms", rows{32}, thePlatforms},
	{"one image", rows{34}, theOneImage},
	{"force", rows{15, 35}, theForce},
}

// told is what image-updater is told of one app, in either flavour, and the source that it writes into.
type told struct {
	eff    *platform.Effective
	app    Intent
	source map[string]any

	ways, refs, images int // how often it is told, and of how many Applications and images
	inherited          any // settings that are not at the image
	namespace, pattern string
	narrowed           any // what else has to be so for the Application to match
	alias, image       string
	strategy, force    string
	platforms, ignored []string
	allowed, secret    string
	helm, kustomize    []string // the names to write to
	method, repository string
	branch, file       string
	pullRequest        any
}

func TestCannotShrug(t *testing.T) {
	all := toldStories(t)
	if len(all) < 100 {
		t.Fatalf("only %d stories follow an image", len(all))
	}
	for _, r := range shrugRules {
		t.Run(r.name, func(t *testing.T) {
			for story, what := range all {
				if wrong := r.says(what); wrong != "" {
					t.Errorf("%s: %s", story, wrong)
				}
			}
		})
	}
}

// toldStories are all stories that are accepted and follow an image, by their folders.
func toldStories(t *testing.T) map[string]told {
	t.Helper()
	out := map[string]told{}
	for _, dir := range stories(t) {
		plan, err := Expand(storyInput(t, dir))
		if err == nil && plan.Effective.Delivery.Update.Policy != v1alpha1.ImagePolicyPinned {
			out[filepath.Base(dir)] = toldBy(plan)
		}
	}
	return out
}

func toldBy(plan *Plan) told {
	w := told{eff: plan.Effective}
	for _, i := range plan.Intents {
		switch i.Object.GetKind() {
		case "Application":
			w.app, w.source = i, at[map[string]any](i, "spec", "source")
			if list, ok := i.Object.GetAnnotations()[updaterPrefix+"image-list"]; ok {
				w.byAnnotations(list, i.Object.GetAnnotations())
			}
		case "ImageUpdater":
			w.byObject(i)
		}
	}
	return w
}

func (w *told) byObject(i Intent) {
	ref := func(p ...any) []any { return append([]any{"spec", "applicationRefs", 0}, p...) }
	img := func(p ...any) []any { return append(ref("images", 0), p...) }
	set := func(p string) []any { return img("commonUpdateSettings", p) }
	w.ways++
	w.refs, w.images = len(at[[]any](i, "spec", "applicationRefs")), len(at[[]any](i, ref("images")...))
	w.namespace, w.pattern = i.Object.GetNamespace(), at[string](i, ref("namePattern")...)
	w.inherited = orAny(at[any](i, "spec", "commonUpdateSettings"), at[any](i, ref("commonUpdateSettings")...), at[any](i, "spec", "writeBackConfig"))
	w.narrowed = orAny(at[any](i, ref("labelSelectors")...), at[any](i, "spec", "namespace"))
	if at[any](i, ref("useAnnotations")...) != false {
		w.narrowed = "useAnnotations"
	}
	w.alias, w.image = at[string](i, img("alias")...), at[string](i, img("imageName")...)
	w.strategy, w.force = at[string](i, set("updateStrategy")...), fmt.Sprint(at[any](i, set("forceUpdate")...))
	w.platforms, w.ignored = texts(at[[]any](i, set("platforms")...)), texts(at[[]any](i, set("ignoreTags")...))
	w.allowed, w.secret = at[string](i, set("allowTags")...), at[string](i, set("pullSecret")...)
	w.helm = some(at[string](i, img("manifestTargets", "helm", "name")...), at[string](i, img("manifestTargets", "helm", "tag")...))
	w.kustomize = some(at[string](i, img("manifestTargets", "kustomize", "name")...))
	w.method = at[string](i, ref("writeBackConfig", "method")...)
	git := func(p string) []any { return ref("writeBackConfig", "gitConfig", p) }
	w.repository, w.branch = at[string](i, git("repository")...), at[string](i, git("branch")...)
	w.file, w.pullRequest = at[string](i, git("writeBackTarget")...), at[any](i, git("pullRequest")...)
}

func (w *told) byAnnotations(list string, annotations map[string]string) {
	of := func(name string) string { return annotations[updaterPrefix+name] }
	w.ways++
	w.namespace, w.pattern, w.refs, w.images = w.app.Object.GetNamespace(), w.app.Object.GetName(), 1, len(strings.Split(list, ","))
	w.alias, w.image, _ = strings.Cut(list, "=")
	if of("update-strategy") != "" || of("force-update") != "" {
		w.inherited = "annotations without an alias"
	}
	w.strategy, w.force = of("app.update-strategy"), of("app.force-update")
	w.platforms, w.ignored = some(strings.Split(of("app.platforms"), ",")...), some(strings.Split(of("app.ignore-tags"), ",")...)
	w.allowed, w.secret = of("app.allow-tags"), of("app.pull-secret")
	w.helm = some(of("app.helm.image-name"), of("app.helm.image-tag"))
	w.kustomize = some(of("app.kustomize.image-name"))
	w.method, w.repository, w.branch, w.file = of("write-back-method"), of("git-repository"), of("git-branch"), of("write-back-target")
}

func theStrategy(w told) string {
	want := "digest"
	if w.eff.Delivery.Update.Policy == v1alpha1.ImagePolicySemver {
		want = "semver"
	}
	return unless(w.strategy == want && w.inherited == nil, "strategy %q, not %s at the image itself; inherited: %v", w.strategy, want, w.inherited)
}

func theTag(w told) string {
	_, tag := nameAndTag(w.image)
	return unless(tag != "" && (w.strategy != "digest" || tag == w.eff.Delivery.Image.Tag), "image %q does not say which tag", w.image)
}

func theRange(w told) string {
	if w.strategy != "semver" {
		return ""
	}
	_, constraint := nameAndTag(w.image)
	_, unread := semver.NewConstraint(constraint)
	_, noVersion := semver.NewVersion(w.eff.Delivery.Image.Tag)
	return unless(unread == nil && noVersion == nil, "range %q from %q: %v %v", constraint, w.eff.Delivery.Image.Tag, unread, noVersion)
}

// theFilters: none but the glob for everything, where the image is to stay.
func theFilters(w told) string {
	var want []string
	if w.eff.Delivery.Update.Paused {
		want = []string{"*"}
	}
	return unless(w.allowed == "" && slices.Equal(w.ignored, want), "allow-tags %q, ignore-tags %q, want %q", w.allowed, w.ignored, want)
}

// theLiveImage: what is followed is spelled as what is started with, and written to where that stands.
func theLiveImage(w told) string {
	followed, _ := nameAndTag(w.image)
	starts := w.eff.Delivery.Image.Name()
	if len(w.helm) == 2 {
		values := at[map[string]any](w.app, "spec", "source", "helm", "valuesObject")
		starts, _ = deep(values, w.helm[0]).(string)
		if tag := deep(values, w.helm[1]); tag != w.eff.Delivery.Image.TagOrDigest() {
			return fmt.Sprintf("the chart starts with %v at %s", tag, w.helm[1])
		}
	}
	return unless(image.SameRepository(followed, starts), "%q is followed, and %q is started with", followed, starts)
}

func theSource(w told) string {
	var unknown []string
	for k := range w.source {
		if !slices.Contains([]string{"repoURL", "path", "targetRevision", "helm", "kustomize"}, k) {
			unknown = append(unknown, k)
		}
	}
	one := w.source["path"] != "" && at[any](w.app, "spec", "sources") == nil && (w.source["helm"] == nil || w.source["kustomize"] == nil)
	return unless(one && unknown == nil, "not one source of Helm or Kustomize: %v", w.source)
}

func theMatch(w told) string {
	o := w.app.Object
	exact := w.namespace == o.GetNamespace() && w.pattern == o.GetName() && w.narrowed == nil
	return unless(w.ways == 1 && w.refs == 1 && exact, "told %d times, of %d Applications, by %s/%s (%v), which is %s/%s",
		w.ways, w.refs, w.namespace, w.pattern, w.narrowed, o.GetNamespace(), o.GetName())
}

func theTarget(w told) string {
	kustomize := w.eff.Delivery.Source.Type == platform.SourceKustomize
	fits := kustomize && len(w.kustomize) == 1 && w.helm == nil || !kustomize && len(w.helm) == 2 && w.helm[0] != w.helm[1] && w.kustomize == nil
	return unless(fits && (w.source["helm"] == nil) == kustomize, "written to Helm %q, Kustomize %q of %v", w.helm, w.kustomize, w.source)
}

func theWriteBack(w told) string {
	u, secret := w.eff.Delivery.Update, ""
	switch {
	case u.WriteBack != v1alpha1.WriteBackGit:
		return unless(w.method == "argocd" && w.repository == "" && w.pullRequest == nil, "method %q with %q %v", w.method, w.repository, w.pullRequest)
	case u.GitSecret != "":
		secret = ":secret:" + w.app.Object.GetNamespace() + "/" + u.GitSecret
	}
	reached := w.repository == w.source["repoURL"] && (secret == "" || !strings.HasPrefix(w.repository, "http://"))
	return unless(w.method == "git"+secret && reached && w.pullRequest == nil, "method %q to %q %v", w.method, w.repository, w.pullRequest)
}

// theDefaultFile is the only target that fits every type of source, and that nothing masks. Both programs call it by the same
// name only for Applications beside Argo CD.
func theDefaultFile(w told) string {
	beside := w.app.Object.GetNamespace() == w.eff.Delivery.ArgoCDNamespace
	return unless(w.file == "" && beside, "target %q of an Application in %s", w.file, w.app.Object.GetNamespace())
}

var noBranch = regexp.MustCompile(`^([0-9a-f]{7,64}|v?[0-9]+\.[0-9]+\.[0-9]+([-+].*)?|refs/.*|.*:.*)$`)

func theBranch(w told) string {
	if w.eff.Delivery.Update.WriteBack != v1alpha1.WriteBackGit {
		return unless(w.branch == "", "branch %q without git", w.branch)
	}
	revision, _ := w.source["targetRevision"].(string)
	said := revision
	if revision == "HEAD" {
		said = ""
	}
	return unless(w.branch == said && revision != "" && !noBranch.MatchString(revision), "branch %q of revision %q", w.branch, revision)
}

// theParameters are image-updater's own, and nobody else's: what beats them or vanishes with them is not written.
func theParameters(w told) string {
	for _, p := range []string{"helm.parameters", "helm.values", "helm.valueFiles", "helm.fileParameters", "kustomize.images"} {
		if v := deep(w.source, p); v != nil {
			return fmt.Sprintf("%s is written: %v", p, v)
		}
	}
	return ""
}

func theSync(w told) string {
	automated := at[map[string]any](w.app, "spec", "syncPolicy", "automated")
	for k := range w.app.Object.GetAnnotations() {
		if strings.HasPrefix(k, "argocd.argoproj.io/") {
			return "annotation " + k
		}
	}
	return unless(automated["selfHeal"] == true && automated["prune"] == true && automated["enabled"] == nil, "automated: %v", automated)
}

func thePullSecret(w told) string {
	want := ""
	if s := w.eff.Delivery.Update.PullSecret; s != "" {
		want = "pullsecret:" + w.eff.Delivery.ArgoCDNamespace + "/" + s
	}
	return unless(w.secret == want, "pull secret %q, want %q", w.secret, want)
}

var osAndArch = regexp.MustCompile(`^[a-z0-9]+/[a-z0-9]+(/[a-z0-9]+)?$`)

func thePlatforms(w told) string {
	bad := slices.ContainsFunc(w.platforms, func(p string) bool { return !osAndArch.MatchString(p) })
	return unless(len(w.platforms) > 0 && !bad, "platforms %q", w.platforms)
}

func theOneImage(w told) string {
	return unless(w.images == 1 && regexp.MustCompile(`^[a-z]+$`).MatchString(w.alias), "%d images, the first with alias %q", w.images, w.alias)
}

func theForce(w told) string {
	want := w.eff.Delivery.Update.ForceUpdate
	return unless(w.force == strconv.FormatBool(want), "force %q, want %t", w.force, want)
}

func unless(right bool, format string, args ...any) string {
	if right {
		return ""
	}
	return fmt.Sprintf(format, args...)
}

func orAny(values ...any) any {
	i := slices.IndexFunc(values, func(v any) bool { return v != nil })
	if i < 0 {
		return nil
	}
	return values[i]
}

// some leaves empty texts out.
func some(values ...string) []string {
	values = slices.DeleteFunc(slices.Clone(values), func(s string) bool { return s == "" })
	if len(values) == 0 {
		return nil
	}
	return values
}

func texts(list []any) (out []string) {
	for _, v := range list {
		out = append(out, fmt.Sprint(v))
	}
	return out
}

// deep reads a value by its key with dots.
func deep(values map[string]any, key string) any {
	head, rest, nested := strings.Cut(key, ".")
	if !nested {
		return values[head]
	}
	inner, _ := values[head].(map[string]any)
	return deep(inner, rest)
}

// nameAndTag of an image as image-updater reads it; what stands for the tag may be a range.
func nameAndTag(s string) (name, tag string) {
	dir, last := path.Split(s)
	base, tag, _ := strings.Cut(last, ":")
	return dir + base, tag
}
