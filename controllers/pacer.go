package controllers

import (
	"strconv"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/controller/controllerutil"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// An app that comes up passes through many states in a few seconds, and nobody reads them. Mere progress is written once
// after a short window, then rarely; what is done or stuck is written at once.
const (
	firstWindow = 3 * time.Second
	laterWindow = time.Minute
)

// pacer remembers, for each app, what was written and not yet seen in the cache, and since when progress is held back.
type pacer struct {
	mu   sync.Mutex
	apps map[types.UID]*pace
}

type pace struct {
	// What was written last, until the cache shows it. Version is empty once it does.
	version   string
	status    *v1alpha1.AfroAppStatus
	finalizer bool

	rows       []v1alpha1.Child // the ledger of a status that is held back
	generation int64            // of the spec whose progress is held back
	since      time.Time        // progress is held back since; zero: it is not
	told       bool             // progress of this generation was written once
}

func newPacer() *pacer { return &pacer{apps: map[types.UID]*pace{}} }

func (p *pacer) of(uid types.UID) *pace {
	if p.apps[uid] == nil {
		p.apps[uid] = &pace{}
	}
	return p.apps[uid]
}

// latest is the app with what was last written to it, where the cache is behind.
func (p *pacer) latest(app *v1alpha1.AfroApp) *v1alpha1.AfroApp {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.apps[app.UID]
	if x == nil || x.version == "" {
		return app
	}
	if !olderVersion(app.ResourceVersion, x.version) {
		x.version, x.status, x.finalizer = "", nil, false
		p.drop(app.UID)
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

// wait is how long a status has to wait before it is written; 0: not at all.
func (p *pacer) wait(app *v1alpha1.AfroApp, now time.Time, progress bool) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.of(app.UID)
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
func (p *pacer) hold(uid types.UID, rows []v1alpha1.Child) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.of(uid).rows = rows
}

// held is the ledger that is held back, if there is one.
func (p *pacer) held(uid types.UID) []v1alpha1.Child {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.apps[uid]; x != nil {
		return x.rows
	}
	return nil
}

// wrote remembers a status until the cache shows it.
func (p *pacer) wrote(uid types.UID, version string, status *v1alpha1.AfroAppStatus) {
	if version == "" {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.of(uid)
	x.version, x.status, x.rows = version, status.DeepCopy(), nil
}

// wroteFinalizer remembers it until the cache shows it.
func (p *pacer) wroteFinalizer(uid types.UID, version string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.of(uid)
	x.version, x.finalizer = version, true
}

// settle ends an episode: the status that is written is true.
func (p *pacer) settle(uid types.UID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.apps[uid]; x != nil {
		x.since, x.rows = time.Time{}, nil
		p.drop(uid)
	}
}

// forget drops what was remembered of an app that is gone.
func (p *pacer) forget(uid types.UID) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.apps, uid)
}

// drop forgets an app of which nothing has to be remembered.
func (p *pacer) drop(uid types.UID) {
	if x := p.apps[uid]; x.version == "" && x.since.IsZero() && !x.told && x.rows == nil {
		delete(p.apps, uid)
	}
}

func olderVersion(a, b string) bool {
	x, errX := strconv.ParseUint(a, 10, 64)
	y, errY := strconv.ParseUint(b, 10, 64)
	return errX == nil && errY == nil && x < y
}
