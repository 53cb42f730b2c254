package actors

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
)

// rendered is what a source says at a commit.
type rendered struct {
	revision   string
	sourceType string
	objects    []*object // Services first, as Argo CD applies them
}

// placeholder runs where nobody has said which image a folder holds.
const placeholder = "registry.invalid/placeholder:latest"

// render makes the objects of a source. Its error is worded as the repo-server's.
func (a *ArgoCD) render(s *scene, app *object, source map[string]any) (rendered, error) {
	folder, _ := source["path"].(string)
	commit, err := a.commit(s, app, source)
	if err != nil {
		return rendered{}, err
	}
	if s.mode() == ComparisonErrorHealthy || a.options.Repository != nil && !commit.hasFolder(folder) {
		return rendered{}, fmt.Errorf("%s: app path does not exist", folder)
	}
	r := rendered{revision: commit.head}
	r.sourceType, r.objects, err = commit.render(app, source, folder)
	if err != nil {
		return rendered{}, err
	}
	a.finish(s, app, r.objects)
	return r, nil
}

// commit that the source points at, as far as it has been seen.
func (a *ArgoCD) commit(s *scene, app *object, source map[string]any) (tree, error) {
	if a.options.Repository == nil {
		return tree{head: strings.Repeat("0", 39) + "1"}, nil
	}
	revision, _ := source["targetRevision"].(string)
	head := a.options.Repository.tree()
	if revision != "" && revision != "HEAD" && revision != "main" && revision != head.head {
		return tree{}, fmt.Errorf("unable to resolve '%s' to a commit SHA", revision)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if seen, ok := a.trees[s.key]; ok && s.mode() == CommitNotSeen && !refreshAsked(app) {
		return seen, nil
	}
	if seen, ok := a.trees[s.key]; ok && !refreshAsked(app) && seen.sameUnder(watchedPaths(app), head) {
		seen.head = head.head // the revision moves on, and what was rendered stays
		head = seen
	}
	a.trees[s.key] = head
	return head, nil
}

// watchedPaths are those that a commit has to touch for the Application to be rendered anew; none: any.
func watchedPaths(app *object) []string {
	var watched []string
	for p := range strings.SplitSeq(app.GetAnnotations()[pathsAnnotation], ";") {
		if p == "" {
			continue
		}
		if !strings.HasPrefix(p, "/") {
			p = path.Join("/", text(app, "spec", "source", "path"), p)
		}
		watched = append(watched, strings.TrimPrefix(path.Clean(p), "/")+"/")
	}
	return watched
}

// sameUnder tells whether another commit has the same files in the folders; without folders it never has.
func (t tree) sameUnder(folders []string, other tree) bool {
	under := func(files map[string]string) map[string]string {
		files = maps.Clone(files)
		maps.DeleteFunc(files, func(name, _ string) bool {
			return !slices.ContainsFunc(folders, func(folder string) bool { return strings.HasPrefix(name, folder) })
		})
		return files
	}
	return len(folders) > 0 && maps.Equal(under(t.files), under(other.files))
}

func refreshAsked(app *object) bool {
	_, ok := app.GetAnnotations()[refreshAnnotation]
	return ok
}

// finish adds what Argo CD adds to every object.
func (a *ArgoCD) finish(s *scene, app *object, objects []*object) {
	_, namespace := destination(app)
	for _, o := range objects {
		if o.GetNamespace() == "" {
			o.SetNamespace(namespace)
		}
		annotations := o.GetAnnotations()
		if annotations == nil {
			annotations = map[string]string{}
		}
		annotations[trackingAnnotation] = trackingID(a.instance(app), o)
		o.SetAnnotations(annotations)
		if s.mode() == RejectedManifestRunning && o.GetKind() == deployments.name {
			set(o, int64(-1), "spec", "replicas")
		}
	}
}

// render knows Helm charts shaped like the workload chart, and kustomizations of Deployments and Services.
func (t tree) render(app *object, source map[string]any, folder string) (string, []*object, error) {
	_, hasHelm := source["helm"]
	_, isChart := t.files[path.Join(folder, "Chart.yaml")]
	if isChart || len(t.files) == 0 && hasHelm {
		objects, err := t.chart(app, source, folder)
		return "Helm", objects, err
	}
	_, isKustomization := t.files[path.Join(folder, "kustomization.yaml")]
	if _, asked := source["kustomize"]; len(t.files) > 0 && !isKustomization && !asked {
		objects, err := t.manifests(folder, t.filesOf(folder))
		return "Directory", objects, err
	}
	objects, err := t.kustomization(app, source, folder)
	return "Kustomize", objects, err
}

// sourceFile is the default target of image-updater's git write-back. What it holds replaces the lists of the
// Application.
func (t tree) sourceFile(app *object, folder string) (map[string]any, error) {
	return t.yaml(path.Join(folder, ".argocd-source-"+app.GetName()+".yaml"))
}
