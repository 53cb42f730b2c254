package detection

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"time"

	"k8s.io/apimachinery/pkg/api/meta"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
)

const (
	// patience is how long, in real time, an app may take to be delivered before its scenario begins.
	patience = 90 * time.Second
	// limit is how long, on the stage's clock, a failure may stay unseen before it counts as missed.
	limit = 60
	// abreast is how many apps are done something for at once.
	abreast = 32
	// minute of the stage takes this long in real time: the peers' cycles take a second.
	minute = time.Second
)

// Run plays scenarios on a stage of their kind, all at once.
func Run(ctx context.Context, k Kind, all []Scenario) ([]Result, error) {
	s, err := Start(ctx, k)
	defer s.Stop()
	if err != nil {
		return nil, err
	}
	play := &run{Stage: s}
	for _, x := range all {
		play.apps = append(play.apps, s.app(x))
		play.results = append(play.results, Result{Stage: k.Name, Scenario: x, Found: never})
	}
	play.each(play.begin)
	play.each(play.delivered)
	play.each(play.breakIt)
	for m := 1; m <= limit && !play.done(m); m++ {
		s.Clock.Forward(time.Minute)
		play.each(func(i int) error { return play.minute(i, m) })
		time.Sleep(minute)
		play.each(func(i int) error { return play.look(i, m) })
	}
	return play.results, ctx.Err()
}

type run struct {
	*Stage
	apps    []*App
	results []Result
}

func (s *Stage) app(x Scenario) *App {
	a := &App{Scenario: x, Repository: "acme/" + x.Name}
	tag := x.Tag
	if tag == "" {
		tag = "latest"
	}
	a.Image = s.Host + "/" + a.Repository + ":" + tag
	a.Application = expand.ApplicationName(x.Name, x.Name)
	return a
}

// each does something for every app that can still be played, a few at once.
func (p *run) each(do func(i int) error) {
	var wait sync.WaitGroup
	slots := make(chan struct{}, abreast)
	for i := range p.apps {
		if p.results[i].Broken != nil {
			continue
		}
		slots <- struct{}{}
		wait.Go(func() {
			defer func() { <-slots }()
			if err := do(i); err != nil {
				p.results[i].Broken = err
			}
		})
	}
	wait.Wait()
}

// begin pushes the image of an app and applies it.
func (p *run) begin(i int) error {
	a := p.apps[i]
	if err := p.namespace(a.Name); err != nil {
		return err
	}
	if a.Before == nil {
		if err := p.Push(a); err != nil {
			return err
		}
	} else if err := a.Before(p.Stage, a); err != nil {
		return err
	}
	return p.ApplyApp(a, "")
}

// ApplyApp applies the AfroApp of a scenario, with annotations in YAML.
func (s *Stage) ApplyApp(a *App, annotations string) error {
	spec := a.Spec
	if spec != "" {
		spec = ", " + spec
	}
	return s.Apply(fmt.Sprintf("{apiVersion: platform.afrotomation.com/v1alpha1, kind: AfroApp, metadata: {name: %s, namespace: %s, annotations: {%s}}, spec: {image: %q%s}}",
		a.Name, a.Name, annotations, a.Image, spec))
}

// Push another image behind the tag of an app.
func (s *Stage) Push(a *App) error {
	_, err := s.Registry.PushImage(a.Repository, a.tag(), "linux/amd64")
	return err
}

func (a *App) tag() string { return a.Image[strings.LastIndex(a.Image, ":")+1:] }

// delivered waits until an app that is to be broken later is right first.
func (p *run) delivered(i int) error {
	if p.apps[i].Break == nil {
		return nil
	}
	deadline := time.Now().Add(patience)
	for {
		app, err := p.Get(p.apps[i])
		if err != nil {
			return err
		}
		if meta.IsStatusConditionTrue(app.Status.Conditions, v1alpha1.ConditionDelivered) {
			return nil
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("was never delivered: %s", hops(app))
		}
		time.Sleep(100 * time.Millisecond)
	}
}

func hops(app *v1alpha1.AfroApp) string {
	var out []string
	for _, h := range app.Status.Hops {
		if h.State != v1alpha1.HopPassed && h.State != v1alpha1.HopNotProbed {
			out = append(out, fmt.Sprintf("%s=%s(%s: %s)", h.Name, h.State, h.Reason, h.Message))
		}
	}
	return strings.Join(out, " ")
}

func (p *run) breakIt(i int) error {
	if p.apps[i].Break == nil {
		return nil
	}
	return p.apps[i].Break(p.Stage, p.apps[i])
}

// minute makes the operator look again: its own timers run by the real clock.
func (p *run) minute(i, m int) error {
	a := p.apps[i]
	if a.Each != nil {
		if err := a.Each(p.Stage, a, m); err != nil {
			return err
		}
	}
	app, err := p.Get(a)
	if err != nil {
		return err
	}
	return p.Merge(app, fmt.Sprintf(`{"metadata":{"annotations":{"example.com/minute":"%d"}}}`, m))
}

func (p *run) look(i, m int) error {
	r := &p.results[i]
	app, err := p.Get(p.apps[i])
	if err != nil {
		return err
	}
	at := app.Status.StuckAt
	if at == nil || r.Found >= 0 {
		return nil
	}
	if at.Hop == r.Scenario.Want.Hop && at.Reason == r.Scenario.Want.Reason {
		if at.Message == "" || at.Fix == "" || at.Since.IsZero() {
			return errors.New("the stuck line has not its four parts: " + at.Summary)
		}
		r.Found = time.Duration(m) * time.Minute
		return nil
	}
	r.Said = at.Hop + " " + at.Reason + ": " + at.Message
	return nil
}

// quiet is how long, in minutes, healthy apps are watched.
const quiet = 40

func (p *run) done(m int) bool {
	for _, r := range p.results {
		if r.Broken == nil && !r.Scenario.Healthy() && r.Found < 0 {
			return false
		}
	}
	return m > quiet
}
