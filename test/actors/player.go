package actors

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"sync"
	"time"

	"k8s.io/client-go/dynamic"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/util/workqueue"
)

const (
	// atOnce is how many objects an actor works on at the same time; those that wait for their next step do not count.
	atOnce = 32
	// After an error the next try comes after 20 ms, then twice as long each time, at most 2 s.
	firstRetry, lastRetry = 20 * time.Millisecond, 2 * time.Second
)

// script is what an actor does about one object. It is played again whenever something changes, so it
// begins with a look at what is there already.
type script func(*scene) error

// player plays the scripts of one actor, one at a time for each object.
type player struct {
	view     *view
	dynamic  dynamic.Interface
	stage    *stage
	scripts  map[kind]script
	watched  map[kind]bool
	extras   []func(context.Context) // run beside the scripts
	restarts bool                    // a new Behaviour is a heartbeat too

	queue   workqueue.TypedRateLimitingInterface[key]
	slots   chan struct{}
	memory  memory
	beating sync.Map // keys whose next scene is a heartbeat
}

func newPlayer(config *rest.Config, userAgent string, v *view, s *stage) (*player, error) {
	client, err := dynamic.NewForConfig(clientConfig(config, userAgent))
	if err != nil {
		return nil, fmt.Errorf("making the client of %s: %w", userAgent, err)
	}
	limiter := workqueue.NewTypedItemExponentialFailureRateLimiter[key](firstRetry, lastRetry)
	return &player{
		view: v, dynamic: client, stage: s, scripts: map[kind]script{}, watched: map[kind]bool{},
		queue: workqueue.NewTypedRateLimitingQueue(limiter), slots: make(chan struct{}, atOnce),
	}, nil
}

// on plays the script for each object of the kind.
func (p *player) on(k kind, play script) error {
	p.scripts[k] = play
	return p.also(k, func(o *object) []key { return []key{keyOf(k, o)} })
}

// also plays the scripts of other objects when an object of this kind changes.
func (p *player) also(k kind, concerned func(*object) []key) error {
	p.watched[k] = true
	return p.view.watch(k, func(o *object) {
		p.memory.saw(keyOf(k, o), o)
		for _, other := range concerned(o) {
			p.queue.Add(other)
		}
	})
}

// every plays a heartbeat of each object of the kind. Zero: never.
func (p *player) every(interval time.Duration, k kind) {
	if interval <= 0 {
		return
	}
	p.extras = append(p.extras, func(ctx context.Context) {
		for sleep(ctx, interval) {
			p.all(true, k)
		}
	})
}

// whenever plays all objects of the kinds, each time the channel that it asks for is closed.
func (p *player) whenever(changed func() <-chan struct{}, beat bool, kinds ...kind) {
	p.extras = append(p.extras, func(ctx context.Context) {
		next := changed()
		for {
			select {
			case <-ctx.Done():
				return
			case <-next:
			}
			next = changed() // before the objects are listed, or a change in between is lost
			p.all(beat, kinds...)
		}
	})
}

// all objects of the kinds are played, as a heartbeat or as if they had changed.
func (p *player) all(beat bool, kinds ...kind) {
	for _, k := range kinds {
		for _, o := range p.view.list(k, "") {
			if beat {
				p.beating.Store(keyOf(k, o), true)
			}
			p.queue.Add(keyOf(k, o))
		}
	}
}

// run returns when the context has ended and every script with it.
func (p *player) run(ctx context.Context) {
	var running sync.WaitGroup
	defer running.Wait()
	newBehaviour := func() <-chan struct{} { _, changed := p.stage.now(); return changed }
	p.whenever(newBehaviour, p.restarts, slices.Collect(maps.Keys(p.scripts))...)
	for _, extra := range p.extras {
		running.Go(func() { extra(ctx) })
	}
	stop := context.AfterFunc(ctx, p.queue.ShutDown)
	defer stop()
	select {
	case <-p.view.ready:
	case <-ctx.Done():
	}
	for {
		k, shutdown := p.queue.Get()
		if shutdown {
			return
		}
		running.Go(func() {
			defer p.queue.Done(k)
			p.play(ctx, k)
		})
	}
}

// play plays the script for one object. After an error it is played again, later each time.
func (p *player) play(ctx context.Context, k key) {
	_, beat := p.beating.LoadAndDelete(k)
	if behaviour, _ := p.stage.now(); behaviour.Absent || !p.enter(ctx) {
		return
	}
	defer p.leave()
	behaviour, changed := p.stage.now() // not before the place was free: on a busy machine that takes long
	if behaviour.Absent {
		return
	}
	s := &scene{player: p, ctx: ctx, key: k, behaviour: behaviour, changed: changed, beat: beat}
	s.object = s.get(k.kind, k.namespace, k.name)
	err := p.scripts[k.kind](s)
	if err != nil && !errors.Is(err, errNewBehaviour) && ctx.Err() == nil {
		if beat {
			p.beating.Store(k, true)
		}
		p.queue.AddRateLimited(k)
		return
	}
	p.queue.Forget(k)
}

func (p *player) enter(ctx context.Context) bool {
	select {
	case <-ctx.Done():
		return false
	case p.slots <- struct{}{}:
		return true
	}
}

func (p *player) leave() { <-p.slots }

func keyOf(k kind, o *object) key {
	return key{k, o.GetNamespace(), o.GetName()}
}
