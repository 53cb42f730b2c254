package main

import (
	"context"
	"errors"
	"time"
)

// Demo is what is shown, and where.
type Demo struct {
	*Screen
	Actors bool // the peers are played
	Keep   bool // it stays until the context ends
}

// Run shows it. Whatever happens, what was started is ended when it returns.
func (d Demo) Run(ctx context.Context) error {
	log := keepLog()
	st, err := d.prepare()
	if err != nil {
		return err
	}
	err = st.tell(ctx)
	if ctx.Err() == nil {
		err = log.explain(err)
	}
	return errors.Join(err, d.tidy(st))
}

// errLeft says that something is still there that the demo started.
type errLeft struct{ error }

// Unwrap gives the cause.
func (e errLeft) Unwrap() error { return e.error }

// story is one showing, as far as it has come.
type story struct {
	Demo
	files    *files
	plans    plans
	assets   string
	world    *world
	operator *operator
	cast     *cast
	shelf    *shelf
	choir    *choir
	begun    time.Time // when the app was applied
	stranded string    // digest of the image that does not arrive
}

func (d Demo) prepare() (*story, error) {
	f, err := readFiles()
	if err != nil {
		return nil, err
	}
	p, err := f.plans()
	if err != nil {
		return nil, err
	}
	r, err := openShelf(f)
	return &story{Demo: d, files: f, plans: p, shelf: r}, err
}

// tell shows one part after the other.
func (s *story) tell(ctx context.Context) error {
	s.title()
	parts := []func(context.Context) error{s.controlPlane, s.install, s.runOperator, s.apply, s.expanded}
	if s.Actors {
		parts = append(parts, s.toReady, s.atRest, s.breaks, s.mends, s.pushed, s.named, s.delivered)
	} else {
		parts = append(parts, s.waits, s.stuck)
	}
	for _, part := range append(parts, s.last) {
		if err := part(ctx); err != nil {
			return err
		}
	}
	return nil
}

func (s *story) title() {
	s.printf("%s", s.in(bold, "AfroApp: one YAML, the whole app"))
	peers := "No peer is here: Argo CD, image-updater, CloudNativePG and the others are not running."
	if s.Actors {
		peers = "The peers are played: programs that answer as Argo CD, image-updater, CloudNativePG and the others do."
	}
	s.say("The API server, its controllers and the operator are real, and run on this machine; so does a registry, "+
		"which bears the name %s here. %s", s.shelf.image.Registry, peers)
}

// last says what may be done now.
func (s *story) last(ctx context.Context) error {
	s.printf("")
	if s.Keep {
		return s.stay(ctx)
	}
	if !s.Actors {
		s.say("With the peers played it becomes Ready: make demo ACTORS=1. To look around: make demo KEEP=1.")
	} else {
		s.say("To look around: make demo ACTORS=1 KEEP=1.")
	}
	return nil
}

// tidy ends everything, last first.
func (d Demo) tidy(s *story) error {
	return d.during(context.Background(), "ending what was started", func(context.Context, func(string)) error {
		err := s.cast.end()
		if s.operator != nil {
			err = errors.Join(err, s.operator.stop())
		}
		if s.world != nil {
			err = errors.Join(err, s.world.plane.Stop())
		}
		s.shelf.close()
		if err != nil {
			return errLeft{err}
		}
		return nil
	})
}
