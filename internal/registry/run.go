package registry

import (
	"context"
	"slices"
	"sync"
	"time"
)

// probeTimeout bounds a probe, which may be of a hundred requests.
const probeTimeout = 5 * time.Minute

// Start runs the prober until the context ends, and returns when nothing of it runs any more.
func (p *Prober) Start(ctx context.Context) error {
	var work sync.WaitGroup
	work.Go(func() { p.tell(ctx) })
	p.dispatch(ctx, &work)
	work.Wait()
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, h := range p.hosts {
		h.close()
	}
	return nil
}

// NeedLeaderElection tells the manager that one prober is enough.
func (p *Prober) NeedLeaderElection() bool { return true }

// dispatch starts every probe that is due.
func (p *Prober) dispatch(ctx context.Context, work *sync.WaitGroup) {
	for {
		next := p.startDue(ctx, work)
		var due <-chan time.Time
		if !next.IsZero() {
			due = p.options.Clock.After(next.Sub(p.now()))
		}
		select {
		case <-ctx.Done():
			return
		case <-p.wake:
		case <-due:
		}
	}
}

func (p *Prober) startDue(ctx context.Context, work *sync.WaitGroup) time.Time {
	p.mu.Lock()
	defer p.mu.Unlock()
	for {
		x, next := p.pick()
		if x == nil {
			return next
		}
		p.begin(x)
		h, q := x.host, p.questionOf(x)
		work.Go(func() { p.run(ctx, h, x, q) })
	}
}

func (p *Prober) begin(x *target) {
	x.unqueue()
	x.busy, x.asked, x.again = true, p.now(), false
	x.host.running++
	p.running++
}

func (p *Prober) run(ctx context.Context, h *host, x *target, q question) {
	asking, cancel := context.WithTimeout(ctx, probeTimeout)
	f := p.ask(asking, h, q)
	cancel()
	p.mu.Lock()
	defer p.mu.Unlock()
	h.running--
	p.running--
	x.busy = false
	nudge(p.wake)
	switch {
	case ctx.Err() != nil, p.targets[x.Target] != x:
		// Nobody asks any more.
	case x.host == nil:
		// Taken off the list meanwhile; that is recorded.
	case x.host != h:
		p.enqueue(x, p.now()) // by what the registry is configured as now
	case paused(f.err):
		// Nothing was learned. The target that met the pause tells of it.
		p.enqueue(x, p.afterPause(x))
		p.silence(h)
	default:
		p.take(x, q, f)
		p.enqueue(x, p.next(x))
		if x.answer.Failure.is(RateLimited) {
			p.silence(h)
		}
	}
}

// tell notifies of what changed, outside the mutex and off the way of everything else.
func (p *Prober) tell(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case <-p.news:
		}
		for _, app := range p.takeUntold() {
			if ctx.Err() != nil {
				return
			}
			p.options.Notify(app)
		}
	}
}

func (p *Prober) takeUntold() []string {
	p.mu.Lock()
	defer p.mu.Unlock()
	apps := make([]string, 0, len(p.untold))
	for app := range p.untold {
		apps = append(apps, app)
	}
	clear(p.untold)
	slices.Sort(apps)
	return apps
}
