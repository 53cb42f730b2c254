package actors

import (
	"strings"
	"sync"
	"time"

	"k8s.io/client-go/rest"
)

// Modes of ArgoCD.
const (
	// ComparisonErrorHealthy cannot find the folder of the source: sync Unknown, and health Healthy whatever runs.
	ComparisonErrorHealthy Mode = "ComparisonErrorHealthy"
	// RejectedManifestRunning renders a Deployment that the API server refuses (-1 replicas): phase Running, again
	// and again, and Failed after five retries.
	RejectedManifestRunning Mode = "RejectedManifestRunning"
	// ProjectMissing does not find the AppProject; a deletion blocks.
	ProjectMissing Mode = "ProjectMissing"
	// NotPermitted finds that the AppProject does not list the namespace of the Application.
	NotPermitted Mode = "NotPermitted"
	// CommitNotSeen answers from the revision cache of the repo-server: no new commit is seen until the annotation
	// argocd.argoproj.io/refresh asks for it.
	CommitNotSeen Mode = "CommitNotSeen"
	// NoSummary lists none of the images that run, as for a workload of a kind whose pods it does not find.
	NoSummary Mode = "NoSummary"
)

const (
	trackingAnnotation = "argocd.argoproj.io/tracking-id"
	refreshAnnotation  = "argocd.argoproj.io/refresh"
	skipAnnotation     = "argocd.argoproj.io/skip-reconcile"
	pathsAnnotation    = "argocd.argoproj.io/manifest-generate-paths"
	resourcesFinalizer = "resources-finalizer.argocd.argoproj.io"
	workloadManager    = "argocd-controller"
)

// ArgoCDOptions are the flags of the played Argo CD.
type ArgoCDOptions struct {
	// Namespace of Argo CD and its AppProjects. Applications may be in any. Default: argocd.
	Namespace string
	// Repository that sources are rendered from, whatever their repoURL. Default: every folder exists; with a helm
	// block it holds the workload chart, else a kustomization of one Deployment.
	Repository *Repository
	// RetryBackoff before the first retry of a failed sync; it doubles each time. Default: 10s.
	RetryBackoff time.Duration
	// Heartbeat is how often status.reconciledAt moves. Default: never.
	Heartbeat time.Duration
}

// ArgoCD plays the application-controller of Argo CD v3.5: it renders a Deployment, and a Service if there is
// a port, tracks them by annotation, and reports.
type ArgoCD struct {
	role
	options ArgoCDOptions

	mu    sync.Mutex
	trees map[key]tree // the commit that each Application was last compared with
}

// NewArgoCD makes an Argo CD that does not run yet.
func NewArgoCD(config *rest.Config, o ArgoCDOptions) *ArgoCD {
	if o.Namespace == "" {
		o.Namespace = "argocd"
	}
	if o.RetryBackoff == 0 {
		o.RetryBackoff = 10 * time.Second
	}
	a := &ArgoCD{options: o, trees: map[key]tree{}}
	a.role = newRole(config, "Argo CD", "argocd-application-controller",
		ComparisonErrorHealthy, RejectedManifestRunning, ProjectMissing, NotPermitted, CommitNotSeen, NoSummary)
	a.cast = a.play
	return a
}

func (a *ArgoCD) play(p *player) error {
	p.every(a.options.Heartbeat, applications)
	if a.options.Repository != nil {
		p.whenever(a.options.Repository.whenChanged, false, applications)
	}
	tracked := func(o *object) []key { return a.trackedBy(o) }
	return firstError(
		p.on(applications, a.application),
		p.also(appProjects, func(project *object) []key {
			if p.view.get(keyOf(appProjects, project)) == nil {
				return nil // an Application finds out when it is looked at for another reason
			}
			return keysOf(applications, p.view.where(applications, "", "project", project.GetName()))
		}),
		p.also(deployments, tracked),
		p.also(services, tracked),
	)
}

// application answers one Application.
func (a *ArgoCD) application(s *scene) error {
	app := s.object
	if app == nil {
		a.forget(s.key)
		return nil
	}
	if app.GetDeletionTimestamp() != nil {
		return a.finalize(s, app)
	}
	if app.GetAnnotations()[skipAnnotation] == "true" {
		return nil
	}
	app, err := a.normalise(s, app)
	if err != nil {
		return err
	}
	if refusal := a.refusal(s, app); len(refusal) > 0 {
		return a.refuse(s, app, refusal)
	}
	return a.compareAndSync(s, app)
}

// normalise removes empty blocks, as the application-controller does: whoever applies them again each time
// writes in a loop with it.
func (a *ArgoCD) normalise(s *scene, app *object) (*object, error) {
	return s.patch(applications, app, func(app *object) {
		for _, path := range [][]string{
			{"spec", "syncPolicy"}, {"spec", "source", "helm"}, {"spec", "source", "kustomize"}, {"spec", "source", "directory"},
		} {
			if block, ok := field(app.Object, path...).(map[string]any); ok && len(block) == 0 {
				unset(app, path...)
			}
		}
	})
}

// instance is the name of the Application in tracking ids.
func (a *ArgoCD) instance(app *object) string {
	if app.GetNamespace() == a.options.Namespace {
		return app.GetName()
	}
	return app.GetNamespace() + "_" + app.GetName()
}

// trackedBy is the Application whose tracking id the object carries, if it is about this object.
func (a *ArgoCD) trackedBy(o *object) []key {
	instance, ok := trackingInstance(o)
	if !ok {
		return nil
	}
	if namespace, name, ok := strings.Cut(instance, "_"); ok {
		return []key{{applications, namespace, name}}
	}
	return []key{{applications, a.options.Namespace, instance}}
}

// trackingID of an object of the instance.
func trackingID(instance string, o *object) string {
	gvk := o.GroupVersionKind()
	return instance + ":" + gvk.Group + "/" + gvk.Kind + ":" + o.GetNamespace() + "/" + o.GetName()
}

// trackingInstance is false for an id that was copied from another object: Argo CD ignores those.
func trackingInstance(o *object) (string, bool) {
	id := o.GetAnnotations()[trackingAnnotation]
	instance, _, _ := strings.Cut(id, ":")
	return instance, instance != "" && id == trackingID(instance, o)
}

// keysOf objects.
func keysOf(k kind, objects []*object) []key {
	var keys []key
	for _, o := range objects {
		keys = append(keys, keyOf(k, o))
	}
	return keys
}

func (a *ArgoCD) forget(k key) {
	a.mu.Lock()
	defer a.mu.Unlock()
	delete(a.trees, k)
}

func firstError(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}
