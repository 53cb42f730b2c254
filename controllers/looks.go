package controllers

import (
	"context"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/gather"
	"github.com/afrotomation/afroapp/internal/observe"
)

// lookPause is the least time between two looks at the pods of own manifests, while nothing that Argo CD says has changed.
const lookPause = 30 * time.Second

// looks remembers what was asked of the API server: the pods of own manifests, and the templates of what runs nothing. It is asked
// again when the Application has changed, so an app at rest costs nothing.
type looks struct {
	mu   sync.Mutex
	apps map[types.NamespacedName]look
}

type look struct {
	application string // resourceVersion
	at          time.Time
	pods        []observe.Pod

	templatesOf string // resourceVersion
	templates   []observe.Template
}

func newLooks() *looks { return &looks{apps: map[types.NamespacedName]look{}} }

func (l *looks) of(app *v1alpha1.AfroApp) look {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.apps[client.ObjectKeyFromObject(app)]
}

func (l *looks) keep(app *v1alpha1.AfroApp, x look) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.apps[client.ObjectKeyFromObject(app)] = x
}

func (l *looks) forget(name types.NamespacedName) {
	l.mu.Lock()
	defer l.mu.Unlock()
	delete(l.apps, name)
}

func (l *looks) at(ctx context.Context, k *gather.Kinds, app *v1alpha1.AfroApp, argo *foreign.ArgoApplication, now time.Time) ([]observe.Pod, error) {
	x := l.of(app)
	if x.application == argo.ResourceVersion && now.Sub(x.at) < lookPause {
		return x.pods, nil
	}
	pods, err := k.FindPods(ctx, app.Namespace, argo.Status.Resources)
	if err != nil {
		return nil, err
	}
	x.application, x.at, x.pods = argo.ResourceVersion, now, pods
	l.keep(app, x)
	return pods, nil
}

func (l *looks) templates(ctx context.Context, k *gather.Kinds, app *v1alpha1.AfroApp, argo *foreign.ArgoApplication) ([]observe.Template, error) {
	x := l.of(app)
	if x.templatesOf == argo.ResourceVersion {
		return x.templates, nil
	}
	templates, err := k.Templates(ctx, argo.Status.Resources)
	if err != nil {
		return nil, err
	}
	x.templatesOf, x.templates = argo.ResourceVersion, templates
	l.keep(app, x)
	return templates, nil
}
