package registry

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/google/go-containerregistry/pkg/name"
)

const (
	defaultInterval = 5 * time.Minute
	defaultRate     = 5
)

// Registry that may be asked.
type Registry struct {
	// Host, with its port, as image references name it. Docker Hub is docker.io.
	Host string
	// PlainHTTP: the registry is asked by http, and only so.
	PlainHTTP bool
	// CABundle in PEM is trusted beside the system's certificates.
	CABundle []byte
	// Interval at which each target is asked for. Default: 5 minutes.
	Interval time.Duration
	// RequestsPerSecond of all kinds, tokens included, and as many at once after a rest. Default: 5.
	RequestsPerSecond int
}

func (r Registry) withDefaults() Registry {
	if r.Interval <= 0 {
		r.Interval = defaultInterval
	}
	if r.RequestsPerSecond <= 0 {
		r.RequestsPerSecond = defaultRate
	}
	return r
}

// reachedAs tells whether two configurations lead to the same server in the same way.
func (r Registry) reachedAs(o Registry) bool {
	return r.Host == o.Host && r.PlainHTTP == o.PlainHTTP && bytes.Equal(r.CABundle, o.CABundle)
}

// canonicalHost is one name for Docker Hub's many.
func canonicalHost(host string) string {
	host = strings.ToLower(host)
	switch host {
	case "docker.io", "registry-1.docker.io":
		return name.DefaultRegistry
	}
	return host
}

// host is a registry that may be asked. The prober's mutex guards what changes.
type host struct {
	config   Registry
	registry name.Registry
	gate     *gate
	guard    *guard
	sessions map[string]*session // by Secret
	targets  map[*target]struct{}

	soon, turn queue
	running    int
}

// Configure names the registries that may be asked, in place of those named before. Those that stay as they are notice
// nothing. The error names what is wrong with one; the others are configured.
func (p *Prober) Configure(registries []Registry) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.configured = true
	var errs []error
	stay := map[string]bool{}
	p.broken = map[string]error{}
	for _, r := range registries {
		r = r.withDefaults()
		key := canonicalHost(r.Host)
		if stay[key] {
			errs = append(errs, fmt.Errorf("registry %s is listed twice", r.Host))
			continue
		}
		if err := p.configure(key, r); err != nil {
			p.broken[key] = err
			errs = append(errs, fmt.Errorf("registry %s: %w", r.Host, err))
			continue
		}
		stay[key] = true
		p.metrics.interval.WithLabelValues(r.Host).Set(r.Interval.Seconds())
	}
	for key := range p.hosts {
		if !stay[key] {
			p.remove(key)
		}
	}
	p.readmit()
	return errors.Join(errs...)
}

func (p *Prober) configure(key string, r Registry) error {
	if old := p.hosts[key]; old != nil {
		if old.config.reachedAs(r) {
			p.adjust(old, r)
			return nil
		}
		p.remove(key)
	}
	h, err := p.newHost(key, r)
	if err != nil {
		return err
	}
	p.hosts[key] = h
	return nil
}

// adjust changes how often a registry is asked.
func (p *Prober) adjust(h *host, r Registry) {
	if h.config.RequestsPerSecond != r.RequestsPerSecond {
		h.gate.setRate(r.RequestsPerSecond)
	}
	sooner := r.Interval < h.config.Interval
	h.config = r
	if !sooner {
		return
	}
	for x := range h.targets {
		if due := p.now().Add(p.spread(r.Interval)); x.queue != nil && due.Before(x.due) {
			p.enqueue(x, due)
		}
	}
}

func (p *Prober) newHost(key string, r Registry) (*host, error) {
	var options []name.Option
	if r.PlainHTTP {
		options = append(options, name.Insecure)
	}
	reg, err := name.NewRegistry(key, append(options, name.StrictValidation)...)
	if err != nil {
		return nil, errors.New("no name of a registry")
	}
	base, err := baseTransport(p.options.Transport, r.CABundle)
	if err != nil {
		return nil, err
	}
	g := newGate(p.options.Clock, r.RequestsPerSecond)
	return &host{
		config: r, registry: reg, gate: g, sessions: map[string]*session{}, targets: map[*target]struct{}{},
		guard: &guard{
			address: reg.RegistryStr(), label: r.Host, plain: r.PlainHTTP, heuristic: reg.Scheme() == "http" && !r.PlainHTTP,
			base: base, gate: g, clock: p.options.Clock, metrics: p.metrics,
			headerTimeout: p.options.HeaderTimeout, timeout: p.options.RequestTimeout,
		},
	}, nil
}

// remove takes a registry away. Its targets have none until they are admitted again.
func (p *Prober) remove(key string) {
	h := p.hosts[key]
	delete(p.hosts, key)
	for x := range h.targets {
		x.unqueue()
		x.host = nil
	}
	h.close()
	p.metrics.drop(h.config.Host)
}

// readmit gives every target without a registry to the one that has come, or has it told that there is none.
func (p *Prober) readmit() {
	for _, x := range p.targets {
		if x.host == nil {
			p.admit(x)
		}
	}
}

func (h *host) adopt(x *target) {
	h.targets[x] = struct{}{}
	s := h.sessions[x.Secret]
	if s == nil {
		s = &session{secret: x.Secret}
		h.sessions[x.Secret] = s
	}
	s.targets++
}

// forget drops a target, and with the last one of a Secret what was read from it.
func (h *host) forget(x *target) {
	x.unqueue()
	delete(h.targets, x)
	s := h.sessions[x.Secret]
	if s.targets--; s.targets == 0 {
		delete(h.sessions, x.Secret)
	}
	s.left.Add(1)
	if len(h.targets) == 0 {
		// A registry that nobody follows anything of is not silent.
		h.guard.metrics.success.DeleteLabelValues(h.guard.label)
	}
}

func (h *host) close() {
	if c, ok := h.guard.base.(interface{ CloseIdleConnections() }); ok && h.guard.base != http.DefaultTransport {
		c.CloseIdleConnections()
	}
}
