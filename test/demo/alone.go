package main

import (
	"context"
	"encoding/json"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
)

// later is longer than the grace time of image-updater, and of most other peers.
const later = 15 * time.Minute

// waits shows an app that nobody answers: nothing is stuck yet, and nothing is called ready.
func (s *story) waits(ctx context.Context) error {
	s.step("Nobody answers")
	app, err := s.appWhen(ctx, appLimit, "the first status", func(app *v1alpha1.AfroApp) error {
		if c := condition(app, v1alpha1.ConditionApplied); c.Status != "True" {
			return notYet("Applied is %s: %s", c.Status, c.Message)
		}
		return nil
	})
	if err != nil {
		return err
	}
	if err := s.getAfro(ctx); err != nil {
		return err
	}
	ready := condition(app, v1alpha1.ConditionReady)
	s.printf("")
	s.say("Applied is True. Ready is %s, because nobody has said so: %s.", ready.Status, ready.Message)
	s.cost("So far")
	return nil
}

// stuck lets the grace times of the peers pass, and shows which hop is named.
func (s *story) stuck(ctx context.Context) error {
	s.step("A quarter of an hour later")
	s.say("A peer has some minutes before its silence counts as stuck. You need not wait: the operator's clock is put %.0f minutes "+
		"forward, and the app is touched so that it is looked at.", later.Minutes())
	s.operator.clock.forward(later)
	if err := s.touch(ctx); err != nil {
		return err
	}
	app, err := s.appWhen(ctx, appLimit, "the stuck line", func(app *v1alpha1.AfroApp) error {
		if app.Status.StuckAt == nil {
			return notYet("nothing is stuck; Ready is %s", condition(app, v1alpha1.ConditionReady).Status)
		}
		return nil
	})
	if err != nil {
		return err
	}
	s.printf("")
	if err := s.getAfro(ctx); err != nil {
		return err
	}
	s.printf("")
	s.explain(app)
	s.printf("")
	s.say("No peer is here to answer, so the app waits at %s.", app.Status.StuckAt.Hop)
	return nil
}

// touch is an annotation that means nothing: a spec that is not changed is looked at only when something happens, or a
// grace time ends by the real clock.
func (s *story) touch(ctx context.Context) error {
	patch, err := json.Marshal(map[string]any{"metadata": map[string]any{"annotations": map[string]any{"example.com/touched": time.Now().Format(time.RFC3339Nano)}}})
	if err != nil {
		return err
	}
	return s.world.admin.Patch(ctx, s.files.app.DeepCopy(), client.RawPatch(types.MergePatchType, patch), client.FieldOwner(person))
}
