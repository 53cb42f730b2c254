package suite

import (
	"context"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	appsv1 "k8s.io/api/apps/v1"
	coordinationv1 "k8s.io/api/coordination/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// OperatorPods are the operator's, as config/default has them.
var OperatorPods = []client.ListOption{client.InNamespace(operatorNamespace), operatorLabels}

const (
	operatorNamespace = "afroapp-system"
	operatorLease     = "afroapp-manager"
)

var operatorLabels = client.MatchingLabels{"app.kubernetes.io/name": "afroapp", "app.kubernetes.io/component": "controller-manager"}

// InstallOperator applies a manifest of another version of the operator, waits until only its pods are left, and until one of
// them has led for longer than it takes to look at every app.
func (s *Story) InstallOperator(file string) {
	s.Helper()
	raw, err := os.ReadFile(file)
	if err != nil {
		s.Fatal(err)
	}
	objects := s.parse(s.Here(string(raw)))
	image := ""
	for _, object := range objects {
		if object.GetKind() == "Deployment" {
			deployment := &appsv1.Deployment{}
			if err := s.Client.Scheme().Convert(object, deployment, nil); err != nil {
				s.Fatal(err)
			}
			image = deployment.Spec.Template.Spec.Containers[0].Image
		}
	}
	if running, err := s.operatorImages(s.Context()); err != nil || len(running) == 0 || slices.Contains(running, image) {
		s.Fatalf("the operator to be replaced by %s: %v, %v", image, running, err)
	}
	s.apply(objects)
	s.Eventually("every pod of the operator runs "+image, AWhile, func(ctx context.Context) error {
		pods := &corev1.PodList{}
		if err := s.Client.List(ctx, pods, OperatorPods...); err != nil {
			return err
		}
		if len(pods.Items) == 0 {
			return fmt.Errorf("there is none")
		}
		for _, pod := range pods.Items {
			if pod.Spec.Containers[0].Image != image || len(pod.Status.ContainerStatuses) == 0 || !pod.Status.ContainerStatuses[0].Ready {
				return fmt.Errorf("%s runs %s and is %s", pod.Name, pod.Spec.Containers[0].Image, pod.Status.Phase)
			}
		}
		return nil
	})
	s.led(image, 15*time.Second)
}

func (s *Story) operatorImages(ctx context.Context) ([]string, error) {
	pods := &corev1.PodList{}
	var images []string
	err := s.Client.List(ctx, pods, OperatorPods...)
	for _, pod := range pods.Items {
		images = append(images, pod.Spec.Containers[0].Image)
	}
	return images, err
}

// led waits until a pod with this image has held the operator's lease for a while: who does not lead does nothing.
func (s *Story) led(image string, during time.Duration) {
	s.Helper()
	holder, since := "", time.Now()
	s.Eventually(image+" leads", AWhile, func(ctx context.Context) error {
		lease := &coordinationv1.Lease{}
		if err := s.Client.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: operatorLease}, lease); err != nil {
			return err
		}
		now := ptr.Deref(lease.Spec.HolderIdentity, "")
		if now == "" || now != holder {
			holder, since = now, time.Now()
		}
		name, _, _ := strings.Cut(holder, "_") // a UID follows
		pod := &corev1.Pod{}
		if err := s.Client.Get(ctx, client.ObjectKey{Namespace: operatorNamespace, Name: name}, pod); err != nil {
			since = time.Now()
			return fmt.Errorf("the holder %q: %w", holder, err)
		}
		if pod.Spec.Containers[0].Image != image || time.Since(since) < during {
			return fmt.Errorf("%s leads since %s", holder, since.Format(time.TimeOnly))
		}
		return nil
	})
}
