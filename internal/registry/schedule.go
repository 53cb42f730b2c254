package registry

import "time"

const (
	perHost = 4
	inAll   = 16
	// leastBackoff is how far apart the probes of a target that keeps failing get, where the interval is shorter.
	leastBackoff = 10 * time.Minute
)

// admit gives a target to its registry, if that is allowed.
func (p *Prober) admit(x *target) {
	x.host = p.hosts[x.Image.Registry]
	if x.host == nil {
		if p.configured {
			p.record(x, p.refused(x))
		}
		return
	}
	x.host.adopt(x)
	x.failures = 0
	p.enqueue(x, p.soonest(x))
}

// enqueue makes a target due. A running probe does so itself when it ends.
func (p *Prober) enqueue(x *target, due time.Time) {
	if x.busy {
		return
	}
	x.unqueue()
	x.due = due
	if x.soon {
		x.host.soon.push(x)
	} else {
		x.host.turn.push(x)
	}
	nudge(p.wake)
}

// hasten makes a target due as soon as the gap allows.
func (p *Prober) hasten(x *target) {
	if x.host == nil {
		return
	}
	x.soon, x.again = true, x.busy
	p.enqueue(x, p.soonest(x))
}

func (p *Prober) soonest(x *target) time.Time {
	if x.asked.IsZero() {
		return p.now()
	}
	at := x.asked.Add(p.options.Gap)
	if now := p.now(); at.Before(now) {
		return now
	}
	return at.Add(p.share(p.options.Gap))
}

// share is up to a tenth of a pause, by jitter.
func (p *Prober) share(d time.Duration) time.Duration {
	return time.Duration(p.options.Jitter() * float64(d) / 10)
}

// spread is a pause give or take a tenth of it.
func (p *Prober) spread(d time.Duration) time.Duration { return d - d/10 + 2*p.share(d) }

// afterPause is when a target that could not be asked for is due again, in the place that it had.
func (p *Prober) afterPause(x *target) time.Time {
	now := p.now()
	until := x.host.gate.pausedUntil()
	return until.Add(p.share(max(0, until.Sub(now))))
}

// next is when a target that was just probed is due again.
func (p *Prober) next(x *target) time.Time {
	now := p.now()
	if x.again {
		x.again, x.soon = false, true
		return p.soonest(x)
	}
	x.soon = false
	pause := max(x.host.config.Interval, p.options.Gap)
	if x.failures > 0 {
		pause = backoff(p.options.Retry, x.failures, max(x.host.config.Interval, leastBackoff))
	}
	due := now.Add(p.spread(pause))
	if until := x.host.gate.pausedUntil(); due.Before(until) {
		due = until.Add(p.share(until.Sub(now)))
	}
	return due
}

func backoff(first time.Duration, failures int, most time.Duration) time.Duration {
	d := first
	for range failures - 1 {
		if d *= 2; d >= most {
			return most
		}
	}
	return min(d, most)
}

// pick is the target to probe now; nil and a time when there is none before that time, and zero when none before
// something else happens.
func (p *Prober) pick() (*target, time.Time) {
	now := p.now()
	var best *target
	var next time.Time
	for _, h := range p.hosts {
		// One of each registry is always let through, so that many slow ones don't hold up another.
		if h.running >= perHost || p.running >= inAll && h.running > 0 {
			continue
		}
		x, at := h.first(now)
		switch {
		case x != nil && (best == nil || x.due.Before(best.due)):
			best = x
		case x == nil && !at.IsZero() && (next.IsZero() || at.Before(next)):
			next = at
		}
	}
	return best, next
}

// first of a registry's targets that is due, or when one will be.
func (h *host) first(now time.Time) (*target, time.Time) {
	soon, turn := h.soon.first(), h.turn.first()
	x := soon
	if x == nil || turn != nil && x.due.After(now) && turn.due.Before(x.due) {
		x = turn
	}
	if x == nil {
		return nil, time.Time{}
	}
	at := x.due
	if until := h.gate.pausedUntil(); until.After(at) {
		at = until
	}
	if at.After(now) {
		return nil, at
	}
	return x, time.Time{}
}
