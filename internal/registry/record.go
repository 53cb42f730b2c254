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

// answered is an answer with a digest in it.
func (p *Prober) answered(x *target, f finding) Answer {
	a := x.answer
	if a.Digest != f.digest {
		a = Answer{DigestSince: p.now()}
	}
	a.Tag, a.Digest, a.MediaType, a.Children = f.tag, f.digest, f.mediaType, f.children
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

// refused is the answer about a registry that is not allowed.
func refused(x *target) Answer {
	a := x.answer
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
