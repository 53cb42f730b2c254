//go:build e2e

// Package updater: a real image-updater, where one is given, delivers an image, and leaves its objects in the shape that the
// recordings have and that its actor leaves everywhere else.
package updater

import (
	"context"
	"fmt"
	"testing"

	"github.com/afrotomation/afroapp/test/e2e/suite"
)

const image = "registry.lab.internal:5000/apps/page:latest"

func TestTheRealImageUpdaterIsAsItsActorPlaysIt(t *testing.T) {
	s := suite.Tell(t, suite.RealUpdater)
	s.Platform()
	s.Namespace("updated")
	s.Push(image, "1")
	s.Apply("app.yaml")
	s.Ready("updated", "page", suite.AWhile)

	second := s.Push(image, "2")
	s.Eventually("the status says that the second image runs", suite.AWhile, func(context.Context) error {
		status := s.App("updated", "page").Status
		if status.Image == nil || status.Image.RunningDigest != second {
			return fmt.Errorf("it says %+v", status.Image)
		}
		return nil
	})
	app := s.Ready("updated", "page", suite.AWhile)
	s.Record("updater", app)
	for _, child := range app.Status.Children {
		if child.Kind == "ImageUpdater" {
			s.AsRecorded(s.Child(child), "argocd/argocd-writeback-helm/2-after.imageupdater.yaml", "argocd-image-updater")
		}
	}
}
