package doctor

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"
)

// What Helm makes of what image-updater writes.
var helmRules = []Rule{
	{ID: "AFRO037", Severity: Error, check: perImageRule(wrongKey),
		Title: "a Helm value that the chart does not have",
		Help:  "image-updater writes whatever key it is told, by default image.name and image.tag, and reports success. A chart that does not use the key renders the old image. Catalogue row 18."},
	{ID: "AFRO038", Severity: Error, check: perImageRule(masked),
		Title: "a Helm value that is written to a file and set again by something stronger",
		Help:  "Parameters are stronger than valuesObject, that than values, and those than every values file, of which a later one is stronger. What image-updater writes below is never seen. Catalogue row 19."},
	{ID: "AFRO039", Severity: Error, check: perTarget(unreadFile),
		Title: "image-updater writes a values file that the Application does not read",
		Help:  "The commit is made and has no effect: only values.yaml of the chart and the files of helm.valueFiles are read. Catalogue row 18."},
	{ID: "AFRO040", Severity: Error, check: perTarget(parametersLost),
		Title: "helm.parameters that vanish with the first commit of image-updater",
		Help:  "image-updater's default file replaces the whole list of the Application, and holds the image only. Argo CD stays Synced and Healthy. Catalogue row 20."},
}

// chart is what was read of the chart of an Application.
type chart struct {
	folder string
	values []value // what it is rendered with, the weakest first
	text   string  // of its templates
	parts  []string
}

func (s *set) chartOf(a *application) (chart, bool) {
	if a == nil || !s.atHand(a) || !s.tree.isChart(a.source().path) {
		return chart{}, false
	}
	src := a.source()
	c := chart{folder: src.path}
	for _, d := range s.tree.first(path.Join(src.path, "Chart.yaml")).get("dependencies").items() {
		c.parts = append(c.parts, d.str("name"), d.str("alias"))
	}
	for _, name := range append([]string{path.Join(src.path, "values.yaml")}, helmFiles(src)...) {
		if v := s.tree.first(name); v.exists() {
			c.values = append(c.values, v)
		}
	}
	own := valuesOf(src)
	slices.Reverse(own)
	c.values = append(c.values, own...)
	var text strings.Builder
	for _, name := range s.tree.below(src.path) {
		if s.tree.isChartTemplate(name) {
			text.Write(s.tree.files[name])
		}
	}
	c.text = text.String()
	return c, true
}

// knows tells whether a key is one of the chart's, as far as can be seen.
func (c chart) knows(key string) bool {
	first, _, _ := strings.Cut(key, ".")
	first, _, _ = strings.Cut(first, "[")
	if slices.Contains(c.parts, first) || first == "global" {
		return true // of a chart that this one depends on
	}
	for _, v := range c.values {
		if lookup(v, key).exists() || has(v, key) {
			return true
		}
	}
	// A template may use a value that no file sets, also by way of `with` or a loop.
	last := key[strings.LastIndex(key, ".")+1:]
	return strings.Contains(c.text, ".Values."+key) || strings.Contains(c.text, ".Values."+first) && regexp.MustCompile(`\.`+regexp.QuoteMeta(last)+`\b`).MatchString(c.text)
}

// has tells whether the last step of a key is there, be it with null.
func has(v value, key string) bool {
	i := strings.LastIndex(key, ".")
	if i < 0 {
		return v.has(key)
	}
	return lookup(v, key[:i]).has(key[i+1:])
}

func wrongKey(s *set, f *followed) []Finding {
	c, ok := s.chartOf(f.app)
	if !ok || s.typeOf(f.app) != typeHelm || len(c.values) == 0 && c.text == "" || f.paused() {
		return nil
	}
	var wrong []string
	for _, key := range f.helmKeys() {
		if !templated(key) && !c.knows(key) {
			wrong = append(wrong, key)
		}
	}
	if len(wrong) == 0 {
		return nil
	}
	setting := f.settings["helm.image-tag"]
	for _, key := range []string{"helm.image-name", "helm.image-spec"} {
		if !setting.exists() || slices.Contains(wrong, f.settings[key].text) {
			if f.settings[key].exists() {
				setting = f.settings[key]
			}
		}
	}
	right := c.keysOf(f)
	if right[0] == "" && len(c.parts) > 0 {
		return nil // a chart that this one depends on may be a library, and read any value
	}
	remedy := "name the keys that the chart has, with helm.image-name and helm.image-tag"
	if right[0] != "" {
		remedy = fmt.Sprintf("name the keys that the chart has: helm.image-name %s and helm.image-tag %s", right[0], right[1])
	}
	return found(f.owner, f.at(setting), fmt.Sprintf("image %s is written to the Helm value %s, which the chart in %s does not have: the commit is made and the old image is rendered", f.label(), strings.Join(wrong, " and "), c.folder),
		f.keyEvidence(setting), remedy, f.writeKeys(right)...)
}

func (f *followed) keyEvidence(setting setting) string {
	if setting.exists() {
		return quoted(setting.value)
	}
	return "no key is named, and " + defaultHelmName + " and " + defaultHelmTag + " are the default; " + quoted(f.where)
}

// keysOf finds where the values of a chart have the image: its name and its tag.
func (c chart) keysOf(f *followed) (out [2]string) {
	var walk func(v value, at string, depth int)
	walk = func(v value, at string, depth int) {
		if depth == 0 || out[0] != "" {
			return
		}
		for _, name := range []string{"repository", "name"} {
			if text := v.str(name); text != "" && normalName(text) == normalName(f.name) && v.has("tag") {
				out = [2]string{at + name, at + "tag"}
				return
			}
		}
		for _, e := range v.parts() {
			if e.key != nil && !strings.ContainsAny(e.key.Value, ".[]") {
				walk(e, at+e.key.Value+".", depth-1)
			}
		}
	}
	const deepEnough = 6
	for _, v := range c.values {
		walk(v, "", deepEnough)
	}
	return out
}

// writeKeys names the keys of the chart.
func (f *followed) writeKeys(keys [2]string) (out [][]Edit) {
	if keys[0] == "" || f.alias == "" || f.settings["helm.image-spec"].exists() {
		return [][]Edit{nil}
	}
	for i, setting := range []string{"helm.image-name", "helm.image-tag"} {
		s := f.settings[setting]
		switch {
		case s.text == keys[i]:
		case s.exists():
			out = append(out, s.set(keys[i]))
		case f.byAnnotation():
			out = append(out, f.where.add(updaterPrefix+f.alias+"."+setting, keys[i]))
		default:
			return [][]Edit{nil}
		}
	}
	return out
}

func masked(s *set, f *followed) []Finding {
	if f.app == nil || f.app.multi || !f.helmValues() || f.paused() {
		return nil
	}
	src := f.app.source()
	for _, key := range f.helmKeys() {
		strong, ok := s.stronger(f.app, src, f.target(), key)
		if ok && key != f.nameKey() {
			return found(f.owner, strong, fmt.Sprintf("image %s: image-updater writes %s to %s, and this is stronger: the image never changes", f.label(), key, f.target()), quoted(strong), "remove it here")
		}
	}
	return nil
}

// nameKey is that of the image's name, which does not change; empty if one key has both.
func (f *followed) nameKey() string {
	if keys := f.helmKeys(); len(keys) == 2 {
		return keys[0]
	}
	return ""
}

// stronger finds a key where Helm looks before the file that is written.
func (s *set) stronger(a *application, src source, file, key string) (value, bool) {
	for _, p := range src.get("helm", "parameters").items() {
		if p.str("name") == key {
			return p.get("name"), true
		}
	}
	for _, v := range valuesOf(src) {
		if at := lookup(v, key); at.exists() {
			return at, true
		}
	}
	files := helmFiles(src)
	if i := slices.Index(files, file); s.atHand(a) && (i >= 0 || file == path.Join(src.path, "values.yaml")) {
		for _, later := range files[i+1:] {
			if at := lookup(s.tree.first(later), key); at.exists() {
				return at, true
			}
		}
	}
	return value{}, false
}

func unreadFile(_ *set, f *followed) []Finding {
	if f.app == nil || f.app.multi || !f.helmValues() || templated(f.back.target.text) {
		return nil
	}
	src := f.app.source()
	file := f.target()
	if src.chart != "" || src.path == "" || templated(src.path+strings.Join(src.get("helm", "valueFiles").texts(), "")) || readsValues(src, file) ||
		f.back.repository.text != "" && repoKey(f.back.repository.text) != repoKey(src.repoURL) && src.repoURL != "" {
		return nil
	}
	for _, name := range helmFiles(src) {
		if ok, _ := path.Match(name, file); ok {
			return nil
		}
	}
	at := src.get("helm", "valueFiles")
	evidence := "there is no helm.valueFiles"
	if at.exists() {
		evidence = quoted(at)
	}
	return found(f.owner, f.at(f.back.target), fmt.Sprintf("image-updater writes %s, which the Application does not read", file), quoted(f.back.target.value)+"; "+evidence,
		"add it as the last of spec.source.helm.valueFiles: /"+file)
}

func parametersLost(s *set, f *followed) []Finding {
	if f.app == nil || f.app.multi || !f.back.git() || f.back.target.text != "" {
		return nil
	}
	var keys, lost []string
	for _, g := range s.groups(f.app) {
		for _, other := range g {
			keys = append(keys, other.helmKeys()...)
		}
	}
	parameters := f.app.source().get("helm", "parameters")
	for _, p := range parameters.items() {
		if name := p.str("name"); !slices.Contains(keys, name) {
			lost = append(lost, name)
		}
	}
	if len(lost) == 0 {
		return nil
	}
	return found(f.app.object, parameters, fmt.Sprintf("the file that image-updater commits replaces these parameters, so %s will no longer be set", strings.Join(lost, ", ")), "helm.parameters: "+strings.Join(lost, ", ")+"; no write-back-target",
		"move them to helm.valuesObject, which stays")
}
