package doctor

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
)

// Who looks at which Application.
var updaterRules = []Rule{
	{ID: "AFRO044", Severity: Error, check: perAppRule(annotationsUnread),
		Title: "annotations that image-updater 1.x does not read",
		Help:  "Since 1.0 an ImageUpdater says what is followed, and annotations are read only under one with useAnnotations: true. Without it nothing happens and nothing is logged. Catalogue row 13."},
	{ID: "AFRO045", Severity: Warning, check: perUpdaterRule(matchesNothing),
		Title: "an ImageUpdater that matches no Application",
		Help:  "It is Ready=True with \"Reconciled 0 applications\". It sees the Applications of its own namespace only. Catalogue rows 12 and 14."},
	{ID: "AFRO046", Severity: Error, check: twoMatch,
		Title: "two ImageUpdaters for one image of an Application",
		Help:  "Nobody arbitrates: each writes its own image in every cycle, and both are Ready=True. Two images that are written to one Helm value count as one. If both follow the image in the very same way it is a warning: all is done twice, until one of them is changed. Catalogue row 14."},
	{ID: "AFRO047", Severity: Error, check: perImageRule(inherited),
		Title: "settings of an image that leave out the strategy",
		Help:  "The CRDs of image-updater 1.0 to 1.3 store updateStrategy: semver into every commonUpdateSettings that leaves it out, and that of the image is stronger than the one it should inherit. Catalogue row 38."},
	{ID: "AFRO048", Severity: Warning, check: perUpdaterRule(namespaceField),
		Title: "an ImageUpdater with spec.namespace",
		Help:  "The field is gone since image-updater 1.2.0; an ImageUpdater is about the Applications of its own namespace."},
	{ID: "AFRO049", Severity: Error, check: perUpdaterRule(emptyRef),
		Title: "an applicationRef that names no images",
		Help:  "The API server refuses an applicationRef without images and without useAnnotations: true."},
}

func annotationsUnread(s *set, a *application) []Finding {
	list := a.annotation("image-list")
	if list.text() == "" || s.install.major != "1" {
		return nil
	}
	refs := s.refs(a)
	for _, r := range refs {
		if r.useAnnotations {
			return nil
		}
	}
	sentence := "image-updater 1.x reads annotations only where an ImageUpdater says useAnnotations: true, and none does for this Application"
	remedy := fmt.Sprintf("apply an ImageUpdater in namespace %s with applicationRefs: [{namePattern: %q, useAnnotations: true}]", orUnknown(a.namespace), a.name)
	switch {
	case len(refs) == 1:
		r := refs[0]
		edits := r.get("namePattern").add("useAnnotations", "true")
		if at := r.get("useAnnotations"); at.exists() {
			edits = at.set("true")
		}
		if r.get("images").exists() {
			return but(Note, found(a.object, list, "an ImageUpdater names the images of this Application, so its annotations are not read", quoted(list)+"; namePattern: "+r.pattern, "remove the annotations, or set useAnnotations: true"))
		}
		return found(a.object, list, sentence, quoted(list)+"; namePattern: "+r.pattern, "set useAnnotations: true there", edits)
	case templated(a.name) && len(s.updaters) > 0:
		return nil // its name is not known
	case !s.Complete && len(s.updaters) == 0:
		return but(Warning, found(a.object, list, sentence+" among what was read", s.versionEvidence(), remedy))
	}
	return found(a.object, list, sentence, s.versionEvidence(), remedy)
}

func orUnknown(namespace string) string {
	if namespace == "" {
		return "of the Application"
	}
	return namespace
}

// versionEvidence is why image-updater is known to be 1.x.
func (s *set) versionEvidence() string {
	switch {
	case s.install.at.exists():
		file, line := s.install.at.where()
		return fmt.Sprintf("image-updater is installed from %s:%d, %s", file, line, quoted(s.install.at))
	case len(s.updaters) > 0:
		return "there are ImageUpdaters, and none of them fits"
	}
	return "the cluster serves ImageUpdaters"
}

func matchesNothing(s *set, u *updater) (out []Finding) {
	if u.get("status").exists() && !s.Complete {
		return nil // image-updater itself says how many
	}
	for _, r := range u.refs {
		here, there := s.matched(u, r)
		if here > 0 || len(s.apps) == 0 || templated(r.pattern) {
			continue
		}
		at := r.get("namePattern")
		if there != nil {
			out = append(out, but(Error, found(u.object, at, fmt.Sprintf("the Application that it means is in namespace %s, and an ImageUpdater sees its own namespace only", there.namespace), quoted(at)+"; "+there.id(), "put the ImageUpdater into namespace "+there.namespace, u.get("metadata", "namespace").set(there.namespace)))...)
			continue
		}
		if s.Complete || !s.makesApplications() {
			out = append(out, found(u.object, at, fmt.Sprintf("no Application fits the pattern %q, and nothing says so: it is Ready with 0 applications", r.pattern), quoted(at), "name an Application of the same namespace")...)
		}
	}
	return out
}

// matched counts the Applications of a ref, and names one of another namespace.
func (s *set) matched(u *updater, r ref) (here int, there *application) {
	for _, a := range s.apps {
		switch {
		case templated(a.name):
			here++ // perhaps
		case !r.matches(a):
		case sameNamespace(u.object, a.object):
			here++
		default:
			there = a
		}
	}
	return here, there
}

// makesApplications tells whether there may be Applications that no file names, or that were left out.
func (s *set) makesApplications() bool {
	if s.unread {
		return true
	}
	for _, kind := range []string{"ApplicationSet", "AfroApp"} {
		if len(s.named(kind)) > 0 {
			return true
		}
	}
	return false
}

func twoMatch(s *set) []Finding {
	said := map[[2]*updater]Finding{}
	say := func(first, second *updater, r ref, name string, clashes []clash) {
		if first.id() >= second.id() || len(clashes) == 0 {
			return // the other order is said; of one id no cluster has two
		}
		pair := [2]*updater{first, second}
		if was, known := said[pair]; !known || was.Severity == Warning && !allTheSame(clashes) {
			said[pair] = twice(first, second, r, name, allTheSame(clashes))
		}
	}
	for _, a := range s.apps {
		matching := s.updatersOf(a)
		for _, second := range matching {
			for _, first := range matching {
				one, _ := first.refOf(a)
				other, _ := second.refOf(a)
				say(first, second, other, a.name, clashesOf(s.writtenBy(one, a), s.writtenBy(other, a), s.typeOf(a)))
			}
		}
	}
	byPattern := map[string][]exact{}
	for _, u := range s.updaters {
		for _, r := range u.refs {
			if strings.ContainsAny(r.pattern, "*?[") || !r.selector.Empty() {
				continue
			}
			for _, other := range byPattern[r.pattern] {
				if sameNamespace(other.object, u.object) && !s.hasRead(u) {
					clashes := clashesOf(s.writtenBy(other.ref, nil), s.writtenBy(r, nil), "")
					say(other.updater, u, r, r.pattern, clashes)
					say(u, other.updater, other.ref, r.pattern, clashes)
				}
			}
			byPattern[r.pattern] = append(byPattern[r.pattern], exact{u, r})
		}
	}
	return slices.Collect(maps.Values(said)) // they are sorted by place
}

func twice(first, second *updater, r ref, name string, same bool) Finding {
	severity, what := Error, "the two overwrite each other in every cycle"
	if same {
		severity, what = Warning, "both follow the image in the very same way, so all is done twice, and they overwrite each other as soon as one of them is changed"
	}
	at := r.get("namePattern")
	return but(severity, found(second.object, at, fmt.Sprintf("%s is also about Application %s: %s", first.id(), name, what), quoted(at), "leave the Application to one of them"))[0]
}

// hasRead tells whether an Application of an ImageUpdater was read: then that one says who writes what.
func (s *set) hasRead(u *updater) bool {
	return slices.ContainsFunc(s.apps, func(a *application) bool { _, ok := u.refOf(a); return ok })
}

// writtenBy are the images that a ref follows in an Application.
func (s *set) writtenBy(r ref, a *application) (out []*followed) {
	for _, f := range s.images {
		if f.app == a && (r.useAnnotations && f.byAnnotation() && a != nil || f.ref.node == r.node) {
			out = append(out, f)
		}
	}
	return out
}

// clash is two images that two ImageUpdaters write to one place.
type clash struct{ first, second *followed }

// clashesOf two ImageUpdaters: they write one image, or two to one Helm value.
func clashesOf(first, second []*followed, kind string) (out []clash) {
	for _, f := range first {
		for _, g := range second {
			if normalName(f.name) == normalName(g.name) ||
				kind == typeHelm && slices.ContainsFunc(f.helmKeys(), func(key string) bool { return slices.Contains(g.helmKeys(), key) }) {
				out = append(out, clash{f, g})
			}
		}
	}
	return out
}

func allTheSame(clashes []clash) bool {
	return !slices.ContainsFunc(clashes, func(c clash) bool { return !slices.Equal(c.first.way(), c.second.way()) })
}

// way is all that decides which image is written, and where. Two with the same one write the same.
func (f *followed) way() []string {
	force, _ := strconv.ParseBool(f.settings["force-update"].text)
	out := []string{f.name, f.tag, f.digest, f.strategy(), strconv.FormatBool(force), cmp.Or(f.back.method.text, "argocd"), f.back.target.text,
		strconv.FormatBool(f.back.pullRequest)}
	var from source
	if f.app != nil {
		from = f.app.source()
	}
	out = append(out, cmp.Or(f.back.branch.text, from.revision), cmp.Or(f.back.repository.text, from.repoURL))
	for _, key := range []string{"ignore-tags", "platforms"} { // lists, in any order
		out = append(out, strings.Join(slices.Sorted(slices.Values(globs(f.settings[key]))), ","))
	}
	for _, key := range []string{"allow-tags", "pull-secret", "kustomize.image-name"} {
		out = append(out, f.settings[key].text)
	}
	return append(out, f.helmKeys()...)
}

// exact is a ref that names one Application, which need not have been read.
type exact struct {
	*updater
	ref ref
}

// updatersOf an Application are all that match it.
func (s *set) updatersOf(a *application) (out []*updater) {
	for _, u := range s.updaters {
		if _, ok := u.refOf(a); ok {
			out = append(out, u)
		}
	}
	return out
}

func inherited(_ *set, f *followed) []Finding {
	own := f.image.get("commonUpdateSettings")
	wide := f.settings["update-strategy"]
	if f.byAnnotation() || !own.exists() || own.get("updateStrategy").exists() || !wide.exists() || strings.EqualFold(wide.text, semverStrategy) || len(own.entries()) == 0 {
		return nil
	}
	return found(f.owner, own, fmt.Sprintf("image %s has settings of its own without a strategy, so image-updater 1.0 to 1.3 stores semver there instead of %s", f.label(), wide.text), quoted(wide.value),
		"write the strategy beside them: updateStrategy: "+wide.text, own.entries()[0].add("updateStrategy", wide.text))
}

func namespaceField(_ *set, u *updater) []Finding {
	at := u.get("spec", "namespace")
	if !at.exists() {
		return nil
	}
	return found(u.object, at, "image-updater 1.2.0 and later do not know spec.namespace; they look in the namespace of the ImageUpdater itself", quoted(at), "remove it, and put the ImageUpdater into the namespace of its Applications", at.drop())
}

func emptyRef(_ *set, u *updater) (out []Finding) {
	for _, r := range u.refs {
		if !r.useAnnotations && len(r.get("images").items()) == 0 {
			at := r.get("namePattern")
			out = append(out, found(u.object, at, "it names no images and does not read annotations, which the API server refuses", quoted(at), "name images, or set useAnnotations: true")...)
		}
	}
	return out
}
