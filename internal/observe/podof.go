package observe

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// PodOf is what counts of a pod. Init containers are left out: they have ended, whatever they were.
func PodOf(p *corev1.Pod) Pod {
	out := Pod{Name: p.Name, Created: p.CreationTimestamp.Time, Leaving: p.DeletionTimestamp != nil,
		Ended: p.Status.Phase == corev1.PodSucceeded || p.Status.Phase == corev1.PodFailed}
	if owner := metav1.GetControllerOfNoCopy(p); owner != nil {
		out.Job = owner.Kind == "Job"
	}
	for _, c := range p.Spec.Containers {
		i := PodImage{Spec: c.Image}
		for _, s := range p.Status.ContainerStatuses {
			if s.Name == c.Name {
				i.ID, i.Running = s.ImageID, s.ImageID != "" && (s.State.Running != nil || s.State.Terminated != nil)
			}
		}
		out.Containers = append(out.Containers, i)
	}
	return out
}
