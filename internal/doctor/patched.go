package doctor

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"
)

// patch is a change that a kustomization makes to Applications.
type patch struct {
	name string // of the Application, or an expression; empty: all of the folder
	dir  string // of the kustomization; empty: anywhere
	at   value
}

// leaveOutPatched passes over Applications that are not what their file says: half of one would give findings about what the
// other half sets right.
func (s *set) leaveOutPatched() {
	s.apps = slices.DeleteFunc(s.apps, func(a *application) bool {
		patch := a.get("spec", "templatePatch")
		if !a.template || !patch.exists() {
			return false
		}
		s.leaveOut(a, a.id()+" is patched by its templatePatch")
		return true
	})
	for _, d := range s.docs {
		if name := d.file.Path; slices.Contains(kustomizations, path.Base(name)) {
			s.patches = append(s.patches, patchesOf(value{node: d.root, doc: d}, path.Dir(s.tree.name(d.file)))...)
		}
	}
	s.apps = slices.DeleteFunc(s.apps, func(a *application) bool {
		i := slices.IndexFunc(s.patches, func(p patch) bool { return p.changes(a, s.tree.name(a.doc.file)) })
		if i < 0 || a.template {
			return false
		}
		file, _ := s.patches[i].at.where()
		s.leaveOut(a, a.id()+" is patched by "+file+"; look at what kustomize build prints")
		return true
	})
}

func (s *set) leaveOut(a *application, reason string) {
	s.unread = true
	_, line := a.where()
	s.skipped = append(s.skipped, Skipped{File: a.doc.file.Path, Line: line, Reason: reason})
}

// patchesOf a kustomization are those whose target or text is an Application.
func patchesOf(k value, dir string) (out []patch) {
	for _, list := range []string{"patches", "patchesJson6902", "patchesStrategicMerge"} {
		for _, p := range k.get(list).items() {
			if target := p.get("target"); target.str("kind") == "Application" {
				out = append(out, patch{target.str("name"), dir, p})
			}
			text := p.str("patch")
			if text == "" {
				text = p.text()
			}
			var inner struct {
				Kind     string
				Metadata struct{ Name string }
			}
			if strings.Contains(text, "\n") && yaml.Unmarshal([]byte(text), &inner) == nil && inner.Kind == "Application" {
				out = append(out, patch{regexp.QuoteMeta(inner.Metadata.Name), "", p})
			}
		}
	}
	return out
}

func (p patch) changes(a *application, file string) bool {
	if p.dir != "" && p.name == "" {
		return p.dir == "." || strings.HasPrefix(file, p.dir+"/")
	}
	expr, err := regexp.Compile("^(" + p.name + ")$")
	return err == nil && expr.MatchString(a.name) && a.name != ""
}
