package actors

import (
	"errors"
	"fmt"
	"path"
	"reflect"
	"strings"

	"k8s.io/client-go/util/retry"
	"sigs.k8s.io/yaml"
)

// written is one image as it is to be written: repository, and tag or tag@digest.
type written struct {
	followed
	tag    string
	update updated
}

// writeBack returns the updates that it made; what stands there already is none.
func (u *ImageUpdater) writeBack(s *scene, m match, changes []written) ([]updated, error) {
	if strings.HasPrefix(m.writeBack.method, "git") {
		return u.commit(s, m, changes)
	}
	spec := m.app.DeepCopy()
	var updates []updated
	for _, c := range changes {
		before := spec.DeepCopy()
		c.into(spec)
		if !reflect.DeepEqual(before.Object, spec.Object) && c.update.from != c.update.to {
			updates = append(updates, c.update)
		} else {
			spec = before
		}
	}
	if len(updates) == 0 {
		return nil, nil
	}
	return updates, u.putSpec(s, m.app, spec)
}

// putSpec reads the object again and replaces it, with the spec of the beginning of the cycle: the resourceVersion
// is fresh, so no conflict protects what others have written in the meantime.
func (u *ImageUpdater) putSpec(s *scene, app, spec *object) error {
	return retry.RetryOnConflict(retry.DefaultRetry, func() error {
		fresh, err := s.fetch(applications, app.GetNamespace(), app.GetName())
		if err != nil {
			return err
		}
		if fresh == nil {
			return errors.New("the application is gone")
		}
		_, err = s.put(applications, fresh, func(o *object) { set(o, field(spec.Object, "spec"), "spec") })
		return err
	})
}

// into the spec of the Application: Helm parameters or Kustomize images.
func (w written) into(app *object) {
	if text(app, "status", "sourceType") == "Kustomize" {
		source := mapping(app, "spec", "source")
		setIn(source, mergeImages(texts(field(source, "kustomize", "images")), w), "kustomize", "images")
		return
	}
	source := mapping(app, "spec", "source")
	setIn(source, mergeParameters(entries(field(source, "helm", "parameters")), w), "helm", "parameters")
}

// mergeParameters replaces by name, and appends.
func mergeParameters(parameters []map[string]any, w written) []any {
	wanted := [][2]string{{w.helmName, w.repository}, {w.helmTag, w.tag}}
	if w.helmSpec != "" {
		wanted = [][2]string{{w.helmSpec, w.repository + ":" + w.tag}}
	}
	for _, p := range wanted {
		next := map[string]any{"name": p[0], "value": p[1], "forceString": true}
		found := false
		for i, old := range parameters {
			if old["name"] == p[0] {
				parameters[i], found = next, true
			}
		}
		if !found {
			parameters = append(parameters, next)
		}
	}
	return anyList(parameters)
}

// mergeImages replaces the entry of the same name, and appends.
func mergeImages(images []string, w written) []any {
	entry, name := w.repository+":"+w.tag, w.repository
	if w.kustomizeName != "" {
		entry, name = w.kustomizeName+"="+entry, w.kustomizeName
	}
	for i, old := range images {
		before, _, _ := strings.Cut(old, "=")
		if repository, _, _ := splitImage(before); repository == name {
			images[i] = entry
			return anyList(images)
		}
	}
	return anyList(append(images, entry))
}

var errPush = errors.New("the push was refused")

// commit writes to the target in the repository. Argo CD renders it when it sees the commit. Until the image runs, each cycle
// finds the file as it is to be, and reports one more success.
func (u *ImageUpdater) commit(s *scene, m match, changes []written) ([]updated, error) {
	var due []written
	for _, c := range changes {
		if c.update.from != c.update.to {
			due = append(due, c)
		}
	}
	if len(due) == 0 {
		return nil, nil
	}
	if u.options.Remotes == nil {
		return nil, errPush
	}
	remote := u.options.Remotes(m.writeBack.repository)
	there, err := remote.Files(s.ctx)
	if err != nil {
		return nil, err
	}
	head := tree{files: there}
	var updates []updated
	files := map[string]string{}
	for _, c := range due {
		name, content, err := c.file(head.with(files), m, s.mode() == PrefixedFile)
		if err != nil {
			return nil, err
		}
		if head.files[name] != content {
			files[name] = content
		}
		updates = append(updates, c.update)
	}
	if len(files) == 0 || m.writeBack.pullRequest {
		return updates, nil
	}
	return updates, remote.Push(s.ctx, files)
}

// file is the target of git write-back with the image in it: a Helm values file, a kustomization, or by default a
// file that Argo CD reads beside the sources.
func (w written) file(t tree, m match, prefixed bool) (name, content string, err error) {
	folder := text(m.app, "spec", "source", "path")
	kind, target, _ := strings.Cut(m.writeBack.target, ":")
	name = path.Join(folder, ".argocd-source-"+m.app.GetName()+".yaml")
	if prefixed {
		name = path.Join(folder, ".argocd-source-"+m.app.GetNamespace()+"_"+m.app.GetName()+".yaml")
	}
	switch kind {
	case "helmvalues":
		name = resolve(folder, first(target, "values.yaml"))
	case "kustomization":
		name = path.Join(resolve(folder, target), "kustomization.yaml")
	case "":
	default:
		return "", "", fmt.Errorf("unknown write-back target %q", m.writeBack.target)
	}
	document, err := t.yaml(name)
	if err != nil {
		return "", "", err
	}
	w.intoFile(kind, document, text(m.app, "status", "sourceType"))
	marshalled, err := yaml.Marshal(document)
	return name, string(marshalled), err
}

func (w written) intoFile(kind string, document map[string]any, sourceType string) {
	switch {
	case kind == "helmvalues":
		setIn(document, w.repository, strings.Split(w.helmName, ".")...)
		setIn(document, w.tag, strings.Split(w.helmTag, ".")...)
	case kind == "kustomization":
		document["images"] = mergeEntries(entries(document["images"]), w)
	case sourceType == "Kustomize":
		setIn(document, mergeImages(texts(field(document, "kustomize", "images")), w), "kustomize", "images")
	default:
		setIn(document, mergeParameters(entries(field(document, "helm", "parameters")), w), "helm", "parameters")
	}
}

// mergeEntries replaces the entry of the same name in a kustomization.yaml, and appends.
func mergeEntries(images []map[string]any, w written) []any {
	next := map[string]any{"name": first(w.kustomizeName, w.repository), "newName": w.repository}
	tag, digest, pinned := strings.Cut(w.tag, "@")
	if next["newTag"] = tag; pinned {
		next["digest"] = digest
	}
	for i, old := range images {
		if old["name"] == next["name"] {
			images[i] = next
			return anyList(images)
		}
	}
	return anyList(append(images, next))
}

// resolve a target: relative to the folder of the source, or with a leading slash to the root.
func resolve(folder, target string) string {
	if absolute, ok := strings.CutPrefix(target, "/"); ok {
		return absolute
	}
	return path.Join(folder, target)
}
