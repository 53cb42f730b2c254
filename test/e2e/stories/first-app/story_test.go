//go:build e2e

// Package firstapp: one AfroApp, from `kubectl apply` to an answer over TLS with a row in its database.
package firstapp

import (
	"net/http"
	"testing"

	"github.com/afrotomation/afroapp/test/e2e/suite"
)

func TestFromOneYAMLToARowInADatabase(t *testing.T) {
	s := suite.Tell(t, suite.Edge, suite.Updater)
	s.Platform()
	s.SharedDatabase()
	s.Namespace("first-app")
	digest := s.Push("registry.lab.internal:5000/apps/shop:latest", "1")

	s.Apply("app.yaml")
	app := s.Ready("first-app", "shop", suite.AWhile)
	s.Record("first-app", app)

	if got := app.Status.Image.RunningDigest; got != digest {
		t.Errorf("the status says that %q runs, and %s was pushed", got, digest)
	}
	s.Answer(http.MethodGet, "https://"+s.Host("shop")+"/", "version 1", suite.Soon)
	s.Answer(http.MethodPost, "https://"+s.Host("shop")+"/rows", "1", suite.Soon)
	s.Answer(http.MethodGet, "https://"+s.Host("shop")+"/rows", "1", suite.Soon)
}
