package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
)

// stay leaves everything running until the context ends, with a kubeconfig for whoever wants to look. That is the wish, and
// no error.
func (s *story) stay(ctx context.Context) error {
	folder, err := os.MkdirTemp("", "afroapp-demo-")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(folder) }() // nothing can be done about one that stays
	_, kubeconfig, err := s.world.plane.User("demo", "system:masters")
	if err != nil {
		return err
	}
	file := filepath.Join(folder, "kubeconfig")
	if err := os.WriteFile(file, kubeconfig, 0o600); err != nil {
		return fmt.Errorf("writing the kubeconfig: %w", err)
	}
	s.step("It stays until Ctrl-C")
	s.printf("export KUBECONFIG=%s", file)
	s.say("An administrator of this control plane, which listens on %s only. It is gone with the demo.", s.world.config.Host)
	s.say("The operator's clock stays %d minutes ahead.", s.operator.clock.minutesAhead())
	s.say("etcd, kube-apiserver and kube-controller-manager are in %s; kubectl is not among them.", s.assets)
	select {
	case <-ctx.Done():
		return nil
	case <-s.operator.ended:
		return fmt.Errorf("the operator ended by itself: %w", s.operator.err)
	}
}
