package suite

import (
	"context"
	"fmt"
	"os"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"sigs.k8s.io/controller-runtime/pkg/client"
)

// OperatorPods are the operator's, as config/default has them.
var OperatorPods = []client.ListOption{client.InNamespace(operatorNamespace), operatorLabels}

const operatorNamespace = "afroapp-system"

var operatorLabels = client.MatchingLabels{"app.kubernetes.io/name": "afroapp", "app.kubernetes.io/component": "controller-manager"}

// InstallOperator applies a manifest of the operator and waits until only its pods are left.
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
}
