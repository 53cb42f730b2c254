package actors

import (
	"context"
	"sync"

	"k8s.io/client-go/rest"
)

// Actor plays one peer.
type Actor interface {
	// Name of the peer, for people.
	Name() string
	// Run plays until the context ends. It may be run again afterwards, as a peer that restarts.
	Run(ctx context.Context) error
}

// role is what actors are made of. Its exported methods are theirs.
type role struct {
	name      string
	userAgent string // what stands before the slash is the field manager, as for any client
	config    *rest.Config
	stage     *stage
	cast      func(*player) error // says which kinds are watched, and what is played for each
}

func newRole(config *rest.Config, name, userAgent string, modes ...Mode) role {
	return role{name: name, userAgent: userAgent, config: config, stage: newStage(modes)}
}

// Name of the peer.
func (r *role) Name() string { return r.name }

// Behave changes how the actor plays, at once and for everything that exists. Scripts under way begin anew.
// A mode that this actor does not know is an error, and changes nothing.
func (r *role) Behave(change func(*Behaviour)) error { return r.stage.change(change) }

// Run plays alone, with watches of its own.
func (r *role) Run(ctx context.Context) error { return together(ctx, r.config, r) }

// together plays several roles in front of one view.
func together(ctx context.Context, config *rest.Config, roles ...*role) error {
	v, err := newView(config)
	if err != nil {
		return err
	}
	var players []*player
	for _, r := range roles {
		p, err := newPlayer(r.config, r.userAgent, v, r.stage)
		if err != nil {
			return err
		}
		defer p.queue.ShutDown()
		if err := r.cast(p); err != nil {
			return err
		}
		players = append(players, p)
	}
	var running sync.WaitGroup
	running.Go(func() { v.run(ctx) })
	for _, p := range players {
		running.Go(func() { p.run(ctx) })
	}
	running.Wait()
	return nil
}
