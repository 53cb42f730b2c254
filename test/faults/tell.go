package faults

import (
	"context"
	"errors"
	"fmt"
	"time"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
)

const (
	// patience with one step. The operator tries again within seconds; a pass that needs minutes is a finding.
	patience = 40 * time.Second
	// calm is longer than the operator waits for a cache to show what it wrote.
	calm = 1300 * time.Millisecond
)

// errUnreached says that a run had fewer writes than the fault was armed for.
var errUnreached = errors.New("faults: the run ended before the fault")

// Tell a story from a clean stage. The first fault is armed when the steps begin, each further one for the process that takes
// over from one that died.
func (s *Stage) Tell(ctx context.Context, story Story, faults ...Fault) (*Run, error) {
	began, err := s.set(ctx, story)
	if err != nil {
		return nil, fmt.Errorf("setting the stage: %w", err)
	}
	before, err := panics()
	if err != nil {
		return nil, err
	}
	run, mark := &Run{}, s.record.Mark()
	s.calls = nil
	faults = s.arm(faults)
	for n, step := range story.Steps {
		run.Allowed = append(run.Allowed, step.Allows...)
		if err := step.Do(ctx, s.admin); err != nil {
			return nil, fmt.Errorf("step %d (%s): %w", n+1, step.Name, err)
		}
		if faults, err = s.settle(ctx, faults); err != nil {
			return nil, fmt.Errorf("after step %d (%s): %w", n+1, step.Name, err)
		}
	}
	unreached := s.process.wire.fault.Mode != "" && !s.process.wire.Hit()
	if err := s.curtain(ctx, run, began, mark, before); err != nil {
		return nil, err
	}
	if unreached {
		return run, errUnreached
	}
	return run, nil
}

// curtain judges nothing: it writes down how the run ended.
func (s *Stage) curtain(ctx context.Context, run *Run, began, mark, panicsBefore int) error {
	objects, err := s.record.CatchUp(ctx)
	if err != nil {
		return err
	}
	if run.End, err = Dump(objects, s.record.Since(began)); err != nil {
		return err
	}
	s.stop()
	run.Calls = s.calls
	if err := s.start(); err != nil {
		return err
	}
	if _, err := s.settle(ctx, nil); err != nil {
		return fmt.Errorf("another process at rest: %w", err)
	}
	run.AtRest = s.process.wire.Calls()
	run.Changes = s.record.Since(mark)
	now, err := panics()
	run.Panics = now - panicsBefore
	return err
}

func (s *Stage) arm(faults []Fault) []Fault {
	if len(faults) == 0 {
		s.process.wire.Arm(Fault{})
		return nil
	}
	s.process.wire.Arm(faults[0])
	return faults[1:]
}

// set takes away what the story before left, and brings about the start of this one. It returns where this one's record begins.
func (s *Stage) set(ctx context.Context, story Story) (began int, err error) {
	if s.process != nil && s.process.wire.Dead() {
		s.stop()
	}
	if s.process == nil {
		if err := s.start(); err != nil {
			return 0, err
		}
	}
	s.arm(nil)
	if err := s.clear(ctx); err != nil {
		return 0, err
	}
	began = s.record.Mark()
	platform, err := platformOf(story)
	if err != nil {
		return 0, err
	}
	for _, name := range storyNamespaces {
		if err := s.namespace(ctx, name); err != nil {
			return 0, err
		}
	}
	for _, manifests := range []string{platform, story.Start} {
		if err := applyAll(ctx, s.admin, manifests); err != nil {
			return 0, err
		}
	}
	_, err = s.settle(ctx, nil)
	return began, err
}

// storyNamespaces are those of the stories' apps.
var storyNamespaces = []string{"shop"}

// clear the stage: apps go as people let them go, and what they leave as an admin would.
func (s *Stage) clear(ctx context.Context) error {
	for end := time.Now().Add(patience); ; time.Sleep(50 * time.Millisecond) {
		objects, err := s.record.CatchUp(ctx)
		if err != nil {
			return err
		}
		left := ""
		apps := false
		for _, o := range objects {
			apps = apps || o.Kind == "AfroApp"
		}
		for _, o := range objects {
			if o.Kind == foreign.Secret.Kind && o.Object.GetLabels()[expand.LabelManagedBy] != expand.ManagedBy {
				continue
			}
			left = o.Key()
			if o.Object.GetDeletionTimestamp() != nil || apps && o.Kind != "AfroApp" {
				continue
			}
			if o.Kind == "AfroApp" {
				unpause := `{"metadata":{"annotations":{"` + v1alpha1.AnnotationPaused + `":null}}}`
				if err := s.admin.Patch(ctx, o.Object.DeepCopy(), client.RawPatch("application/merge-patch+json", []byte(unpause))); client.IgnoreNotFound(err) != nil {
					return err
				}
			}
			if err := s.admin.Delete(ctx, o.Object.DeepCopy()); client.IgnoreNotFound(err) != nil {
				return err
			}
		}
		if left == "" {
			return nil
		}
		if time.Now().After(end) {
			return fmt.Errorf("%s does not go", left)
		}
	}
}

// settle waits until the operator has nothing left to do. A process that died is followed by another one, for which the next
// fault is armed.
func (s *Stage) settle(ctx context.Context, faults []Fault) ([]Fault, error) {
	for end := time.Now().Add(patience); ; time.Sleep(20 * time.Millisecond) {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if s.process.wire.Dead() {
			s.stop()
			if err := s.start(); err != nil {
				return nil, err
			}
			faults = s.arm(faults)
		}
		open := s.record.open()
		if open == "" && s.process.wire.Quiet() > calm {
			// What somebody has just done may not have come to the record, and then the operator has not seen it either.
			if _, err := s.record.CatchUp(ctx); err != nil {
				return nil, err
			}
			if open = s.record.open(); open == "" && s.process.wire.Quiet() > calm && !s.process.wire.Dead() {
				return faults, nil
			}
		}
		if time.Now().After(end) {
			return nil, fmt.Errorf("the operator does not come to rest; open: %s; its last writes: %v", open, tail(s.process.wire.Calls(), 5))
		}
	}
}

func tail(calls []Call, n int) []Call { return calls[max(0, len(calls)-n):] }

// open is what the operator has not done with: an object of ours whose status is of an earlier spec, or that is going.
func (r *Recorder) open() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	for uid, o := range r.now {
		kind := r.kinds[uid]
		if kind != "AfroApp" && kind != "AfroPlatform" {
			continue
		}
		observed, _, _ := unstructured.NestedInt64(o.Object, "status", "observedGeneration")
		if observed != o.GetGeneration() || o.GetDeletionTimestamp() != nil {
			return kind + " " + o.GetNamespace() + "/" + o.GetName()
		}
	}
	return ""
}

// deleting are the objects of some kinds that are going and are held by finalizers.
func (r *Recorder) deleting(kinds ...string) []*unstructured.Unstructured {
	r.mu.Lock()
	defer r.mu.Unlock()
	var out []*unstructured.Unstructured
	for uid, o := range r.now {
		for _, kind := range kinds {
			if r.kinds[uid] == kind && o.GetDeletionTimestamp() != nil && len(o.GetFinalizers()) > 0 {
				out = append(out, o)
			}
		}
	}
	return out
}
