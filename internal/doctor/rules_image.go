package doctor

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// What image-updater is told about an image.
var imageRules = []Rule{
	{ID: "AFRO010", Severity: Error, check: perImageRule(malformed),
		Title: "an image name that is none",
		Help:  "A comma ends an entry of image-list, also inside of a range of versions, and a name is registry/repository:tag without a scheme. What else stands there is looked for in no registry, or in a wrong one."},
	{ID: "AFRO011", Severity: Error, check: perImageRule(otherSpelling),
		Title: "the workload spells the registry of the image differently",
		Help:  "image-updater compares image names as they are written: docker.io/x/y and x/y are two images to it, and the one that is followed \"seems not to be live\", at debug level. Catalogue row 9."},
	{ID: "AFRO012", Severity: Error, check: perAppRule(noImageList),
		Title: "annotations of image-updater without image-list",
		Help:  "An Application without image-list is passed over; its other annotations are not read. Catalogue row 15."},
	{ID: "AFRO013", Severity: Error, check: perImageRule(forceNoBool),
		Title: "force-update is neither true nor false",
		Help:  "image-updater 1.x then passes over the whole Application, with a warning; 0.x takes it for false. Catalogue row 15."},
	{ID: "AFRO014", Severity: Error, check: perImageRule(twoTargets),
		Title: "one image with keys of Helm and of Kustomize",
		Help:  "image-updater 1.x then passes over the whole Application, with a warning. Catalogue row 15."},
	{ID: "AFRO015", Severity: Error, check: perAppRule(unknownAnnotation),
		Title: "an annotation that image-updater does not know",
		Help:  "Nobody reads it, and nobody says so."},
	{ID: "AFRO016", Severity: Error, check: perAppRule(strayAlias),
		Title: "an annotation for an alias that image-list does not have",
		Help:  "Annotations of one image begin with its alias, as image-list has it in front of '='. Without an alias there, no such annotation applies."},
	{ID: "AFRO017", Severity: Error, check: perAppRule(sameAlias),
		Title: "two images with one alias",
		Help:  "Both are followed with the settings of one, and written to one place. Catalogue row 34."},
	{ID: "AFRO018", Severity: Warning, check: perAppRule(sameRepository),
		Title: "one repository is followed with two tags in one Application",
		Help:  "image-updater tells images apart by their repository. Two entries of one repository overwrite each other, cycle by cycle. Catalogue row 34."},
	{ID: "AFRO019", Severity: Error, check: perAppRule(sameKeys),
		Title: "two images are written to the same Helm value",
		Help:  "Without helm.image-name and helm.image-tag every image is written to image.name and image.tag, so the second one replaces the first. Catalogue row 34."},
	{ID: "AFRO020", Severity: Error, check: perImageRule(foreignPullSecret),
		Title: "a pull secret in another namespace",
		Help:  "Since image-updater 1.3.0 the Secret has to be in the namespace of the Application; else the image is an error in every cycle. Catalogue row 30."},
	{ID: "AFRO021", Severity: Error, check: perImageRule(brokenPullSecret),
		Title: "a pull secret that cannot be read",
		Help:  "There are pullsecret:NAMESPACE/NAME, secret:NAMESPACE/NAME#FIELD, env:VARIABLE and ext:/PATH. Catalogue row 30."},
	{ID: "AFRO022", Severity: Warning, check: perImageRule(powerfulPullSecret),
		Title: "a pull secret that runs a script or sends a variable of image-updater's pod",
		Help:  "ext: runs a program in image-updater's pod, and env: sends a variable of that pod to the registry that the image names. Whoever may write annotations may then do both."},
}

var (
	spaces    = regexp.MustCompile(`\s`)
	imageName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._:/-]*$`)
	onlyRange = regexp.MustCompile(`^[<>=~^0-9]`)
)

func malformed(_ *set, f *followed) []Finding {
	if templated(f.text) {
		return nil
	}
	say := func(why, remedy string) []Finding {
		return found(f.owner, f.where, fmt.Sprintf("%q is no image: %s", f.text, why), quoted(f.where), remedy)
	}
	switch {
	case strings.Contains(f.text, "://"):
		return say("an image name has no scheme", "write registry/repository:tag")
	case f.byAnnotation() && f.alias == "" && onlyRange.MatchString(f.text) && (f.text[0] < '0' || f.text[0] > '9'):
		return say("the comma in front of it ended the entry before", "write a range of versions without commas: blanks mean the same")
	case spaces.MatchString(f.name) || !imageName.MatchString(f.name):
		return say("a name has letters, digits and . _ - / :", "write registry/repository:tag, and a comma between two images")
	}
	return nil
}

func otherSpelling(s *set, f *followed) []Finding {
	all := s.deployed(f.app)
	var other *deployed
	for i, d := range all {
		if f.is(d) {
			return nil
		}
		if other == nil && normalName(d.name) == normalName(f.name) {
			other = &all[i]
		}
	}
	if other == nil {
		return nil
	}
	return found(f.owner, f.where, fmt.Sprintf("image %s: it is followed as %s, and the workload runs %s: to image-updater these are two images, and the one that it follows is not live", f.label(), f.name, other.name),
		quoted(f.where)+"; "+runEvidence(*other), "write it as the workload does: "+other.name, f.spelled(other.name))
}

// spelled writes the image under another name.
func (f *followed) spelled(name string) []Edit {
	if !f.byAnnotation() {
		return f.where.set(name + strings.TrimPrefix(f.text, f.name))
	}
	entries := entriesOf(f.where.text())
	for i, e := range entries {
		if before, ok := strings.CutSuffix(strings.TrimRight(e, " "), f.text); ok && aliasOf(e) == f.alias {
			entries[i] = before + name + strings.TrimPrefix(f.text, f.name)
			return f.where.set(strings.Join(entries, ","))
		}
	}
	return nil
}

func noImageList(s *set, a *application) []Finding {
	all := a.updaterAnnotations()
	list := a.annotation("image-list")
	if len(all) == 0 || strings.Trim(list.text(), " ,") != "" || templated(list.text()) || !s.readsAnnotations(a) {
		return nil
	}
	first := all[0]
	return found(a.object, first, "there is no image-list, so image-updater passes over the Application and all that its other annotations say", quoted(first),
		"add "+updaterPrefix+"image-list with ALIAS=REGISTRY/REPOSITORY:TAG")
}

func forceNoBool(_ *set, f *followed) []Finding {
	setting := f.settings["force-update"]
	if _, err := strconv.ParseBool(setting.text); !setting.exists() || err == nil || templated(setting.text) {
		return nil
	}
	return found(f.owner, setting.value, fmt.Sprintf("image %s: force-update is %q, which is neither true nor false: image-updater 1.x passes over the whole Application", f.label(), setting.text),
		quoted(setting.value), `write "true" or "false"`)
}

func twoTargets(_ *set, f *followed) []Finding {
	helm := f.settings["helm.image-name"]
	for _, other := range []string{"helm.image-tag", "helm.image-spec"} {
		if !helm.exists() {
			helm = f.settings[other]
		}
	}
	kustomize := f.settings["kustomize.image-name"]
	if !helm.exists() || !kustomize.exists() {
		return nil
	}
	return found(f.owner, kustomize.value, fmt.Sprintf("image %s has keys of Helm and of Kustomize, so image-updater passes over the whole Application", f.label()),
		quoted(helm.value)+"; "+quoted(kustomize.value), "keep those of what the Application is")
}

// knownAnnotation tells whether image-updater reads an annotation, and which one was meant if it does not.
func knownAnnotation(name string) (alias, meant string, known bool) {
	if slices.Contains(appOnly, name) || slices.Contains(appWide, name) {
		return "", "", true
	}
	for _, key := range perImage {
		if alias, ok := strings.CutSuffix(name, "."+key); ok && alias != "" {
			return alias, "", true
		}
	}
	if meant := nearest(name, slices.Concat(appOnly, appWide)); meant != "" {
		return "", meant, false
	}
	alias, key, _ := strings.Cut(name, ".")
	if meant := nearest(key, perImage); meant != "" && alias != "" {
		return alias, alias + "." + meant, false
	}
	return "", "", false
}

// elsewhere are keys that people write, and what they meant.
var elsewhere = map[string]string{
	"tag-match":              "allow-tags, with regexp: in front of the expression",
	"platforms":              "ALIAS.platforms: there is none for the whole Application",
	"helm.image-repository":  "helm.image-name",
	"helm.image-repo":        "helm.image-name",
	"image-name":             "helm.image-name or kustomize.image-name",
	"image-tag":              "helm.image-tag",
	"kustomize.image-tag":    "kustomize.image-name; the tag is written beside it",
	"write-back-branch":      "git-branch",
	"write-back-repository":  "git-repository",
	"git-commit-user":        "config.gitCommitUser of image-updater's chart",
	"update-strategy-digest": "update-strategy",
}

func unknownAnnotation(_ *set, a *application) (out []Finding) {
	for _, v := range a.updaterAnnotations() {
		name := strings.TrimPrefix(v.key.Value, updaterPrefix)
		_, meant, known := knownAnnotation(name)
		if known || templated(name) {
			continue
		}
		remedy := "remove it, or write one that image-updater knows"
		var edits [][]Edit
		if meant != "" && !a.annotation(meant).exists() {
			remedy, edits = "write "+meant, [][]Edit{v.rename(updaterPrefix + meant)}
		}
		_, key, _ := strings.Cut(name, ".")
		for _, k := range []string{name, key} {
			if right := elsewhere[k]; right != "" {
				remedy, edits = "use "+right, nil
			}
		}
		out = append(out, found(a.object, v, fmt.Sprintf("image-updater does not know the annotation %s, and says nothing of it", name), quoted(v), remedy, edits...)...)
	}
	return out
}

func strayAlias(_ *set, a *application) (out []Finding) {
	list := a.annotation("image-list")
	if list.text() == "" || templated(list.text()) {
		return nil
	}
	aliases, bare := aliasesOf(list.text())
	strays := map[string]bool{}
	for _, v := range a.updaterAnnotations() {
		if alias, _, known := knownAnnotation(strings.TrimPrefix(v.key.Value, updaterPrefix)); known && alias != "" && !knows(aliases, alias) {
			strays[alias] = true
		}
	}
	for _, v := range a.updaterAnnotations() {
		name := strings.TrimPrefix(v.key.Value, updaterPrefix)
		alias, _, known := knownAnnotation(name)
		if !known || alias == "" || !strays[alias] {
			continue
		}
		remedy := "use an alias of image-list, which has " + strings.Join(aliases, ", ")
		var edits [][]Edit
		switch {
		case len(aliases) == 0:
			remedy = "give the image an alias in image-list: " + alias + "=" + strings.TrimSpace(list.text())
			if bare == 1 && len(strays) == 1 {
				edits = [][]Edit{list.set(alias + "=" + strings.TrimSpace(list.text()))}
			}
		case len(aliases) == 1 && bare == 0 && len(strays) == 1:
			right := aliases[0] + strings.TrimPrefix(name, alias)
			if !a.annotation(right).exists() {
				remedy, edits = "write "+right, [][]Edit{v.rename(updaterPrefix + right)}
			}
		}
		out = append(out, found(a.object, v, fmt.Sprintf("no image of image-list has the alias %s, so the annotation %s applies to none", alias, name), quoted(v)+"; "+quoted(list), remedy, edits...)...)
	}
	return out
}

// knows an alias, also in the spelling of image-updater 0.x.
func knows(aliases []string, alias string) bool {
	return slices.ContainsFunc(aliases, func(a string) bool { return a == alias || strings.ReplaceAll(a, "/", "_") == alias })
}

// aliasesOf image-list, and how many images there have none.
func aliasesOf(list string) (aliases []string, bare int) {
	for _, e := range strings.Split(list, ",") {
		switch alias := aliasOf(e); {
		case alias != "":
			aliases = append(aliases, alias)
		case strings.TrimSpace(e) != "":
			bare++
		}
	}
	return aliases, bare
}

// groups are the images of an Application by who asks for them.
func (s *set) groups(a *application) (out [][]*followed) {
	for _, f := range s.images {
		if f.app != a {
			continue
		}
		i := slices.IndexFunc(out, func(g []*followed) bool {
			return g[0].owner.node == f.owner.node && g[0].byAnnotation() == f.byAnnotation() && g[0].ref.node == f.ref.node
		})
		if i < 0 {
			i, out = len(out), append(out, nil)
		}
		out[i] = append(out[i], f)
	}
	return out
}

// pairs are two images of one group.
func (s *set) pairs(a *application, check func(first, second *followed) []Finding) (out []Finding) {
	for _, g := range s.groups(a) {
		for i, second := range g {
			for _, first := range g[:i] {
				out = append(out, check(first, second)...)
			}
		}
	}
	return out
}

func sameAlias(s *set, a *application) []Finding {
	return s.pairs(a, func(first, second *followed) []Finding {
		if first.alias == "" || first.alias != second.alias {
			return nil
		}
		return found(second.owner, second.where, fmt.Sprintf("the alias %s stands for %s and for %s: one of them is written in place of the other", second.alias, first.text, second.text), quoted(second.where), "give each image an alias of its own")
	})
}

func sameRepository(s *set, a *application) []Finding {
	return s.pairs(a, func(first, second *followed) []Finding {
		if normalName(first.name) != normalName(second.name) || first.alias == second.alias && first.alias != "" {
			return nil
		}
		return found(second.owner, second.where, fmt.Sprintf("%s is followed twice, as %s and as %s: image-updater may take the one for the other in every cycle", second.name, first.text, second.text),
			quoted(second.where), "follow each repository once in an Application, or split the Application")
	})
}

func sameKeys(s *set, a *application) []Finding {
	return s.pairs(a, func(first, second *followed) []Finding {
		if s.typeOf(a) != typeHelm || first.alias == second.alias || normalName(first.name) == normalName(second.name) {
			return nil
		}
		for _, key := range second.helmKeys() {
			if slices.Contains(first.helmKeys(), key) {
				return found(second.owner, second.where, fmt.Sprintf("images %s and %s are both written to the Helm value %s, so one replaces the other", first.label(), second.label(), key),
					quoted(second.where), "name the values of each image with helm.image-name and helm.image-tag")
			}
		}
		return nil
	})
}

var (
	pullSecretForm = regexp.MustCompile(`^(pullsecret:[^/#]+/[^/#]+|secret:[^/#]+/[^/#]+#[^#]+|env:[A-Za-z_][A-Za-z0-9_]*|ext:/.+)$`)
	inNamespace    = regexp.MustCompile(`^(?:pullsecret|secret):([^/#]+)/`)
)

func foreignPullSecret(s *set, f *followed) []Finding {
	setting := f.settings["pull-secret"]
	m := inNamespace.FindStringSubmatch(setting.text)
	if m == nil || templated(setting.text) || f.owner.namespace == "" || m[1] == f.owner.namespace {
		return nil
	}
	severity := Error
	if s.install.major == "0" {
		severity = Note
	}
	return but(severity, found(f.owner, setting.value, fmt.Sprintf("image %s: its pull secret is in namespace %s and the Application in %s, which image-updater 1.3.0 and later refuse", f.label(), m[1], f.owner.namespace), quoted(setting.value),
		"put the Secret into namespace "+f.owner.namespace+" and name it there", setting.set(strings.Replace(setting.text, ":"+m[1]+"/", ":"+f.owner.namespace+"/", 1))))
}

func brokenPullSecret(_ *set, f *followed) []Finding {
	setting := f.settings["pull-secret"]
	if setting.text == "" || templated(setting.text) || pullSecretForm.MatchString(setting.text) {
		return nil
	}
	text := setting.text // which may be user:password
	if kind, _, found := strings.Cut(text, ":"); found && !slices.Contains([]string{"pullsecret", "secret", "env", "ext"}, kind) {
		text = kind + ":***"
	}
	return found(f.owner, setting.value, fmt.Sprintf("image %s: image-updater cannot read the pull secret %q", f.label(), text), setting.key.Value+": "+text,
		"write pullsecret:NAMESPACE/NAME for a Secret of kind dockerconfigjson, or secret:NAMESPACE/NAME#FIELD for user:password")
}

func powerfulPullSecret(_ *set, f *followed) []Finding {
	setting := f.settings["pull-secret"]
	if !strings.HasPrefix(setting.text, "env:") && !strings.HasPrefix(setting.text, "ext:") {
		return nil
	}
	return found(f.owner, setting.value, fmt.Sprintf("image %s: whoever may write this setting may run a program in image-updater's pod, or send that pod's variables to a registry", f.label()), quoted(setting.value),
		"use pullsecret:NAMESPACE/NAME, or set the credentials of the registry in image-updater's own configuration")
}
