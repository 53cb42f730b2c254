package main

import (
	"context"
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"k8s.io/apimachinery/pkg/types"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/explain"
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

// explain is the text of afroctl.
func (s *story) explain(app *v1alpha1.AfroApp) {
	s.ran(fmt.Sprintf("kubectl get afro %s -n %s -o yaml | afroctl explain-status -f -", app.Name, app.Namespace))
	for line := range strings.Lines(explain.Explain(app)) {
		for _, part := range folded(strings.TrimRight(line, "\n"), s.width) {
			s.printf("%s", s.painted(part))
		}
	}
}

// folded breaks a line that does not fit between its fields, which two spaces part: the first one has an image and a URL.
func folded(line string, width int) []string {
	fields := strings.Split(line, "  ")
	if len([]rune(line)) <= width || fields[0] == "" {
		return []string{line}
	}
	parts := fields[:1]
	for _, f := range fields[1:] {
		last := len(parts) - 1
		if len([]rune(parts[last]))+2+len([]rune(f)) <= width {
			parts[last] += "  " + f
		} else {
			parts = append(parts, "  "+f)
		}
	}
	return parts
}

// marks of hops, as afroctl prints them.
var marks = map[string]style{"ok": green, "..": yellow, "!!": red, "??": yellow, "--": dim}

// painted is a line of afroctl with its mark in colour.
func (s *Screen) painted(line string) string {
	for mark, colour := range marks {
		if rest, ok := strings.CutPrefix(line, "  "+mark+"  "); ok {
			return "  " + s.in(colour, mark) + "  " + rest
		}
	}
	if strings.HasPrefix(line, "Stuck at ") {
		return s.in(red, line)
	}
	return line
}

// cost says how many requests the operator sent for the app so far.
func (s *story) cost(began string) {
	b := s.bill()
	s.say("%s the operator sent %d requests for an app with %d children: %d for the children, %d for the finalizer, %d for the "+
		"status, and %d reads.", began, b.total(), len(s.plans.app), b.children, b.finalizer, b.status, b.reads)
}

// bill of the app so far.
func (s *story) bill() bill {
	return s.operator.billOf(s.files.app.GetNamespace(), s.files.app.GetName(), s.plans.app)
}
