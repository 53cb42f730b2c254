package actors

import (
	"context"
	"crypto/sha1"
	"fmt"
	"maps"
	"path"
	"slices"
	"strings"
	"sync"

	"k8s.io/apimachinery/pkg/util/json"
	"sigs.k8s.io/yaml"
)

// Repository plays the Git repository that Argo CD renders from and image-updater commits to: one branch,
// main, and the files of its head. Argo CD hears of every commit at once.
type Repository struct {
	mu      sync.Mutex
	current tree
	changed chan struct{}
	refused []string // folders that nobody may push to
}

// NewRepository has one commit with these files, by their path. See Chart and Kustomization.
func NewRepository(files map[string]string) *Repository {
	r := &Repository{changed: make(chan struct{})}
	r.Commit(files)
	return r
}

// Chart is a folder with a Helm chart whose Deployment runs image.repository and image.tag of its values,
// as the workload chart does; the image is the default of the chart.
func Chart(folder, image string) map[string]string {
	repository, tag := splitTag(image)
	return map[string]string{
		path.Join(folder, "Chart.yaml"):  "apiVersion: v2\nname: workload\nversion: 0.1.0\n",
		path.Join(folder, "values.yaml"): fmt.Sprintf("image: {repository: %q, tag: %q}\nreplicas: 1\n", repository, tag),
	}
}

// Kustomization is a folder with a Deployment of that name and image, and a Service if the port is not 0.
func Kustomization(folder, name, image string, port int) map[string]string {
	files := map[string]string{
		path.Join(folder, "kustomization.yaml"): "resources: [all.yaml]\n",
		path.Join(folder, "all.yaml"): fmt.Sprintf(`apiVersion: apps/v1
kind: Deployment
metadata: {name: %[1]s}
spec:
  replicas: 1
  selector: {matchLabels: {app: %[1]s}}
  template:
    metadata: {labels: {app: %[1]s}}
    spec: {containers: [{name: %[1]s, image: %[2]q}]}
`, name, image),
	}
	if port != 0 {
		files[path.Join(folder, "all.yaml")] += fmt.Sprintf(`---
apiVersion: v1
kind: Service
metadata: {name: %[1]s}
spec: {selector: {app: %[1]s}, ports: [{port: %[2]d}]}
`, name, port)
	}
	return files
}

// Commit adds or replaces files, and returns the new head. An empty file is removed.
func (r *Repository) Commit(files map[string]string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.current = r.current.with(files)
	close(r.changed)
	r.changed = make(chan struct{})
	return r.current.head
}

// Refuse every push to a folder, as a hook of the git server or a protected branch does. Commit is not asked.
func (r *Repository) Refuse(folder string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.refused = append(r.refused, path.Clean(folder)+"/")
}

// Remote is a Git repository as image-updater uses it.
type Remote interface {
	// Files at the head of the branch, by their paths.
	Files(context.Context) (map[string]string, error)
	// Push a commit with these files on top of the head. The server may refuse it.
	Push(context.Context, map[string]string) error
}

// Files is part of Remote.
func (r *Repository) Files(context.Context) (map[string]string, error) { return r.tree().files, nil }

// Push is a commit that the git server may refuse.
func (r *Repository) Push(_ context.Context, files map[string]string) error {
	r.mu.Lock()
	refused := slices.Clone(r.refused)
	r.mu.Unlock()
	for name := range files {
		if slices.ContainsFunc(refused, func(folder string) bool { return strings.HasPrefix(name, folder) }) {
			return errPush
		}
	}
	r.Commit(files)
	return nil
}

// Head is the commit at the head of the branch.
func (r *Repository) Head() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current.head
}

// File returns the content at the head, or "".
func (r *Repository) File(name string) string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current.files[name]
}

func (r *Repository) tree() tree {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.current
}

func (r *Repository) whenChanged() <-chan struct{} {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.changed
}

// tree is one commit. It is never changed: what Argo CD renders from stays the same while it renders.
type tree struct {
	head    string
	files   map[string]string
	folders map[string]bool
}

// with the files, as the next commit.
func (t tree) with(files map[string]string) tree {
	next := tree{files: map[string]string{}, folders: map[string]bool{}}
	maps.Copy(next.files, t.files)
	maps.Copy(next.files, files)
	maps.DeleteFunc(next.files, func(_, content string) bool { return content == "" })
	hash := sha1.New()
	fmt.Fprint(hash, t.head)
	for _, name := range slices.Sorted(maps.Keys(next.files)) {
		fmt.Fprint(hash, name, next.files[name])
		for folder := path.Dir(name); folder != "."; folder = path.Dir(folder) {
			next.folders[folder] = true
		}
	}
	next.head = fmt.Sprintf("%x", hash.Sum(nil))
	return next
}

func (t tree) hasFolder(folder string) bool { return t.folders[path.Clean(folder)] }

// yaml reads one document; a missing file is an empty one.
func (t tree) yaml(name string) (map[string]any, error) {
	return parseYAML(t.files[path.Clean(name)])
}

func parseYAML(content string) (map[string]any, error) {
	if strings.TrimSpace(content) == "" {
		return map[string]any{}, nil
	}
	converted, err := yaml.YAMLToJSON([]byte(content))
	if err != nil {
		return nil, err
	}
	document := map[string]any{}
	return document, json.Unmarshal(converted, &document) // keeps whole numbers whole
}
