package actors

import (
	"fmt"
	"path"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/strategicpatch"
)

// kustomization renders the Deployments and Services of a folder with the images and the strategic merge
// patches of the Application. It knows no other kinds and no other transformers.
func (t tree) kustomization(app *object, source map[string]any, folder string) ([]*object, error) {
	objects, err := t.resources(app, folder)
	if err != nil {
		return nil, err
	}
	images, err := t.kustomizeImages(app, source, folder)
	if err != nil {
		return nil, err
	}
	for _, o := range objects {
		for _, container := range containers(o) {
			image, _ := container["image"].(string)
			container["image"] = overrideImage(image, images)
		}
	}
	for _, patch := range entries(field(source, "kustomize", "patches")) {
		if err := patchObjects(objects, patch); err != nil {
			return nil, err
		}
	}
	slices.SortStableFunc(objects, func(a, b *object) int { return strings.Compare(b.GetKind(), a.GetKind()) })
	return objects, nil
}

// resources of the kustomization; without a Repository, one Deployment named like the Application.
func (t tree) resources(app *object, folder string) ([]*object, error) {
	if len(t.files) == 0 {
		return []*object{workload(app.GetName(), placeholder, nil)}, nil
	}
	about, err := t.yaml(path.Join(folder, "kustomization.yaml"))
	if err != nil {
		return nil, err
	}
	return t.manifests(folder, texts(about["resources"]))
}

// filesOf a folder, without those below it.
func (t tree) filesOf(folder string) []string {
	var names []string
	for name := range t.files {
		if path.Dir(name) == path.Clean(folder) && strings.HasSuffix(name, ".yaml") && !strings.HasPrefix(path.Base(name), ".") {
			names = append(names, path.Base(name))
		}
	}
	slices.Sort(names)
	return names
}

// manifests of the files of a folder.
func (t tree) manifests(folder string, names []string) ([]*object, error) {
	var objects []*object
	for _, name := range names {
		for _, document := range strings.Split(t.files[path.Join(folder, name)], "\n---\n") {
			content, err := parseYAML(document)
			if err != nil {
				return nil, err
			}
			o := &object{Object: content}
			if kind := o.GetKind(); kind != deployments.name && kind != services.name {
				return nil, fmt.Errorf("%s: kind %q: only Deployments and Services are rendered here", name, kind)
			}
			objects = append(objects, o)
		}
	}
	return objects, nil
}

// kustomizeImages of the kustomization, then of image-updater's file or else of the Application. Later ones win.
func (t tree) kustomizeImages(app *object, source map[string]any, folder string) ([]string, error) {
	about, err := t.yaml(path.Join(folder, "kustomization.yaml"))
	if err != nil {
		return nil, err
	}
	var images []string
	for _, entry := range entries(about["images"]) {
		images = append(images, imageEntry(entry))
	}
	committed, err := t.sourceFile(app, folder)
	if err != nil {
		return nil, err
	}
	if replaced := texts(field(committed, "kustomize", "images")); replaced != nil {
		return append(images, replaced...), nil
	}
	return append(images, texts(field(source, "kustomize", "images"))...), nil
}

// imageEntry of a kustomization.yaml in the short form of an Application: name=newName:newTag@digest.
func imageEntry(entry map[string]any) string {
	name, _ := entry["name"].(string)
	newName, ok := entry["newName"].(string)
	if !ok {
		newName = name
	}
	override := name + "=" + newName
	if tag, ok := entry["newTag"].(string); ok {
		override += ":" + tag
	}
	if digest, ok := entry["digest"].(string); ok {
		override += "@" + digest
	}
	return override
}

// overrideImage by the last of name=repository:tag@digest, or repository:tag@digest for the same repository.
func overrideImage(image string, overrides []string) string {
	repository, _, _ := splitImage(image)
	for _, override := range slices.Backward(overrides) {
		name, replacement, ok := strings.Cut(override, "=")
		if !ok {
			replacement = override
			name, _, _ = splitImage(override)
		}
		if name == repository {
			return replacement
		}
	}
	return image
}

// containers of a Deployment, to be changed in place.
func containers(o *object) []map[string]any {
	return items(o, "spec", "template", "spec", "containers")
}

// patchObjects by the target of the patch or, without one, by the name in it, which has to exist.
func patchObjects(objects []*object, patch map[string]any) error {
	content, _ := patch["patch"].(string)
	parsed, err := parseYAML(content)
	if err != nil {
		return fmt.Errorf("only strategic merge patches are rendered here: %w", err)
	}
	about := &object{Object: parsed}
	kind, name := about.GetKind(), about.GetName()
	if target, ok := patch["target"].(map[string]any); ok {
		kind, name = first(target["kind"], kind), first(target["name"])
	}
	found := false
	for _, o := range objects {
		if o.GetKind() != kind || name != "" && o.GetName() != name {
			continue
		}
		found = true
		if o.Object, err = strategicpatch.StrategicMergeMapPatch(o.Object, parsed, typeOf(kind)); err != nil {
			return err
		}
	}
	if !found && patch["target"] == nil {
		return fmt.Errorf("no matches for Id %s.v1.apps/%s.[noNs]; failed to find unique target for patch %s.v1.apps/%s.[noNs]", kind, name, kind, name)
	}
	return nil
}

func typeOf(kind string) any {
	if kind == deployments.name {
		return appsv1.Deployment{}
	}
	return corev1.Service{}
}
