//go:build e2e

// Package push: an image that is pushed arrives in the running pod, and the status proves it by digests.
package push

import (
	"context"
	"fmt"
	"strings"
	"testing"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/test/e2e/suite"
)

const image = "registry.lab.internal:5000/apps/web:latest"

func TestAPushArrivesInThePod(t *testing.T) {
	s := suite.Tell(t, suite.Updater)
	s.Platform()
	s.Namespace("push")
	first := s.Push(image, "1")
	s.Apply("app.yaml")
	s.Ready("push", "web", suite.AWhile)
	s.Eventually("the pod runs the first image", suite.Soon, runs(s, first))

	second := s.Push(image, "2")

	s.Eventually("the pod runs the second image", suite.AWhile, runs(s, second))
	s.Eventually("the status says so", suite.AWhile, func(context.Context) error {
		status := s.App("push", "web").Status
		if status.Image == nil || status.Image.RegistryDigest != second || status.Image.RunningDigest != second {
			return fmt.Errorf("it says %+v", status.Image)
		}
		return nil
	})
	s.Ready("push", "web", suite.Soon)
}

// runs looks at the pods themselves: what the kubelet says is the only proof.
func runs(s *suite.Story, digest string) func(context.Context) error {
	return func(ctx context.Context) error {
		pods := &corev1.PodList{}
		if err := s.Client.List(ctx, pods, client.InNamespace("push"), client.MatchingLabels{expand.LabelApp: "web"}); err != nil {
			return err
		}
		var ids []string
		for _, pod := range pods.Items {
			for _, c := range pod.Status.ContainerStatuses {
				if !c.Ready || !strings.HasSuffix(c.ImageID, "@"+digest) {
					return fmt.Errorf("%s runs %s, ready %t", pod.Name, c.ImageID, c.Ready)
				}
				ids = append(ids, c.ImageID)
			}
		}
		if len(ids) != 1 {
			return fmt.Errorf("%d containers run", len(ids))
		}
		return nil
	}
}
