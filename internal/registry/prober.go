package registry

import (
	"context"
	"math/rand/v2"
	"net/http"
	"sync"
	"time"
)

// Keychain reads the .dockerconfigjson of a Secret.
type Keychain func(ctx context.Context, secret string) (dockerconfigjson []byte, err error)

// Clock of due times and limits. Timeouts of requests are the network's time, not the clock's.
type Clock interface {
	Now() time.Time
	After(time.Duration) <-chan time.Time
}

// Options of a Prober. All have defaults.
type Options struct {
	// Keychain reads Secrets. Nil: every target with a Secret fails.
	Keychain Keychain
	// Notify is called when an answer changed in something that anybody reads. It may be called often, and not at once.
	Notify func(app string)
	// Clock. Default: the real one.
	Clock Clock
	// Transport below the limits. Default: as http.DefaultTransport, with its proxies. An *http.Transport is cloned, and trusts the
	// CA bundles too; any other does its own TLS.
	Transport http.RoundTripper
	// Jitter gives numbers from 0 to 1 that spread the due times. Default: by chance.
	Jitter func() float64
	// Gap is the least time between two probes of a target. Default: 10 seconds.
	Gap time.Duration
	// Retry is the pause after a first failure; it doubles with each further one. Default: 30 seconds.
	Retry time.Duration
	// HeaderTimeout of a request. Default: 10 seconds.
	HeaderTimeout time.Duration
	// RequestTimeout of a request with its body. Default: 30 seconds.
	RequestTimeout time.Duration
}

// Prober asks registries. None of its methods but Start waits for anything.
type Prober struct {
	options  Options
	children *childCache
	metrics  *collectors
	// wake tells the dispatcher that something is due sooner than it thinks; news tells who notifies.
	wake, news chan struct{}

	mu sync.Mutex
	// configured: before that nobody knows which registries are allowed, and nothing is said of any.
	configured bool
	hosts      map[string]*host // by canonical name
	broken     map[string]error // why a registry that was named could not be configured
	targets    map[Target]*target
	apps       map[string]*target
	running    int
	untold     map[string]struct{} // apps to notify
}

// New prober of no registry. Configure names them, Start lets it run.
func New(o Options) *Prober {
	if o.Notify == nil {
		o.Notify = func(string) {}
	}
	if o.Clock == nil {
		o.Clock = realClock{}
	}
	if o.Jitter == nil {
		o.Jitter = rand.Float64
	}
	o.Gap = orDefault(o.Gap, 10*time.Second)
	o.Retry = orDefault(o.Retry, 30*time.Second)
	o.HeaderTimeout = orDefault(o.HeaderTimeout, 10*time.Second)
	o.RequestTimeout = orDefault(o.RequestTimeout, 30*time.Second)
	return &Prober{
		options: o, children: newChildCache(maxCachedIndexes), metrics: newCollectors(),
		wake: make(chan struct{}, 1), news: make(chan struct{}, 1),
		hosts: map[string]*host{}, targets: map[Target]*target{}, apps: map[string]*target{}, untold: map[string]struct{}{},
	}
}

func orDefault(d, otherwise time.Duration) time.Duration {
	if d > 0 {
		return d
	}
	return otherwise
}

type realClock struct{}

func (realClock) Now() time.Time                         { return time.Now() }
func (realClock) After(d time.Duration) <-chan time.Time { return time.After(d) }

// Follow lets an app follow a target, in place of the one it followed. Saying it again changes nothing.
func (p *Prober) Follow(app string, t Target) {
	t = t.canonical()
	p.mu.Lock()
	defer p.mu.Unlock()
	if old := p.apps[app]; old != nil {
		if old.Target == t {
			return
		}
		p.leave(app, old)
	}
	x := p.targets[t]
	if x == nil {
		x = newTarget(t)
		x.heard = p.now()
		p.targets[t] = x
		p.admit(x)
	}
	x.apps[app] = struct{}{}
	p.apps[app] = x
}

// Forget lets an app follow nothing.
func (p *Prober) Forget(app string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.apps[app]; x != nil {
		p.leave(app, x)
	}
}

// leave takes an app from its target, and away what nobody follows any more.
func (p *Prober) leave(app string, x *target) {
	delete(p.apps, app)
	delete(p.untold, app)
	delete(x.apps, app)
	if len(x.apps) > 0 {
		return
	}
	delete(p.targets, x.Target)
	if x.host != nil {
		x.host.forget(x)
	}
}

// Answer is what is known of an app's target; false while that is nothing.
func (p *Prober) Answer(app string) (Answer, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.apps[app]
	if x == nil || !x.answered {
		return Answer{}, false
	}
	return x.answer, true
}

// Soon asks for an app's target before its turn: something changed, and the answer is waited for.
func (p *Prober) Soon(app string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if x := p.apps[app]; x != nil {
		p.hasten(x)
	}
}

// Diagnose asks for what Answer's Diagnosis holds. What is known of the same digest is not asked for again before the
// registry's interval is over.
func (p *Prober) Diagnose(app string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	x := p.apps[app]
	if x == nil || x.host == nil || x.diagnose {
		return
	}
	if x.answer.Diagnosis != nil && p.now().Sub(x.diagnosed) < x.host.config.Interval {
		return
	}
	x.diagnose = true
	p.hasten(x)
}

func (p *Prober) now() time.Time { return p.options.Clock.Now() }

func nudge(c chan<- struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
