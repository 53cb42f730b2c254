package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/test/actors"
)

// toReady shows what the peers say while they say it, and what the operator tells of it.
func (s *story) toReady(ctx context.Context) error {
	s.step("The peers answer")
	hops := map[string]v1alpha1.HopState{}
	err := until(ctx, readyLimit, "the app to be Ready", func(ctx context.Context) error {
		if err := s.hear(ctx); err != nil {
			return err
		}
		app, err := s.world.app(ctx, s.files.app)
		if err != nil {
			return err
		}
		s.turned(app, hops)
		return isReady(app)
	})
	if err != nil {
		return err
	}
	s.printf("")
	s.good("Ready after %s", seconds(s.begun))
	s.printf("")
	if err := s.getAfro(ctx); err != nil {
		return err
	}
	s.printf("")
	s.cost("Until then")
	return nil
}

// hear prints what peers say anew.
func (s *story) hear(ctx context.Context) error {
	news, err := s.choir.listen(ctx)
	for _, r := range news {
		s.printf("%s%s", s.in(dim, s.at()), cut(fmt.Sprintf("  %-8s  %-13s  %s", r.lane, r.peer, r.text), min(columns, s.width)-len(s.at())))
	}
	return err
}

// at is the time since the app was applied.
func (s *story) at() string { return fmt.Sprintf("%5.1f s", time.Since(s.begun).Seconds()) }

// turned prints the hops whose state is another one since the last status, by state.
func (s *story) turned(app *v1alpha1.AfroApp, was map[string]v1alpha1.HopState) {
	by := map[v1alpha1.HopState][]string{}
	for _, h := range app.Status.Hops {
		if was[h.Name] != h.State {
			was[h.Name] = h.State
			by[h.State] = append(by[h.State], h.Name)
		}
	}
	if len(by) == 0 {
		return
	}
	head := fmt.Sprintf("%s  AfroApp   Ready is %s", s.at(), condition(app, v1alpha1.ConditionReady).Status)
	s.printf("%s", s.in(bold, head))
	for _, state := range []struct {
		state v1alpha1.HopState
		mark  string
	}{
		{v1alpha1.HopPassed, "ok"}, {v1alpha1.HopWaiting, ".."}, {v1alpha1.HopUnknown, "??"}, {v1alpha1.HopStuck, "!!"}, {v1alpha1.HopNotProbed, "--"},
	} {
		if names := by[state.state]; len(names) > 0 {
			s.item("                   ", marks[state.mark], state.mark, strings.Join(names, ", "))
		}
	}
}

func isReady(app *v1alpha1.AfroApp) error {
	if c := condition(app, v1alpha1.ConditionReady); c.Status != "True" {
		return notYet("Ready is %s (%s): %s", c.Status, c.Reason, c.Message)
	}
	return nil
}

// restTime is how long the operator is watched doing nothing.
const restTime = 5 * time.Second

// atRest counts what an app costs that is Ready, while its peers move timestamps.
func (s *story) atRest(ctx context.Context) error {
	mark := s.operator.mark()
	if err := s.during(ctx, "watching it rest", func(ctx context.Context, _ func(string)) error { return sleep(ctx, restTime) }); err != nil {
		return err
	}
	s.say("Then it rests: in the next %.0f seconds, with heartbeats of the peers in each, the operator sends %d requests.",
		restTime.Seconds(), len(s.operator.since(mark)))
	return nil
}

// breaks takes the key of the object store away. CloudNativePG stays healthy, and so does everything that looks at its phase.
func (s *story) breaks(ctx context.Context) error {
	s.step("One hop breaks: the key of the backup bucket is revoked")
	began := time.Now()
	if err := s.cast.CNPG.Behave(func(b *actors.Behaviour) { b.Mode = actors.WrongKey }); err != nil {
		return err
	}
	app, err := s.appWhen(ctx, appLimit, "the operator to name the hop", func(app *v1alpha1.AfroApp) error {
		if app.Status.StuckAt == nil {
			return notYet("nothing is stuck")
		}
		return nil
	})
	if err != nil {
		return err
	}
	took := seconds(began)
	s.say("No WAL reaches the bucket any more. CloudNativePG's phase does not change, and whoever looks at it sees nothing:")
	s.printf("")
	if err := s.phase(ctx); err != nil {
		return err
	}
	if err := s.getAfro(ctx); err != nil {
		return err
	}
	s.printf("")
	s.explain(app)
	s.printf("")
	s.say("Named %s after it broke: the hop, since when, the cause in the words of the system that shrugged, and what to do.", took)
	return nil
}

// phase is what people look at.
func (s *story) phase(ctx context.Context) error {
	cluster, ok := s.plans.of(foreign.Cluster.Kind)
	if !ok {
		return fmt.Errorf("%s has no managed Cluster to break", samplePlatform)
	}
	live, err := s.world.live(ctx, cluster)
	if err != nil {
		return err
	}
	s.ran(fmt.Sprintf("kubectl get clusters.postgresql.cnpg.io %s -n %s -o jsonpath={.status.phase}", live.GetName(), live.GetNamespace()))
	s.printf("%s", text(live, "phase"))
	s.printf("")
	return nil
}

// mends gives the key back.
func (s *story) mends(ctx context.Context) error {
	s.step("Mended")
	before, began := s.bill(), time.Now()
	if err := s.cast.CNPG.Behave(func(b *actors.Behaviour) { b.Mode = "" }); err != nil {
		return err
	}
	app, err := s.appWhen(ctx, readyLimit, "the app to be Ready again", isReady)
	if err != nil {
		return err
	}
	s.good("Ready again after %s, for the price of %s", seconds(began), requests(s.bill().total()-before.total()))
	s.printf("")
	if err := s.getAfro(ctx); err != nil {
		return err
	}
	if slices.ContainsFunc(app.Status.Hops, func(h v1alpha1.Hop) bool { return h.State == v1alpha1.HopNotProbed }) {
		s.printf("")
		s.say("True is what was seen. What this version does not look at is named in the status: %s.", strings.Join(notProbed(app), ", "))
	}
	return nil
}

func notProbed(app *v1alpha1.AfroApp) (names []string) {
	for _, h := range app.Status.Hops {
		if h.State == v1alpha1.HopNotProbed {
			names = append(names, h.Name)
		}
	}
	return names
}
