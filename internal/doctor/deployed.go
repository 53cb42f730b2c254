package doctor

import (
	"path"
	"slices"
	"strings"
)

// deployed is an image that a workload runs, or is written to run.
type deployed struct {
	name, tag, digest string
	at                value
	live              bool // Argo CD says that pods run it
}

// deployed are the images of an Application, as far as they were read: what runs first.
func (s *set) deployed(a *application) []deployed {
	if a == nil {
		return nil
	}
	if _, known := s.runsOf[a]; !known {
		s.runsOf[a] = s.findDeployed(a)
	}
	return s.runsOf[a]
}

func (s *set) findDeployed(a *application) (out []deployed) {
	for _, v := range a.status.get("summary", "images").items() {
		out = append(out, newDeployed(v.text(), v, true))
	}
	for _, src := range a.sources {
		for _, v := range valuesOf(src) {
			out = append(out, imagesIn(v)...)
		}
	}
	if s.atHand(a) {
		for _, name := range s.tree.built(a.source().path) {
			for _, d := range s.tree.docs[name] {
				out = append(out, imagesIn(value{node: d.root, doc: d})...)
			}
		}
	}
	return out
}

// valuesOf are the values that an Application gives to its chart itself, the strongest first.
func valuesOf(src source) (out []value) {
	helm := src.get("helm")
	for _, v := range []value{helm.get("valuesObject"), helm.get("values").inner()} {
		if v.exists() {
			out = append(out, v)
		}
	}
	return out
}

func newDeployed(text string, at value, live bool) deployed {
	name, tag, digest := splitImage(text)
	return deployed{name: name, tag: tag, digest: digest, at: at, live: live}
}

// imagesIn finds images wherever they stand: image: name:tag, and repository or newName with tag or newTag.
func imagesIn(v value) (out []deployed) {
	var walk func(v value, depth int)
	walk = func(v value, depth int) {
		if depth == 0 {
			return
		}
		if text := v.str("image"); text != "" && !templated(text) {
			out = append(out, newDeployed(text, v.get("image"), false))
		}
		if name := v.str("newName"); name != "" && v.str("newTag") == "" && !templated(name) {
			out = append(out, newDeployed(name, v.get("newName"), false))
		}
		for _, names := range [][2]string{{"repository", "tag"}, {"name", "newTag"}, {"newName", "newTag"}, {"name", "tag"}} {
			name, tag := v.str(names[0]), v.get(names[1])
			if registry := v.str("registry"); registry != "" && name != "" {
				name = registry + "/" + name
			}
			if name != "" && tag.text() != "" && !templated(name+tag.text()) {
				out = append(out, newDeployed(name+":"+tag.text(), tag, false))
			}
		}
		for _, p := range v.parts() {
			walk(p, depth-1)
		}
	}
	const deepEnough = 12
	walk(v, deepEnough)
	return out
}

// runs is what a workload runs of the repository that is followed.
func (s *set) runs(f *followed) (deployed, bool) {
	for _, d := range s.deployed(f.app) {
		if normalName(d.name) == normalName(f.name) && (d.tag != "" || d.digest != "") {
			return d, true
		}
	}
	return s.runsSomewhere(f)
}

// runsSomewhere looks into all values and manifests, where it is not known which of them the Application is made of. They
// have to agree.
func (s *set) runsSomewhere(f *followed) (one deployed, found bool) {
	if f.app == nil || s.atHand(f.app) {
		return deployed{}, false
	}
	for _, d := range s.everywhere {
		if normalName(d.name) != normalName(f.name) || d.tag == "" {
			continue
		}
		if found && d.tag != one.tag {
			return deployed{}, false
		}
		one, found = d, true
	}
	return one, found
}

// lookup follows a Helm key, such as image.tag or images[0].tag.
func lookup(v value, key string) value {
	for _, step := range strings.Split(key, ".") {
		name, rest, indexed := strings.Cut(step, "[")
		v = v.get(name)
		for indexed {
			var index string
			index, rest, _ = strings.Cut(rest, "]")
			n := len(index)
			items := v.items()
			v = value{}
			if n == 1 && index[0] >= '0' && int(index[0]-'0') < len(items) {
				v = items[index[0]-'0']
			}
			_, rest, indexed = strings.Cut(rest, "[")
		}
	}
	return v
}

// helmKeys are the values that image-updater writes for an image: name and tag, or one for both.
func (f *followed) helmKeys() []string {
	if spec := f.settings["helm.image-spec"].text; spec != "" {
		return []string{spec}
	}
	name, tag := f.settings["helm.image-name"].text, f.settings["helm.image-tag"].text
	if name == "" {
		name = defaultHelmName
	}
	if tag == "" {
		tag = defaultHelmTag
	}
	return []string{name, tag}
}

// What image-updater writes where it was told nothing.
const (
	defaultHelmName = "image.name"
	defaultHelmTag  = "image.tag"
)

// target is the file that image-updater commits to, from the root of the repository.
func (f *followed) target() string {
	src := f.app.source()
	kind, file, found := strings.Cut(f.back.target.text, ":")
	switch {
	case f.back.target.text == "":
		return path.Join(src.path, ".argocd-source-"+f.app.name+".yaml")
	case kind == "helmvalues" && !found:
		return path.Join(src.path, "values.yaml")
	case kind == "kustomization" && !found:
		return path.Join(src.path, "kustomization.yaml")
	case kind == "kustomization":
		return within(src.path, path.Join(file, "kustomization.yaml"), strings.HasPrefix(file, "/"))
	case kind == "helmvalues":
		return within(src.path, file, strings.HasPrefix(file, "/"))
	}
	return cleanPath(f.back.target.text)
}

func within(folder, file string, absolute bool) string {
	if absolute {
		return cleanPath(file)
	}
	return strings.TrimPrefix(path.Join("/", folder, file), "/")
}

// helmValues tells whether a values file is written.
func (f *followed) helmValues() bool {
	return f.back.git() && strings.HasPrefix(f.back.target.text, "helmvalues")
}

// helmFiles are the values files of an Application, from the root of the repository, in the order in which they are read.
func helmFiles(src source) (out []string) {
	for _, name := range src.get("helm", "valueFiles").texts() {
		out = append(out, within(src.path, name, strings.HasPrefix(name, "/")))
	}
	return out
}

// readsValues tells whether the chart is rendered with a values file.
func readsValues(src source, file string) bool {
	return file == path.Join(src.path, "values.yaml") || slices.Contains(helmFiles(src), file)
}
