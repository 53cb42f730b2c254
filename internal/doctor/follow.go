package doctor

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// followed is one image that image-updater follows, whichever way it was asked for.
type followed struct {
	app      *application // nil: none that was read
	owner    object       // that asks for it
	where    value        // the image name
	alias    string
	text     string // the image name as written
	name     string // without tag and digest
	tag      string // the constraint
	digest   string
	settings map[string]setting
	image    value // of an ImageUpdater
	ref      ref   // likewise
	back     writeBack
}

// setting is one answer, and where it stands.
type setting struct {
	value
	text string
	wide bool // not for this image alone
}

// writeBack is where a new image is written.
type writeBack struct {
	method, target, branch, repository setting
	pullRequest                        bool
}

func (w writeBack) git() bool {
	return w.method.text == "git" || strings.HasPrefix(w.method.text, "git:")
}

// secret is the Secret behind git:secret:.
func (w writeBack) secret() (string, bool) { return strings.CutPrefix(w.method.text, "git:secret:") }

var perImage = []string{"update-strategy", "allow-tags", "ignore-tags", "pull-secret", "platforms", "force-update",
	"helm.image-name", "helm.image-tag", "helm.image-spec", "kustomize.image-name", "plugin.image-name", "plugin.image-tag", "plugin.image-spec"}

var appWide = []string{"update-strategy", "allow-tags", "ignore-tags", "pull-secret", "force-update"}

var appOnly = []string{"image-list", "write-back-method", "write-back-target", "git-branch", "git-repository"}

// followedByAnnotations reads image-list.
func (s *set) followedByAnnotations(a *application) (out []*followed) {
	list := a.annotation("image-list")
	for _, entry := range entriesOf(list.text()) {
		if strings.TrimSpace(entry) == "" {
			continue
		}
		f := &followed{app: a, owner: a.object, where: list, settings: map[string]setting{}}
		f.alias, f.text = cutAlias(entry)
		f.name, f.tag, f.digest = splitImage(f.text)
		if templated(entry) && !f.partlyNamed() {
			continue
		}
		for _, key := range perImage {
			f.settings[key] = a.setting(f.alias, key)
		}
		f.back = a.writeBack()
		out = append(out, f)
	}
	return out
}

func (a *application) setting(alias, key string) setting {
	if alias != "" {
		// image-updater 0.x writes '_' for the '/' of an alias.
		for _, spelled := range []string{alias, strings.ReplaceAll(alias, "/", "_")} {
			if v := a.annotation(spelled + "." + key); v.exists() {
				return setting{value: v, text: strings.TrimSpace(v.text())}
			}
		}
	}
	if v := a.annotation(key); v.exists() && slices.Contains(appWide, key) {
		return setting{value: v, text: strings.TrimSpace(v.text()), wide: true}
	}
	return setting{}
}

func (a *application) writeBack() writeBack {
	of := func(name string) setting {
		v := a.annotation(name)
		return setting{value: v, text: strings.TrimSpace(v.text())}
	}
	return writeBack{method: of("write-back-method"), target: of("write-back-target"), branch: of("git-branch"), repository: of("git-repository")}
}

// followedByUpdater reads the images of an ImageUpdater, once for each Application that they are for.
func (s *set) followedByUpdater(u *updater) (out []*followed) {
	for _, r := range u.refs {
		if r.useAnnotations {
			continue
		}
		for _, image := range r.get("images").items() {
			f := u.followed(r, image)
			before := len(out)
			for _, a := range s.apps {
				if best, ok := u.refOf(a); ok && best.node == r.node {
					one := *f
					one.app = a
					out = append(out, &one)
				}
			}
			if len(out) == before {
				out = append(out, f)
			}
		}
	}
	return out
}

func (u *updater) followed(r ref, image value) *followed {
	f := &followed{owner: u.object, where: image.get("imageName"), alias: image.str("alias"), text: image.str("imageName"), settings: map[string]setting{}, image: image, ref: r}
	f.name, f.tag, f.digest = splitImage(f.text)
	for key, field := range map[string]string{"update-strategy": "updateStrategy", "allow-tags": "allowTags", "ignore-tags": "ignoreTags",
		"pull-secret": "pullSecret", "platforms": "platforms", "force-update": "forceUpdate"} {
		for i, from := range []value{image, r.value, u.get("spec")} {
			if v := from.get("commonUpdateSettings", field); v.exists() {
				f.settings[key] = setting{value: v, text: cmp.Or(v.text(), strings.Join(v.texts(), ",")), wide: i > 0}
				break
			}
		}
	}
	targets := image.get("manifestTargets")
	for key, names := range map[string][]string{"helm.image-name": {"helm", "name"}, "helm.image-tag": {"helm", "tag"}, "helm.image-spec": {"helm", "spec"},
		"kustomize.image-name": {"kustomize", "name"}} {
		if v := targets.get(names...); v.exists() {
			f.settings[key] = setting{value: v, text: v.text()}
		}
	}
	f.back = u.writeBack(r)
	return f
}

func (u *updater) writeBack(r ref) writeBack {
	of := func(names ...string) setting {
		for _, from := range []value{r.value, u.get("spec")} {
			if v := from.get("writeBackConfig").get(names...); v.exists() {
				return setting{value: v, text: strings.TrimSpace(v.text())}
			}
		}
		return setting{}
	}
	return writeBack{method: of("method"), target: of("gitConfig", "writeBackTarget"), branch: of("gitConfig", "branch"), repository: of("gitConfig", "repository"),
		pullRequest: of("gitConfig", "pullRequest").exists()}
}

// byAnnotation tells how the image was asked for.
func (f *followed) byAnnotation() bool { return f.image.node == nil }

// label is the image as a person calls it.
func (f *followed) label() string { return cmp.Or(f.alias, f.name) }

// Strategies of image-updater.
const (
	semverStrategy = "semver"
	newestBuild    = "newest-build"
	alphabetical   = "alphabetical"
	digestStrategy = "digest"
)

var strategies = []string{semverStrategy, newestBuild, alphabetical, digestStrategy}

// oldStrategies are names of before, which are still read.
var oldStrategies = map[string]string{"latest": newestBuild, "name": alphabetical}

// strategy is how image-updater reads the setting: what it does not know is semver to it.
func (f *followed) strategy() string {
	text := strings.ToLower(f.settings["update-strategy"].text)
	if s := oldStrategies[text]; s != "" {
		return s
	}
	if slices.Contains(strategies, text) {
		return text
	}
	return semverStrategy
}

// paused tells whether the app is held back on purpose, or may be: by a placeholder.
func (f *followed) paused() bool {
	return slices.ContainsFunc(globs(f.settings["ignore-tags"]), func(g string) bool { return g == "*" || opaqueOnly.MatchString(g) })
}

func globs(s setting) (out []string) {
	for _, g := range strings.Split(s.text, ",") {
		if g = strings.TrimSpace(g); g != "" {
			out = append(out, g)
		}
	}
	return out
}

// splitImage takes an image name apart as image-updater does: its tag may be a range of versions.
func splitImage(s string) (name, tag, digest string) {
	plain := opaque(s)
	if i := strings.Index(plain, "@"); i >= 0 {
		s, plain, digest = s[:i], plain[:i], s[i+1:]
	}
	slash := strings.LastIndex(plain, "/")
	if i := strings.Index(plain[slash+1:], ":"); i >= 0 {
		return s[:slash+1+i], s[slash+1+i+1:], digest
	}
	return s, "", digest
}

// normalName is the same for the spellings of one repository on the Docker Hub.
func normalName(name string) string {
	first, _, found := strings.Cut(name, "/")
	switch {
	case !found:
		return "docker.io/library/" + name
	case first == "index.docker.io" || first == "registry-1.docker.io":
		return "docker.io" + strings.TrimPrefix(name, first)
	case first == "docker.io" && strings.Count(name, "/") == 1:
		return "docker.io/library/" + strings.TrimPrefix(name, "docker.io/")
	case first != "localhost" && !strings.ContainsAny(first, ".:"):
		return "docker.io/" + name
	}
	return name
}

var plainName = regexp.MustCompile(`^[a-z0-9][a-z0-9._/:-]*$`)

// asUpdater is an image name as image-updater keeps and compares it: the Docker Hub is docker.io only where it is written, and
// library/ is left out where it is not in front. A name with a range that is no tag, such as x:^1.2, is cut at its '/' and ':'.
func asUpdater(text string) string {
	name, tag, _ := splitImage(text)
	first, rest, found := strings.Cut(name, "/")
	if !plainName.MatchString(name) || tag != "" && !oneWord.MatchString(tag) {
		if found && strings.Contains(first, ".") {
			return name
		}
		return "/" + name
	}
	switch {
	case !found || first != "localhost" && !strings.ContainsAny(first, ".:"):
		return "/" + name
	case first == "index.docker.io":
		return "/" + strings.TrimPrefix(rest, "library/")
	}
	return first + "/" + strings.TrimPrefix(rest, "library/")
}

var oneWord = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}$`)

// is tells whether image-updater takes an image that runs for the one that is followed.
func (f *followed) is(d deployed) bool {
	key := asUpdater(d.name)
	return key == asUpdater(f.text) || key == asUpdater(f.settings["kustomize.image-name"].text)
}

var rollingNames = []string{"latest", "main", "master", "trunk", "head", "dev", "develop", "development", "edge", "nightly", "canary", "next", "stable",
	"staging", "stage", "test", "qa", "prod", "production", "release", "beta", "alpha", "preview", "rolling"}

// rolling tells whether a tag is one that is pushed again and again.
func rolling(tag string) bool { return slices.Contains(rollingNames, strings.ToLower(tag)) }

// isRange tells whether image-updater can read a constraint as versions.
func isRange(s string) bool {
	_, err := semver.NewConstraint(s)
	return err == nil
}

var oneTag = regexp.MustCompile(`^regexp:\^([A-Za-z0-9_-]+)\$$`)

// onlyTag is the one tag that can be taken: by the strategy digest, or because allow-tags lets only one pass.
func (f *followed) onlyTag() string {
	if m := oneTag.FindStringSubmatch(f.settings["allow-tags"].text); m != nil {
		return m[1]
	}
	if f.settings["allow-tags"].text == "" && rolling(f.tag) {
		return f.tag
	}
	return ""
}
