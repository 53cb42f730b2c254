package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// How long each part may take before the demo gives up. A busy machine needs far more than an idle one.
const (
	buildLimit   = time.Hour
	startLimit   = 3 * time.Minute
	installLimit = time.Minute
	appLimit     = time.Minute
	readyLimit   = 2 * time.Minute
)

// every is how often a wait looks.
const every = 200 * time.Millisecond

// errNotYet says what was seen instead of what is waited for.
type errNotYet struct{ seen string }

func (e errNotYet) Error() string { return e.seen }

func notYet(format string, args ...any) error { return errNotYet{fmt.Sprintf(format, args...)} }

// until looks again and again until there is no error, and gives up with what it saw last. Errors that are no errNotYet
// end it at once.
func until(ctx context.Context, limit time.Duration, what string, look func(context.Context) error) error {
	deadline := time.Now().Add(limit)
	for {
		err := look(ctx)
		if err == nil || !errors.As(err, &errNotYet{}) {
			return err
		}
		if time.Now().After(deadline) {
			return fmt.Errorf("%s: not within %s; last seen: %w", what, limit, err)
		}
		if err := sleep(ctx, every); err != nil {
			return err
		}
	}
}

// sleep ends early, with an error, when the context does.
func sleep(ctx context.Context, d time.Duration) error {
	select {
	case <-ctx.Done():
		return context.Cause(ctx)
	case <-time.After(d):
		return nil
	}
}

// appWhen waits until the app is as it is wanted.
func (s *story) appWhen(ctx context.Context, limit time.Duration, what string, is func(*v1alpha1.AfroApp) error) (app *v1alpha1.AfroApp, err error) {
	err = s.during(ctx, "waiting for "+what, func(ctx context.Context, _ func(string)) error {
		return until(ctx, limit, what, func(ctx context.Context) error {
			if app, err = s.world.app(ctx, s.files.app); err != nil {
				return err
			}
			return is(app)
		})
	})
	return app, err
}
