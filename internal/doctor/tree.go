package doctor

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

// tree is the repository: what Applications name by path.
type tree struct {
	files map[string][]byte
	docs  map[string][]*document
	alone map[string]bool     // files whose folder was not read
	under map[string][]string // what below has found
	name  func(*File) string
}

func newTree(files []File, name func(*File) string) tree {
	t := tree{name: name, files: map[string][]byte{}, alone: map[string]bool{}, docs: map[string][]*document{}, under: map[string][]string{}}
	for i, f := range files {
		if !f.Live {
			t.files[name(&files[i])] = f.Raw
			t.alone[name(&files[i])] = f.Alone
		}
	}
	return t
}

func (t tree) add(name string, d *document) { t.docs[name] = append(t.docs[name], d) }

// below are the files of a folder and of all folders below it, sorted.
func (t tree) below(folder string) (out []string) {
	if known, ok := t.under[folder]; ok {
		return known
	}
	for name := range t.files {
		if folder == "" || strings.HasPrefix(name, folder+"/") {
			out = append(out, name)
		}
	}
	slices.Sort(out)
	t.under[folder] = out
	return out
}

// built are the files that a folder is built of: its own, and then those of the bases that its kustomization names.
func (t tree) built(folder string) []string {
	out, folders := slices.Clone(t.below(folder)), []string{folder}
	for i := 0; i < len(folders); i++ {
		for _, base := range t.bases(folders[i]) {
			if !slices.Contains(folders, base) {
				folders = append(folders, base)
				out = append(out, slices.DeleteFunc(slices.Clone(t.below(base)), func(name string) bool { return slices.Contains(out, name) })...)
			}
		}
	}
	return out
}

// bases are the folders outside of it that the kustomization of a folder names.
func (t tree) bases(folder string) (out []string) {
	for _, name := range kustomizations {
		k := t.first(path.Join(folder, name))
		for _, list := range []string{"resources", "bases", "components"} {
			for _, r := range k.get(list).texts() {
				if at := path.Join(folder, r); strings.HasPrefix(r, "../") && !strings.HasPrefix(at, "..") && t.isKustomization(at) {
					out = append(out, at)
				}
			}
		}
	}
	return out
}

// isRead tells whether a folder was read, and not only files of it that were named one by one, as a hook before a commit does.
func (t tree) isRead(folder string) bool {
	return slices.ContainsFunc(t.below(folder), func(name string) bool { return !t.alone[name] })
}

func (t tree) has(name string) bool { _, ok := t.files[name]; return ok }

func (t tree) isChart(folder string) bool { return t.has(path.Join(folder, "Chart.yaml")) }

// isChartTemplate tells whether a file belongs to the templates of a chart.
func (t tree) isChartTemplate(name string) bool {
	for dir := path.Dir(name); dir != "." && dir != "/"; dir = path.Dir(dir) {
		if path.Base(dir) == "templates" && t.isChart(path.Dir(dir)) {
			return true
		}
	}
	return false
}

var kustomizations = []string{"kustomization.yaml", "kustomization.yml", "Kustomization"}

func (t tree) isKustomization(folder string) bool {
	return slices.ContainsFunc(kustomizations, func(name string) bool { return t.has(path.Join(folder, name)) })
}

// first document of a file, as values are.
func (t tree) first(name string) value {
	if docs := t.docs[name]; len(docs) > 0 {
		return value{node: docs[0].root, doc: docs[0]}
	}
	return value{}
}

// Types of a source.
const (
	typeHelm      = "Helm"
	typeKustomize = "Kustomize"
	typePlugin    = "Plugin"
	typeDirectory = "Directory"
)

// typeOf an Application: as Argo CD says it is, as its spec says, or as its folder is. Empty: not known.
func (s *set) typeOf(a *application) string {
	if t := a.status.str("sourceType"); t != "" {
		return t
	}
	src := a.source()
	switch {
	case src.get("plugin").exists():
		return typePlugin
	case src.chart != "" || src.get("helm").exists():
		return typeHelm
	case src.get("kustomize").exists():
		return typeKustomize
	case src.get("directory").exists():
		return typeDirectory
	case !s.atHand(a):
		return ""
	case s.tree.isChart(src.path):
		return typeHelm
	case s.tree.isKustomization(src.path):
		return typeKustomize
	}
	return typeDirectory
}

// atHand tells whether the folder of an Application was read, as far as that can be known: it is there, and its repository is
// the one that most Applications with a folder here name.
func (s *set) atHand(a *application) bool {
	src := a.source()
	return !a.multi && src.path != "" && !templated(src.path) && s.tree.isRead(src.path) && repoKey(src.repoURL) == s.home
}

// findHome is the repository that the files most probably are.
func (s *set) findHome() string {
	count := map[string]int{}
	best := ""
	for _, a := range s.apps {
		src := a.source()
		if src.path == "" || len(s.tree.below(src.path)) == 0 {
			continue
		}
		key := repoKey(src.repoURL)
		count[key]++
		if count[key] > count[best] || count[key] == count[best] && key < best {
			best = key
		}
	}
	return best
}

var repoScheme = regexp.MustCompile(`^[a-z+]+://([^@/]*@)?|^[^@/]*@`)

// repoKey is the same for the spellings of one repository.
func repoKey(url string) string {
	key := strings.TrimSuffix(strings.TrimSuffix(repoScheme.ReplaceAllString(url, ""), "/"), ".git")
	return strings.ToLower(strings.Replace(key, ":", "/", 1))
}
