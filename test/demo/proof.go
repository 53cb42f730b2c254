package main

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// moment is a time that is let pass, and what is to be seen of the app then.
type moment struct {
	after time.Duration
	says  string
	seen  func(*v1alpha1.AfroApp) error
}

// named lets the grace time pass, and shows the line that names the hop.
func (s *story) named(ctx context.Context) error {
	s.step("One line names the hop")
	s.say("The registry is asked every 5 minutes, and an image has a quarter of an hour to arrive. You need not wait: the clock of " +
		"the operator and of image-updater is put forward, and the app is touched so that it is looked at.")
	s.printf("")
	total := time.Duration(0)
	var app *v1alpha1.AfroApp
	for _, m := range []moment{
		{6 * time.Minute, "the operator has asked the registry, which serves another digest than the pods run", s.isServed},
		{5 * time.Minute, "nobody has written it, so the registry was asked why: the image is for no platform of the cluster", isDiagnosed},
		{16 * time.Minute, "the time to arrive is over", isNamed},
	} {
		if err := s.pass(ctx, m.after); err != nil {
			return err
		}
		total += m.after
		var err error
		if app, err = s.appWhen(ctx, appLimit, m.says, m.seen); err != nil {
			return err
		}
		s.good("%2.0f minutes later, by that clock: %s", m.after.Minutes(), m.says)
	}
	s.printf("")
	s.status(app)
	s.printf("")
	s.say("Named %.0f minutes after the push: the hop, since when, the cause, which no other status shows, and what to do.", total.Minutes())
	return nil
}

// stride is how far the clock is put forward at once: less than the time after which image-updater counts as gone.
const stride = 8 * time.Minute

// pass lets time pass, and image-updater look in it.
func (s *story) pass(ctx context.Context, d time.Duration) error {
	for d > 0 {
		step := min(d, stride)
		s.operator.clock.forward(step)
		if err := s.looks(ctx, 1); err != nil {
			return err
		}
		d -= step
	}
	return s.touch(ctx)
}

// isServed: the operator has seen the image that does not arrive.
func (s *story) isServed(app *v1alpha1.AfroApp) error {
	if i := app.Status.Image; i == nil || i.RegistryDigest != s.stranded || i.RunningDigest == s.stranded || i.InSyncSince != nil {
		return notYet("the image is %+v", i)
	}
	return nil
}

// isDiagnosed: the hop says what is wrong, and is not yet called stuck.
func isDiagnosed(app *v1alpha1.AfroApp) error {
	for _, h := range app.Status.Hops {
		if h.Name == v1alpha1.HopUpdater && h.State == v1alpha1.HopWaiting && strings.Contains(h.Message, "none of the platforms "+clusterPlatform) {
			return nil
		}
	}
	return notYet("hops %+v", app.Status.Hops)
}

func isNamed(app *v1alpha1.AfroApp) error {
	at := app.Status.StuckAt
	if at == nil || at.Hop != v1alpha1.HopUpdater || at.Reason != v1alpha1.ReasonPlatformMismatch || at.Message == "" || at.Fix == "" {
		return notYet("stuck at %+v", at)
	}
	if c := condition(app, v1alpha1.ConditionDelivered); c.Status != "False" {
		return notYet("Delivered is %s", c.Status)
	}
	return nil
}

// delivered pushes an image that fits, and shows the proof.
func (s *story) delivered(ctx context.Context) error {
	s.step("The fix, and the proof")
	before, err := s.world.running(ctx, s.plans)
	if err != nil {
		return err
	}
	s.build(clusterPlatform, otherPlatform)
	s.printf("")
	began := time.Now()
	digest, err := s.shelf.push(clusterPlatform, otherPlatform)
	if err != nil {
		return err
	}
	var app *v1alpha1.AfroApp
	var pods []string
	err = until(ctx, readyLimit, "the new image to be delivered", func(ctx context.Context) error {
		if err := s.hear(ctx); err != nil {
			return err
		}
		if app, err = s.world.app(ctx, s.files.app); err != nil {
			return err
		}
		if pods, err = s.world.running(ctx, s.plans); err != nil {
			return err
		}
		return isProven(app, pods, digest)
	})
	if err != nil {
		return err
	}
	if slices.ContainsFunc(pods, func(p string) bool { return slices.Contains(before, p) }) {
		return fmt.Errorf("no pod should be left as it was: there were %v and are %v", before, pods)
	}
	s.printf("")
	s.status(app)
	s.printf("")
	s.good("Delivered %s after the push, because these are one digest:", seconds(began))
	s.printf("    registry  %s", app.Status.Image.RegistryDigest)
	s.printf("    pods      %s", app.Status.Image.RunningDigest)
	return nil
}

// isProven: the operator says so, and so do the pods.
func isProven(app *v1alpha1.AfroApp, pods []string, digest string) error {
	if c := condition(app, v1alpha1.ConditionDelivered); c.Status != "True" {
		return notYet("Delivered is %s: %s", c.Status, c.Message)
	}
	if i := app.Status.Image; i.RegistryDigest != digest || i.RunningDigest != digest || app.Status.StuckAt != nil {
		return notYet("the image is %+v, stuck at %+v", i, app.Status.StuckAt)
	}
	if len(pods) == 0 || slices.ContainsFunc(pods, func(p string) bool { return !strings.HasSuffix(p, "@"+digest) }) {
		return notYet("the pods run %v", pods)
	}
	return isReady(app)
}

// running are the pods of the workload chart that are not leaving, and what runs in each.
func (w *world) running(ctx context.Context, p plans) (out []string, err error) {
	argo, ok := p.of(foreign.Application.Kind)
	if !ok {
		return nil, fmt.Errorf("no Application is planned")
	}
	list := &corev1.PodList{}
	if err := w.admin.List(ctx, list, client.InNamespace(workloadOf(argo).Object.GetNamespace())); err != nil {
		return nil, err
	}
	for _, pod := range list.Items {
		for _, c := range pod.Status.ContainerStatuses {
			if pod.DeletionTimestamp == nil {
				out = append(out, pod.Name+" "+c.ImageID)
			}
		}
	}
	slices.Sort(out)
	return out, nil
}
