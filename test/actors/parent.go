package actors

import (
	"slices"
	"sync"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/client-go/rest"
)

const instanceLabel = "app.kubernetes.io/instance"

// ParentOptions are the Application that is played, and how Argo CD tracks.
type ParentOptions struct {
	// Name of the Application. Default: parent.
	Name string
	// Namespace of manifests that name none. Default: default.
	Namespace string
	// ByLabel tracks by the label app.kubernetes.io/instance, the default before Argo CD 3.0, instead of by annotation.
	ByLabel bool
	// NoSelfHeal leaves edits of what it applied, NoPrune what has left the folder.
	NoSelfHeal, NoPrune bool
}

// Parent plays Argo CD with one Application whose folder holds any manifests, AfroApps above all. It applies them,
// heals edits, and prunes what carries its tracking id without an owner and is not in the folder: of every kind,
// whoever wrote the id there.
type Parent struct {
	role
	options ParentOptions

	mu        sync.Mutex
	manifests []*unstructured.Unstructured
	changed   chan struct{}
	pruned    []string
}

// NewParent makes a parent with an empty folder that does not run yet.
func NewParent(config *rest.Config, o ParentOptions) *Parent {
	if o.Name == "" {
		o.Name = "parent"
	}
	if o.Namespace == "" {
		o.Namespace = "default"
	}
	p := &Parent{options: o, changed: make(chan struct{})}
	p.role = newRole(config, "Argo CD, parent", "argocd-application-controller")
	return p
}

// Sync is a commit: the folder holds these manifests from now on.
func (p *Parent) Sync(manifests ...*unstructured.Unstructured) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.manifests = nil
	for _, manifest := range manifests {
		p.manifests = append(p.manifests, manifest.DeepCopy())
	}
	close(p.changed)
	p.changed = make(chan struct{})
}

// Pruned is what was deleted because it carried the tracking id and is not in the folder, as "Kind namespace/name".
func (p *Parent) Pruned() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return slices.Clone(p.pruned)
}

func (p *Parent) folder() ([]*unstructured.Unstructured, <-chan struct{}) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.manifests, p.changed
}
