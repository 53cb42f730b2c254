//go:build e2e

// Package fleet: the 47 apps of config/samples/fleet, with their databases, own manifests and certificates, to Ready.
package fleet

import (
	"testing"

	"github.com/afrotomation/afroapp/test/e2e/suite"
)

func TestTheFleetIsReady(t *testing.T) {
	s := suite.Tell(t, suite.Edge, suite.Updater, suite.Store, suite.Owned)
	fleet := s.Fleet()
	if len(fleet.Apps) != 47 {
		t.Errorf("the fleet has %d apps", len(fleet.Apps))
	}
	fleet.Ready(suite.Patiently)
	s.Answer("POST", "https://blog.apps.lab.internal/rows", "1", suite.Soon)
	s.Answer("GET", "https://collect.apps.lab.internal/v1/events", "version", suite.Soon)
}
