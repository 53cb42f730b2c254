package doctor

import (
	"bytes"
	"cmp"
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
)

// object is one Kubernetes object.
type object struct {
	value
	group, kind, name, namespace string
}

// id is kind/namespace/name.
func (o object) id() string {
	return strings.Join(slices.DeleteFunc([]string{strings.ToLower(o.kind), o.namespace, o.name}, func(s string) bool { return s == "" }), "/")
}

// set is everything that was read.
type set struct {
	Input
	raw        map[string][]byte
	docs       []*document
	objects    []object
	apps       []*application
	updaters   []*updater
	images     []*followed
	partly     []*followed // of which a part of the repository is a placeholder
	patches    []patch
	install    install
	tree       tree
	home       string // the repository that the files are
	runsOf     map[*application][]deployed
	everywhere []deployed // of values files and manifests
	skipped    []Skipped
	unread     bool // an Application was skipped
	taken      map[*yaml.Node]bool
}

func newSet(in Input) *set {
	s := &set{Input: in, raw: map[string][]byte{}, runsOf: map[*application][]deployed{}, taken: map[*yaml.Node]bool{}}
	trees := [2]tree{newTree(in.Files, (*File).repo), newTree(in.Files, (*File).folder)}
	for i := range in.Files {
		f := &in.Files[i]
		s.raw[f.Path] = f.Raw
		docs, skipped := parse(f)
		s.unread = s.unread || len(skipped) > 0 && bytes.Contains(f.Raw, []byte("kind: Application"))
		s.docs = append(s.docs, docs...)
		if !trees[0].isChartTemplate(f.repo()) { // a chart's templates are read as text, for the values they use
			s.skipped = append(s.skipped, skipped...)
		}
		for _, d := range docs {
			trees[0].add(f.repo(), d)
			trees[1].add(f.folder(), d)
			root := value{node: d.root, doc: d}
			s.take(root)
			if !f.Live {
				s.takeExtra(root)
				s.everywhere = append(s.everywhere, imagesIn(root)...)
			}
		}
	}
	s.tree = s.better(trees)
	s.leaveOutPatched()
	s.home, s.install = s.findHome(), s.findInstall()
	for _, u := range s.updaters {
		s.images = append(s.images, s.followedByUpdater(u)...)
	}
	for _, a := range s.apps {
		for _, f := range s.followedByAnnotations(a) {
			if templated(f.text) {
				s.partly = append(s.partly, f)
			} else {
				s.images = append(s.images, f)
			}
		}
	}
	return s
}

// repo is the path from the root of the repository.
func (f *File) repo() string { return cmp.Or(f.Repo, f.Path) }

// folder is the path from the folder that is looked at.
func (f *File) folder() string { return cmp.Or(f.Folder, f.Path) }

// better is the tree in which more Applications find their folder.
func (s *set) better(trees [2]tree) tree {
	var found [2]int
	for i, t := range trees {
		for _, a := range s.apps {
			if p := a.source().path; p != "" && len(t.below(p)) > 0 {
				found[i]++
			}
		}
	}
	if found[1] > found[0] {
		return trees[1]
	}
	return trees[0]
}

// take reads an object, and the items of a List.
func (s *set) take(v value) {
	kind := v.str("kind")
	if kind == "" || v.str("apiVersion") == "" || s.taken[v.node] {
		return
	}
	s.taken[v.node] = true // an alias may lead back here, or to here a billion times
	if items := v.get("items"); strings.HasSuffix(kind, "List") && items.exists() {
		for _, i := range items.items() {
			s.take(i)
		}
		return
	}
	group, _, _ := strings.Cut(v.str("apiVersion"), "/")
	o := object{value: v, group: group, kind: kind, name: v.str("metadata", "name"), namespace: v.str("metadata", "namespace")}
	s.objects = append(s.objects, o)
	switch {
	case group == "argoproj.io" && kind == "Application" && !v.get("spec", "source").exists() && !v.get("spec", "sources").exists():
		s.patches = append(s.patches, patch{regexp.QuoteMeta(o.name), "", v})
		file, line := v.where()
		s.skipped = append(s.skipped, Skipped{File: file, Line: line, Reason: o.id() + " names no source: a patch of a kustomization, or one with a sourceHydrator"})
	case group == "argoproj.io" && kind == "Application":
		a := newApplication(o, v, false)
		s.apps = append(s.apps, a)
		for _, src := range a.sources {
			for _, values := range valuesOf(src) {
				s.takeExtra(values)
			}
		}
	case group == "argoproj.io" && kind == "ApplicationSet":
		if template := v.get("spec", "template"); template.exists() {
			s.apps = append(s.apps, newApplication(o, template, true))
		}
	case group == "argocd-image-updater.argoproj.io" && kind == "ImageUpdater":
		s.updaters = append(s.updaters, newUpdater(o))
	}
}

// takeExtra reads the objects that the values of a chart carry, as those of Argo CD and of image-updater may.
func (s *set) takeExtra(values value) {
	if values.get("kind").exists() {
		return
	}
	for _, v := range append([]value{values}, values.entries()...) { // of the chart, or of one that it depends on
		for _, o := range v.get("extraObjects").parts() {
			s.take(o)
		}
	}
}

// named are the objects of a kind.
func (s *set) named(kind string) (out []object) {
	for _, o := range s.objects {
		if o.kind == kind {
			out = append(out, o)
		}
	}
	return out
}

// application is an Application, or the template of an ApplicationSet.
type application struct {
	object
	// name and namespace of what is made; the object may be the ApplicationSet that makes it.
	name, namespace string

	template    bool
	labels      value
	annotations value
	spec        value
	status      value
	sources     []source
	multi       bool
}

// source is where an Application comes from.
type source struct {
	value
	repoURL, path, chart, revision string
}

func newApplication(o object, v value, template bool) *application {
	a := &application{object: o, name: o.name, namespace: o.namespace, template: template, labels: v.get("metadata", "labels"), annotations: v.get("metadata", "annotations"), spec: v.get("spec"), status: o.get("status")}
	if template {
		a.name = cmp.Or(v.str("metadata", "name"), o.name)
		a.namespace = cmp.Or(v.str("metadata", "namespace"), o.namespace)
		a.status = value{}
	}
	sources := a.spec.get("sources").items()
	a.multi = len(sources) > 0
	if one := a.spec.get("source"); one.exists() && !a.multi {
		sources = []value{one}
	}
	for _, v := range sources {
		a.sources = append(a.sources, source{value: v, repoURL: v.str("repoURL"), path: cleanPath(v.str("path")), chart: v.str("chart"), revision: v.str("targetRevision")})
	}
	return a
}

// updaterPrefix is that of all annotations of image-updater.
const updaterPrefix = "argocd-image-updater.argoproj.io/"

// annotation of image-updater, by its name behind the prefix.
func (a *application) annotation(name string) value { return a.annotations.get(updaterPrefix + name) }

// updaterAnnotations are all that image-updater might read.
func (a *application) updaterAnnotations() (out []value) {
	for _, e := range a.annotations.entries() {
		if strings.HasPrefix(e.key.Value, updaterPrefix) {
			out = append(out, e)
		}
	}
	return out
}

func (a *application) automated() bool {
	policy := a.spec.get("syncPolicy", "automated")
	return policy.exists() && policy.str("enabled") != "false"
}

// source that image-updater writes for: with several, the first of the wanted type that says so.
func (a *application) source() source {
	for _, s := range a.sources {
		if s.get("helm").exists() || s.get("kustomize").exists() {
			return s
		}
	}
	for _, s := range a.sources {
		if s.path != "" || s.chart != "" {
			return s
		}
	}
	return source{}
}

func cleanPath(p string) string {
	if p == "" {
		return ""
	}
	return strings.TrimPrefix(path.Clean("/"+p), "/")
}

// updater is an ImageUpdater.
type updater struct {
	object
	refs []ref
	best map[*application]*ref // what refOf has found
}

// ref is one of its applicationRefs.
type ref struct {
	value
	pattern        string
	useAnnotations bool
	selector       labels.Selector
}

func newUpdater(o object) *updater {
	u := &updater{object: o, best: map[*application]*ref{}}
	for _, v := range o.get("spec", "applicationRefs").items() {
		u.refs = append(u.refs, ref{value: v, pattern: v.str("namePattern"), useAnnotations: v.get("useAnnotations").isTrue(), selector: selectorOf(v.get("labelSelectors"))})
	}
	return u
}

func selectorOf(v value) labels.Selector {
	if !v.exists() {
		return labels.Everything()
	}
	s := metav1.LabelSelector{MatchLabels: v.get("matchLabels").strings()}
	for _, e := range v.get("matchExpressions").items() {
		s.MatchExpressions = append(s.MatchExpressions, metav1.LabelSelectorRequirement{Key: e.str("key"), Operator: metav1.LabelSelectorOperator(e.str("operator")), Values: e.get("values").texts()})
	}
	out, err := metav1.LabelSelectorAsSelector(&s)
	if err != nil {
		return labels.Nothing()
	}
	return out
}

// matches tells whether a ref is about an Application, whatever their namespaces.
func (r ref) matches(a *application) bool {
	if a.template && templated(a.name) {
		return false
	}
	ok, err := path.Match(r.pattern, a.name)
	return err == nil && ok && r.selector.Matches(labels.Set(a.labels.strings()))
}

// sameNamespace tells whether two objects are in one namespace. Files often leave it to whoever applies them.
func sameNamespace(a, b object) bool {
	return a.namespace == b.namespace || a.namespace == "" || b.namespace == ""
}

// refOf is the most specific ref of an ImageUpdater for an Application: only that one counts.
func (u *updater) refOf(a *application) (ref, bool) {
	best, known := u.best[a]
	if !known {
		best = u.findRef(a)
		u.best[a] = best
	}
	if best == nil {
		return ref{}, false
	}
	return *best, true
}

func (u *updater) findRef(a *application) (best *ref) {
	if !sameNamespace(u.object, a.object) {
		return nil
	}
	for i := range u.refs {
		if r := &u.refs[i]; r.matches(a) && (best == nil || r.weight() > best.weight()) {
			best = r
		}
	}
	return best
}

func (r ref) weight() int {
	w := len(strings.NewReplacer("*", "", "?", "").Replace(r.pattern))
	if !strings.ContainsAny(r.pattern, "*?[") {
		w += 1_000_000
	}
	if !r.selector.Empty() {
		w += 10_000
	}
	return w
}

// refs of all ImageUpdaters for an Application.
func (s *set) refs(a *application) (out []ref) {
	for _, u := range s.updaters {
		if r, ok := u.refOf(a); ok {
			out = append(out, r)
		}
	}
	return out
}

// readsAnnotations tells whether image-updater looks at the annotations of an Application, as far as can be known.
func (s *set) readsAnnotations(a *application) bool {
	refs := s.refs(a)
	return len(refs) == 0 || slices.ContainsFunc(refs, func(r ref) bool { return r.useAnnotations })
}
