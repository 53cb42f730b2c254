package doctor

import (
	"fmt"
	"path"
	"regexp"
	"strings"
)

// What image-updater looks for.
var strategyRules = []Rule{
	{ID: "AFRO001", Severity: Error, check: perTagRule(newestOfOne),
		Title: "newest-build, or latest, for an image of a rolling tag",
		Help:  "newest-build (old name: latest) compares the names of all tags, whatever tag the image name has, and one tag is always the newest of itself. image-updater says \"already on latest allowed version\" at debug level, counts no error and never writes. To follow what is behind a tag there is digest, with the tag in the image name. Catalogue row 1."},
	{ID: "AFRO002", Severity: Error, check: perTagRule(digestWithoutTag),
		Title: "digest without a tag in the image name",
		Help:  "digest follows what is behind one tag and has to be told which. Without it every cycle ends in an error in the log, and in 0.x in nothing else; an ImageUpdater says Ready=True beside it. Catalogue row 2."},
	{ID: "AFRO003", Severity: Error, check: perTagRule(unknownStrategy),
		Title: "an update strategy that does not exist",
		Help:  "image-updater takes a strategy that it does not know for semver, with a warning in its log. Catalogue row 3."},
	{ID: "AFRO004", Severity: Error, check: perTagRule(semverOfNoVersion),
		Title: "semver, which is the default, of a tag that is no version",
		Help:  "semver compares versions; it passes over latest, main and every other tag that is none. Catalogue row 4."},
	{ID: "AFRO005", Severity: Error, check: perTagRule(allowTags),
		Title: "allow-tags matches no tag at all",
		Help:  "allow-tags is \"any\" or \"regexp:\" and an expression. Anything else, also an expression alone, matches nothing. Catalogue row 5."},
	{ID: "AFRO006", Severity: Warning, check: perTagRule(ignoreTags),
		Title: "ignore-tags is written as a regular expression",
		Help:  "ignore-tags is a list of globs, as file names have them. As a glob an expression matches no tag, so nothing is ignored. Catalogue row 6."},
	{ID: "AFRO007", Severity: Warning, check: perTagRule(oldStrategy),
		Title: "an update strategy by the name of before",
		Help:  "latest is now newest-build, and name is alphabetical. The old names are still read, and the first is taken by most people for the tag latest, which it is not."},
	{ID: "AFRO008", Severity: Note, check: perImageRule(noPlatforms),
		Title: "digest or newest-build without platforms",
		Help:  "Without platforms image-updater asks for the platform of its own pod. An image that is built for another one is passed over with the words \"no tags found for image\". Catalogue row 32."},
	{ID: "AFRO009", Severity: Note, check: perImageRule(forced),
		Title: "force-update with write-back to git",
		Help:  "A forced image is looked at although no pod runs it, so nothing ever shows that the update has arrived, and a commit is tried in every cycle. Catalogue row 35."},
}

func newestOfOne(s *set, f *followed) []Finding {
	if f.strategy() != newestBuild && f.strategy() != alphabetical || !f.tagKnown() || f.paused() {
		return nil
	}
	setting := f.settings["update-strategy"]
	severity, evidence := Error, quoted(setting.value)+"; "+quoted(f.where)
	run, runs := s.runs(f)
	tag := f.onlyTag()
	switch {
	case tag != "" && tag == f.tag && runs && run.live && run.tag != "" && !rolling(run.tag):
		return but(Warning, found(f.owner, f.where, fmt.Sprintf("image %s: %s does not look at the tag %q of the image name, and follows the newest of all tags", f.label(), setting.text, tag),
			evidence+"; "+runEvidence(run), "leave the tag out if that is what you want; to follow this tag use the strategy digest"))
	case tag == "" && f.settings["allow-tags"].text == "" && f.tag == "" && runs && rolling(run.tag):
		tag, evidence = run.tag, evidence+"; "+runEvidence(run)
		if !run.live && setting.text != "latest" {
			severity = Warning // the chart may only begin there
		}
	}
	if tag == "" {
		return nil
	}
	edits := [][]Edit{f.makeDigest()}
	if f.tag != tag {
		edits = append(edits, f.withTag(tag))
	}
	return but(severity, found(f.owner, setting.value,
		fmt.Sprintf("image %s: %s compares the names of tags and never sees a new image behind the same name, here %q", f.label(), setting.text, tag),
		evidence, fmt.Sprintf("use the strategy digest, and name the tag: %s:%s", f.name, tag), edits...))
}

func runEvidence(d deployed) string {
	if d.live {
		return "Argo CD says that pods run " + d.at.text()
	}
	file, line := d.at.where()
	return fmt.Sprintf("%s:%d has %s", file, line, quoted(d.at))
}

// withTag writes the tag behind the image name.
func (f *followed) withTag(tag string) []Edit {
	was := f.name
	if f.tag != "" {
		was += ":" + f.tag
	}
	if !f.byAnnotation() {
		return f.where.set(f.name + ":" + tag)
	}
	entries := entriesOf(f.where.text())
	for i, e := range entries {
		if before, ok := strings.CutSuffix(strings.TrimRight(e, " "), was); ok && (before == "" || strings.HasSuffix(strings.TrimSpace(before), "=") || strings.TrimSpace(before) == "") && aliasOf(e) == f.alias {
			entries[i] = before + f.name + ":" + tag
			return f.where.set(strings.Join(entries, ","))
		}
	}
	return nil
}

func aliasOf(entry string) string {
	alias, _ := cutAlias(entry)
	return alias
}

func digestWithoutTag(s *set, f *followed) []Finding {
	if f.strategy() != digestStrategy || f.tag != "" || !f.tagKnown() || f.paused() {
		return nil
	}
	tag, evidence := "latest", quoted(f.where)
	remedy := "name the tag; latest is what an image name without one means"
	if run, ok := s.runs(f); ok && run.tag != "" {
		tag, evidence = run.tag, evidence+"; "+runEvidence(run)
		remedy = "name the tag that the workload runs"
	}
	return found(f.owner, f.where, fmt.Sprintf("image %s: the strategy digest does not say of which tag, so every cycle is an error and nothing is written", f.label()),
		evidence, remedy+": "+f.name+":"+tag, f.withTag(tag))
}

func unknownStrategy(_ *set, f *followed) []Finding {
	setting := f.settings["update-strategy"]
	text := strings.ToLower(setting.text)
	if text == "" || templated(text) || oldStrategies[text] != "" || f.strategy() == text {
		return nil
	}
	meant := nearest(text, strategies)
	if meant == "" && rolling(f.tag) {
		meant = digestStrategy
	}
	remedy := "use one of " + strings.Join(strategies, ", ")
	var edits [][]Edit
	if meant != "" {
		remedy, edits = "write "+meant, [][]Edit{setting.set(meant)}
	}
	return found(f.owner, setting.value, fmt.Sprintf("image %s: there is no strategy %q, so image-updater uses semver", f.label(), setting.text), quoted(setting.value), remedy, edits...)
}

func semverOfNoVersion(s *set, f *followed) []Finding {
	setting := f.settings["update-strategy"]
	if f.strategy() != semverStrategy || !f.tagKnown() || f.paused() || setting.text != "" && !strings.EqualFold(setting.text, semverStrategy) {
		return nil
	}
	said := "semver"
	if !setting.exists() {
		said = "semver, as no strategy is named,"
	}
	sentence := func(tag string) string {
		return fmt.Sprintf("image %s: %s compares versions, and %q is none: nothing is ever newer", f.label(), said, tag)
	}
	if f.tag != "" && !isRange(f.tag) {
		return found(f.owner, f.where, sentence(f.tag), quoted(f.where), "use the strategy digest for a tag that is pushed again and again, or name a range of versions such as 1.x", f.useDigest(f.tag)...)
	}
	run, ok := s.runs(f)
	if f.tag != "" || !ok || !rolling(run.tag) {
		return nil
	}
	return but(Warning, found(f.owner, f.where, sentence(run.tag), quoted(f.where)+"; "+runEvidence(run),
		"use the strategy digest with the tag "+run.tag+", or deploy a version", append(f.useDigest(run.tag), f.withTag(run.tag))...))
}

// useDigest makes digest the strategy of the image, where its tag is surely a rolling one.
func (f *followed) useDigest(tag string) [][]Edit {
	if !rolling(tag) {
		return [][]Edit{nil} // it may be one of many tags
	}
	return [][]Edit{f.makeDigest()}
}

// makeDigest writes the strategy of this image. What is said for all images stays: the others may need it.
func (f *followed) makeDigest() []Edit {
	setting := f.settings["update-strategy"]
	switch {
	case setting.exists() && !setting.wide:
		return setting.set(digestStrategy)
	case f.byAnnotation() && f.alias != "":
		return f.where.add(updaterPrefix+f.alias+".update-strategy", digestStrategy)
	}
	return nil
}

func allowTags(_ *set, f *followed) []Finding {
	setting := f.settings["allow-tags"]
	text := setting.text
	if text == "" || text == "any" || templated(text) {
		return nil
	}
	expr, has := strings.CutPrefix(text, "regexp:")
	_, err := regexp.Compile(expr)
	switch {
	case err != nil:
		return found(f.owner, setting.value, fmt.Sprintf("image %s: allow-tags cannot be read, so no tag is allowed", f.label()), quoted(setting.value)+"; "+err.Error(), "write regexp: and an expression of Go's kind")
	case !has:
		return found(f.owner, setting.value, fmt.Sprintf("image %s: allow-tags has no \"regexp:\" in front, so no tag is allowed", f.label()), quoted(setting.value), "write regexp:"+text, setting.set("regexp:"+text))
	}
	return nil
}

var (
	// notInTag is what no tag has, outside of the marks of a glob.
	notInTag  = regexp.MustCompile(`[^A-Za-z0-9_.\-*?\[\]^!\\]|^\^|\$$|\\[dwsDWSb]|^regexp:`)
	simpleExp = regexp.MustCompile(`^\^?([A-Za-z0-9_-]*)\.\*\$?$|^\^([A-Za-z0-9_-]+)$`)
)

func ignoreTags(_ *set, f *followed) (out []Finding) {
	setting := f.settings["ignore-tags"]
	list := globs(setting)
	for _, g := range list {
		if templated(g) {
			continue
		}
		_, err := path.Match(g, "x")
		if err == nil && !notInTag.MatchString(g) && !strings.Contains(g, ".*") {
			continue
		}
		remedy := "write globs, as file names have them: * is anything, ? is one character"
		var edits [][]Edit
		if m := simpleExp.FindStringSubmatch(g); m != nil && len(list) == 1 && setting.value.text() != "" {
			glob := m[1] + m[2] + "*"
			remedy, edits = "write "+glob, [][]Edit{setting.set(glob)}
		}
		out = append(out, found(f.owner, setting.value, fmt.Sprintf("image %s: ignore-tags is a list of globs, and %q is a regular expression: it ignores nothing", f.label(), g), quoted(setting.value), remedy, edits...)...)
	}
	return out
}

func oldStrategy(s *set, f *followed) []Finding {
	setting := f.settings["update-strategy"]
	now := oldStrategies[strings.ToLower(setting.text)]
	if now == "" || len(newestOfOne(s, f)) > 0 {
		return nil
	}
	sentence := fmt.Sprintf("image %s: the strategy %s is called %s now", f.label(), setting.text, now)
	remedy := "write " + now
	if now == newestBuild {
		sentence += "; it is about the newest of all tags, not about the tag latest"
	}
	if now == newestBuild && f.settings["allow-tags"].text == "" && f.settings["ignore-tags"].text == "" {
		// Which of the two is meant, only its author knows.
		remedy = fmt.Sprintf("to follow the tag latest, write digest here and %s:latest in the image name; to follow the newest of all tags, write newest-build", f.name)
		return found(f.owner, setting.value, sentence, quoted(setting.value)+"; "+quoted(f.where), remedy)
	}
	return found(f.owner, setting.value, sentence, quoted(setting.value), remedy, setting.set(now))
}

func noPlatforms(_ *set, f *followed) []Finding {
	s := f.strategy()
	if s != digestStrategy && s != newestBuild || f.settings["platforms"].text != "" || f.alias == "" || f.paused() {
		return nil
	}
	return found(f.owner, f.where, fmt.Sprintf("image %s: without platforms, only images for the platform of image-updater's own pod are seen", f.label()), quoted(f.where),
		"name the platform of the nodes that run the app, for example linux/amd64")
}

func forced(_ *set, f *followed) []Finding {
	setting := f.settings["force-update"]
	if setting.text != "true" || !f.back.git() {
		return nil
	}
	return found(f.owner, setting.value, fmt.Sprintf("image %s: force-update tries a commit in every cycle, as no running pod shows that the update has arrived", f.label()), quoted(setting.value),
		"leave it only where no pod runs between updates, as with a CronJob")
}
