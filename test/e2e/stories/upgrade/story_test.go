//go:build e2e

// Package upgrade: another version of the operator takes over a running fleet. No pod of an app is restarted, and no child
// is written that says the same as before.
package upgrade

import (
	"context"
	"testing"
	"time"

	"github.com/afrotomation/afroapp/test/e2e/suite"
)

func TestAnUpgradeDisturbsNobody(t *testing.T) {
	s := suite.Tell(t, suite.Edge, suite.Updater, suite.Store, suite.Owned, suite.Releases)
	fleet := s.Fleet()
	fleet.Ready(suite.Patiently)
	fleet.Settled()
	pods, children := fleet.Undisturbed(), fleet.Unwritten()

	s.InstallOperator(s.Operator)

	fleet.Ready(suite.AWhile)
	s.Stays("the fleet is undisturbed", 30*time.Second, func(ctx context.Context) error {
		if err := pods(ctx); err != nil {
			return err
		}
		return children(ctx)
	})
}
