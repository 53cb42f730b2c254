package main

import (
	"context"
	"strings"
	"time"

	"github.com/afrotomation/afroapp/test/controlplane"
	"github.com/afrotomation/afroapp/test/crds"
)

// controlPlane builds it where that was not done yet, and starts it.
func (s *story) controlPlane(ctx context.Context) error {
	s.step("A control plane")
	if _, built, err := controlplane.Locate(); err == nil && !built {
		s.say("etcd, kube-apiserver and kube-controller-manager are built from pinned Go modules: about six minutes on two cores, once.")
	}
	err := s.within(ctx, buildLimit, "building the control plane", func(ctx context.Context, say func(string)) (err error) {
		s.assets, err = controlplane.Assets(ctx, say)
		return err
	})
	if err != nil {
		return err
	}
	began := time.Now()
	err = s.within(ctx, startLimit, "starting the control plane", func(ctx context.Context, _ func(string)) (err error) {
		s.world, err = startWorld(ctx, s.files)
		return err
	})
	if err != nil {
		return err
	}
	s.good("%s, etcd and kube-controller-manager run after %s", s.version(), seconds(began))
	return nil
}

// version that the API server says of itself.
func (s *story) version() string {
	v, err := s.world.version()
	if err != nil {
		return "kube-apiserver"
	}
	return "kube-apiserver " + v
}

// install is `make deploy`, with the CRDs of the peers beside.
func (s *story) install(ctx context.Context) error {
	s.step("Installed as in a cluster")
	var peers []string
	for _, o := range crds.Origins() {
		peers = append(peers, string(o.Peer)+" "+o.Version)
	}
	s.good("CRDs of the peers: %s", strings.Join(peers, ", "))
	if err := s.world.namespaces(ctx, s.plans.namespaces()...); err != nil {
		return err
	}
	err := s.during(ctx, "applying config/default", func(ctx context.Context, _ func(string)) error {
		return s.world.apply(ctx, s.files.installation...)
	})
	if err != nil {
		return err
	}
	s.good("config/default: %d CRDs, and %d objects: roles, admission policies, all but the Deployment", len(s.files.crds), len(s.files.installation))
	return nil
}

// runOperator in this process, and the actors where they are asked for.
func (s *story) runOperator(ctx context.Context) error {
	s.step("The operator")
	err := s.within(ctx, installLimit, "starting the operator", func(ctx context.Context, _ func(string)) (err error) {
		s.operator, err = startOperator(ctx, s.world.plane, s.shelf.network)
		return err
	})
	if err != nil {
		return err
	}
	s.good("runs in this process as %s/%s, with the rights of config/default and no others", operatorNamespace, operatorAccount)
	s.good("a registry holds %s for %s; the operator asks it by https, over a network in memory", s.shelf.image, clusterPlatform)
	if !s.Actors {
		return nil
	}
	s.good("peers are played by test/actors: each answer takes %s, image-updater looks every %s (really: 2 min)", stepTime, updaterInterval)
	s.cast, err = startActors(s.world, s.shelf, s.operator.clock)
	return err
}
