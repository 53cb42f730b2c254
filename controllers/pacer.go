package controllers

import (
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// An app that comes up passes through many states in a few seconds, and nobody reads them. Mere progress is written once
// after a short window, then rarely; what is done or stuck is written at once.
const (
	firstWindow = 3 * time.Second
	laterWindow = time.Minute
)

// pacer remembers, for each app, what was written and not yet seen in the cache, and since when progress is held back. Of an
// app at rest it remembers nothing.
type pacer struct {
	mu   sync.Mutex
	apps map[types.NamespacedName]*pace
}

type pace struct {
	uid types.UID
	// What was written last, until the cache shows it. Version is empty once it does.
	version   string
	status    *v1alpha1.AfroAppStatus
	finalizer bool

	rows       []v1alpha1.Child // the ledger of a status that is held back
	generation int64            // of the spec whose progress is held back
	since      time.Time        // progress is held back since; zero: it is not
	told       bool             // progress of this generation was written once
}

func newPacer() *pacer { return &pacer{apps: map[types.NamespacedName]*pace{}} }

// find is what is remembered of an app; nil when that is nothing, or was of an earlier app of its name.
func (p *pacer) find(app *v1alpha1.AfroApp) *pace {
	x := p.apps[client.ObjectKeyFromObject(app)]
	if x == nil || x.uid != app.UID {
		return nil
	}
	return x
}

func (p *pacer) of(app *v1alpha1.AfroApp) *pace {
	x := p.find(app)
	if x == nil {
		x = &pace{uid: app.UID}
		p.apps[client.ObjectKeyFromObject(app)] = x
	}
	return x
}

// latest is the app with what was last written to it, where the cache is behind.
func (p *pacer) latest(app *v1alpha1.AfroApp) *v1alpha1.AfroApp {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.find(app)
	if x == nil || p.caughtUp(x, app) {
		return app
	}
	app = app.DeepCopy()
	if x.status != nil {
		x.status.DeepCopyInto(&app.Status)
	}
	if x.finalizer {
		controllerutil.AddFinalizer(app, v1alpha1.Finalizer)
	}
	return app
}

// shown is called with every app that comes into the cache.
func (p *pacer) shown(app *v1alpha1.AfroApp) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.find(app); x != nil {
		p.caughtUp(x, app)
	}
}

// caughtUp tells whether the cache shows what was written, and then drops it.
func (p *pacer) caughtUp(x *pace, app *v1alpha1.AfroApp) bool {
	if x.version != "" && olderVersion(app.ResourceVersion, x.version) {
		return false
	}
	x.version, x.status, x.finalizer = "", nil, false
	p.drop(app, x)
	return true
}

// wait is how long a status has to wait before it is written; 0: not at all.
func (p *pacer) wait(app *v1alpha1.AfroApp, now time.Time, progress bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.of(app)
	if x.generation != app.Generation {
		x.generation, x.since, x.told = app.Generation, time.Time{}, false
	}
	if !progress {
		x.since, x.told = time.Time{}, false
		return 0
	}
	if x.since.IsZero() {
		x.since = now
	}
	window := firstWindow
	if x.told {
		window = laterWindow
	}
	if left := window - now.Sub(x.since); left > 0 {
		return left
	}
	x.since, x.told = time.Time{}, true
	return 0
}

// hold remembers the ledger of a status that is held back: what it names has been applied.
func (p *pacer) hold(app *v1alpha1.AfroApp, rows []v1alpha1.Child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(app).rows = rows
}

// held is the ledger that is held back, if there is one.
func (p *pacer) held(app *v1alpha1.AfroApp) []v1alpha1.Child {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.find(app); x != nil {
		return x.rows
	}
	return nil
}

// wrote remembers a status until the cache shows it.
func (p *pacer) wrote(app *v1alpha1.AfroApp, version string, status *v1alpha1.AfroAppStatus) {
	if version == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.of(app)
	x.version, x.status, x.rows = version, status.DeepCopy(), nil
}

// wroteFinalizer remembers it until the cache shows it.
func (p *pacer) wroteFinalizer(app *v1alpha1.AfroApp, version string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.of(app)
	x.version, x.finalizer = version, true
}

// settle ends an episode: the status that is written is true.
func (p *pacer) settle(app *v1alpha1.AfroApp) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.find(app); x != nil {
		x.since, x.rows = time.Time{}, nil
		p.drop(app, x)
	}
}

// gone drops what was remembered of an app that is no longer there.
func (p *pacer) gone(name types.NamespacedName) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.apps, name)
}

// drop forgets an app of which nothing has to be remembered.
func (p *pacer) drop(app *v1alpha1.AfroApp, x *pace) {
	if x.version == "" && x.since.IsZero() && !x.told && x.rows == nil {
		delete(p.apps, client.ObjectKeyFromObject(app))
	}
}

func olderVersion(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && errY == nil && x < y
}
