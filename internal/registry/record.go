package registry

import (
	"errors"
	"fmt"
)

func paused(err error) bool {
	var p *pausedError
	return errors.As(err, &p)
}

// take draws from a probe what is known now.
func (p *Prober) take(x *target, q question, f finding) {
	if q.diagnose {
		x.diagnose = false
	}
	now := p.now()
	x.heard = now
	a := x.answer
	if f.digest != "" {
		a = p.answered(x, f)
	}
	if f.diagnosis != nil {
		a.Diagnosis, x.diagnosed = f.diagnosis, now
	}
	if f.err != nil {
		a.Failure = failureOf(f.err, q.Target)
		x.failures++
		p.metrics.failed(x.host.config.Host, a.Failure.Kind)
	} else {
		a.Failure, x.failures = nil, 0
		p.metrics.succeeded(x.host.config.Host, now)
	}
	if f.digest != "" || a.Failure.is(NotFound) {
		a.Checked = now
	}
	p.record(x, a)
}

// silentIntervals without a word are a failure, where the registry wants to be left alone.
const silentIntervals = 2

// silence tells of those who have not had their turn for long, because each pause ends with one question and begins anew: what
// was heard of them before is no proof for ever.
func (p *Prober) silence(h *host) {
	now := p.now()
	if !h.gate.pausedUntil().After(now) {
		return
	}
	for x := range h.targets {
		if x.answer.Failure == nil && now.Sub(x.heard) >= silentIntervals*max(h.config.Interval, p.options.Gap) {
			a := x.answer
			a.Failure = &Failure{Kind: RateLimited, Message: "the registry asks for pauses, and this image has not had its turn"}
			p.record(x, a)
		}
	}
}

// answered is an answer with a digest in it.
func (p *Prober) answered(x *target, f finding) Answer {
	a := x.answer
	if a.Digest != f.digest {
		a = Answer{DigestSince: p.now()}
	}
	if f.err == nil || f.children != nil {
		a.Children = f.children // they belong to the digest: one question that fails takes none away
	}
	a.Tag, a.Digest, a.MediaType = f.tag, f.digest, f.mediaType
	a.Reference = reference(x.Target, f.tag)
	return a
}

func reference(t Target, tag string) string {
	t.Image.Tag = tag
	if tag == "" && t.Image.Digest == "" {
		return t.Image.Name()
	}
	return t.Image.String()
}

// refused is the answer about a registry that is not allowed, or not as it was named.
func (p *Prober) refused(x *target) Answer {
	a := x.answer
	if err := p.broken[x.Image.Registry]; err != nil {
		a.Failure = &Failure{Kind: Unreachable, Message: cut("the platform's settings of registry " + x.Image.Registry + ": " + err.Error())}
		return a
	}
	a.Failure = &Failure{Kind: NotAllowed, Message: fmt.Sprintf("the platform does not list the registry %s", x.Image.Registry)}
	return a
}

// record keeps an answer, and has its apps told if it says something new.
func (p *Prober) record(x *target, a Answer) {
	if a.Reference == "" {
		a.Reference = reference(x.Target, x.Image.Tag)
	}
	if a.Failure != nil {
		a.Failure = a.Failure.after(x.answer.Failure, p.now())
	}
	same := x.answered && x.answer.sameAs(a)
	x.answer, x.answered = a, true
	if same {
		return
	}
	for app := range x.apps {
		p.untold[app] = struct{}{}
	}
	nudge(p.news)
}
