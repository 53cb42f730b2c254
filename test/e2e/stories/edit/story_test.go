//go:build e2e

// Package edit: an edit restarts the pods when they have to see it, and only then.
package edit

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"testing"

	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/test/e2e/suite"
)

func TestAnEditRestartsNothingItNeedNot(t *testing.T) {
	s := suite.Tell(t)
	s.Namespace("edited")
	s.FleetPlatform("edited")
	s.SharedDatabase()
	s.Push("registry.lab.internal:5000/apps/site:latest", "1")
	s.Apply("app.yaml")
	s.Ready("edited", "site", suite.AWhile)
	s.Settled(client.InNamespace("edited"))
	undisturbed := s.Undisturbed(client.InNamespace("edited"))
	before, err := s.Pods(t.Context(), client.InNamespace("edited"))
	if err != nil {
		t.Fatal(err)
	}

	s.Apply("paused.yaml")
	s.Ready("edited", "site", suite.AWhile)
	s.Stays("the pods are the same", suite.Soon, undisturbed)

	s.Apply("with-database.yaml")
	s.Ready("edited", "site", suite.AWhile)
	s.Eventually("the pod is another", suite.AWhile, func(ctx context.Context) error {
		now, err := s.Pods(ctx, client.InNamespace("edited"))
		if err == nil && (len(now) != 1 || slices.Equal(now, before)) {
			err = fmt.Errorf("the pods are %v", now)
		}
		return err
	})
	if id := s.Ask(http.MethodPost, "edited", "site", "/rows", suite.Soon); id != "1" {
		t.Errorf("the first row has the number %s", id)
	}
}
