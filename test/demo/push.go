package main

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

// pushed shows an image that does not arrive, while everything that people look at is green.
func (s *story) pushed(ctx context.Context) (err error) {
	s.step("The story of this project: an image is pushed, and nothing arrives")
	before, err := s.world.running(ctx, s.plans)
	if err != nil {
		return err
	}
	s.build(otherPlatform)
	if s.stranded, err = s.shelf.push(otherPlatform); err != nil {
		return err
	}
	// A cycle that had begun before the push may have asked before it.
	if err := s.looks(ctx, 2); err != nil {
		return err
	}
	lines, err := s.green(ctx)
	if err != nil {
		return err
	}
	after, err := s.world.running(ctx, s.plans)
	if err != nil {
		return err
	}
	if !slices.Equal(before, after) || len(after) == 0 {
		return fmt.Errorf("the pods should be as before the push: they were %v and are %v", before, after)
	}
	s.printf("")
	s.say("The machine that built it has another processor than the cluster. image-updater has looked since then, and shrugs: it "+
		"finds no image for %s, and reports no error. Nothing is written, no pod rolls, and all that people look at is green:", clusterPlatform)
	s.printf("")
	for _, line := range lines {
		s.item("  ", green, "ok", line)
	}
	return nil
}

// build is what a person would have typed.
func (s *story) build(platforms ...string) {
	s.ran(fmt.Sprintf("docker buildx build . --push --platform %s \\\n    --tag %s", strings.Join(platforms, ","), s.shelf.image))
}

// looks waits until image-updater has looked some times more.
func (s *story) looks(ctx context.Context, times int) error {
	last := ""
	return s.during(ctx, "waiting for image-updater to look", func(ctx context.Context, _ func(string)) error {
		return until(ctx, appLimit, "image-updater to look", func(ctx context.Context) error {
			iu, err := s.planned(ctx, foreign.ImageUpdater.Kind)
			if err != nil {
				return err
			}
			at := text(iu, "lastCheckedAt")
			if last != "" && at != last {
				times--
			}
			if last = at; times > 0 {
				return notYet("it looked last at %s", at)
			}
			return nil
		})
	})
}

// green is what the objects say that people look at. That none of them names the failure is part of the story.
func (s *story) green(ctx context.Context) ([]string, error) {
	iu, err := s.planned(ctx, foreign.ImageUpdater.Kind)
	if err != nil {
		return nil, err
	}
	argo, err := s.planned(ctx, foreign.Application.Kind)
	if err != nil {
		return nil, err
	}
	workload, err := s.planned(ctx, deployment.Kind)
	if err != nil {
		return nil, err
	}
	lines := []string{
		"ImageUpdater: " + conditionOf(iu, "Ready") + " " + conditionOf(iu, "Error"),
		"Application: " + voices[foreign.Application].says(argo),
		"Deployment: " + podsReady(workload),
	}
	want := []string{
		"ImageUpdater: Reconciled 1 applications, 0 images updated. No errors during last reconciliation.",
		"Application: sync Synced, health Healthy",
		"Deployment: 1 of 1 ready",
	}
	if !slices.Equal(lines, want) {
		return nil, fmt.Errorf("after the push the peers should say %q, and say %q", want, lines)
	}
	return lines, nil
}

// planned is the first object of a kind that is planned, or the Deployment of the workload chart, as it is now.
func (s *story) planned(ctx context.Context, kind string) (*unstructured.Unstructured, error) {
	i, ok := s.plans.of(kind)
	if kind == deployment.Kind {
		var argo expand.Intent
		argo, ok = s.plans.of(foreign.Application.Kind)
		i = workloadOf(argo)
	}
	if !ok {
		return nil, fmt.Errorf("no %s is planned", kind)
	}
	o, err := s.world.live(ctx, i)
	if err == nil && o == nil {
		err = fmt.Errorf("%s is gone", i.Key())
	}
	return o, err
}
