package suite

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"time"

	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// Pods that matter: each by its UID and the number of its restarts, so that one that was replaced or restarted shows.
func (s *Story) Pods(ctx context.Context, options ...client.ListOption) ([]string, error) {
	pods := &corev1.PodList{}
	if err := s.Client.List(ctx, pods, options...); err != nil {
		return nil, err
	}
	var lives []string
	for _, pod := range pods.Items {
		var restarts int32
		for _, c := range pod.Status.ContainerStatuses {
			restarts += c.RestartCount
		}
		lives = append(lives, fmt.Sprintf("%s/%s %s restarted %d times", pod.Namespace, pod.Name, pod.UID, restarts))
	}
	slices.Sort(lives)
	return lives, nil
}

// Settled waits until the pods have been the same for longer than image-updater and Argo CD take for a round: soon after
// an app is new, image-updater writes the digest of the image that runs already, and the pods are replaced once.
func (s *Story) Settled(options ...client.ListOption) {
	s.Helper()
	s.settled(s.listed(options))
}

// Undisturbed remembers the pods, and returns what says whether they are the same still.
func (s *Story) Undisturbed(options ...client.ListOption) func(context.Context) error {
	s.Helper()
	return s.undisturbed(s.listed(options))
}

type lister func(context.Context) ([]string, error)

func (s *Story) listed(options []client.ListOption) lister {
	return func(ctx context.Context) ([]string, error) { return s.Pods(ctx, options...) }
}

func (s *Story) settled(pods lister) {
	s.Helper()
	const round = 25 * time.Second
	var last []string
	since := time.Now()
	s.Eventually("the pods have settled", AWhile, func(ctx context.Context) error {
		now, err := pods(ctx)
		if err != nil || !slices.Equal(now, last) {
			last, since = now, time.Now()
		}
		if time.Since(since) < round {
			return fmt.Errorf("they are\n%s", strings.Join(now, "\n"))
		}
		return err
	})
}

func (s *Story) undisturbed(pods lister) func(context.Context) error {
	s.Helper()
	before, err := pods(s.Context())
	if err != nil || len(before) == 0 {
		s.Fatalf("pods that should stay: %v, %v", before, err)
	}
	return func(ctx context.Context) error {
		now, err := pods(ctx)
		if err == nil && !slices.Equal(before, now) {
			err = fmt.Errorf("the pods were\n%s\nand are\n%s", strings.Join(before, "\n"), strings.Join(now, "\n"))
		}
		return err
	}
}
