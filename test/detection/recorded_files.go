package detection

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/utils/ptr"

	"github.com/afrotomation/afroapp/api/v1alpha1"
	"github.com/afrotomation/afroapp/internal/fixtures"
)

// feed is a recording while it is played.
type feed struct {
	*Stage
	*Recording
	app      *v1alpha1.AfroApp
	platform *unstructured.Unstructured
	before   []*unstructured.Unstructured // as it was when it was seen first; nil: the same
	children []*unstructured.Unstructured
	beside   []*unstructured.Unstructured // pods and others' ImageUpdaters
}

func (f *feed) read() error {
	apps, err := fixtures.Objects(filepath.Join(f.folder, "app.yaml"))
	if err != nil {
		return err
	}
	if f.app, err = fixtures.As[v1alpha1.AfroApp](apps[0]); err != nil {
		return err
	}
	platforms, err := fixtures.Objects(filepath.Join(filepath.Dir(f.folder), "platform-"+f.when.Platform+".yaml"))
	if err != nil {
		return err
	}
	f.Recording.children(&f.children, "children.yaml", &err)
	f.Recording.children(&f.before, "before.yaml", &err)
	f.Recording.children(&f.beside, "pods.yaml", &err)
	if len(f.beside) == 0 {
		f.beside = f.standIns()
	}
	f.Recording.children(&f.beside, "updaters.yaml", &err)
	f.platform = platforms[0]
	return err
}

// children adds the objects of a file, if it is there.
func (r *Recording) children(to *[]*unstructured.Unstructured, file string, err *error) {
	objs, failed := fixtures.Objects(filepath.Join(r.folder, file))
	switch {
	case failed == nil:
		*to = append(*to, objs...)
	case !os.IsNotExist(failed):
		*err = failed
	}
}

// standIns are pods for a recording that has none: the images that Argo CD lists, as their specs name them.
func (f *feed) standIns() (out []*unstructured.Unstructured) {
	for _, c := range f.children {
		images, _, _ := unstructured.NestedStringSlice(c.Object, "status", "summary", "images")
		for n, image := range images {
			name, digest, pinned := cutLast(image, "@")
			if !pinned {
				digest = f.says.Digest
			}
			out = append(out, standIn(f.app.Namespace, fmt.Sprintf("stand-in-%d", n), workload(c), image, strings.TrimSuffix(name, ":latest")+"@"+digest))
		}
	}
	return out
}

// standIn is a pod of a Deployment.
func standIn(namespace, name, deployment, image, id string) *unstructured.Unstructured {
	pod := &corev1.Pod{TypeMeta: metav1.TypeMeta{APIVersion: "v1", Kind: "Pod"}, ObjectMeta: metav1.ObjectMeta{
		Namespace: namespace, Name: name, Labels: map[string]string{appsv1.DefaultDeploymentUniqueLabelKey: "0"},
		OwnerReferences: []metav1.OwnerReference{{APIVersion: "apps/v1", Kind: "ReplicaSet", Name: deployment + "-0", UID: "5c0f9a52-0000-4000-8000-000000000009", Controller: ptr.To(true)}}}}
	pod.Spec.Containers = []corev1.Container{{Name: "app", Image: image}}
	pod.Status = corev1.PodStatus{Phase: corev1.PodRunning, ContainerStatuses: []corev1.ContainerStatus{
		{Name: "app", Image: image, ImageID: id, Ready: true, State: corev1.ContainerState{Running: &corev1.ContainerStateRunning{}}}}}
	raw, err := runtime.DefaultUnstructuredConverter.ToUnstructured(pod)
	if err != nil {
		panic(err) // a pod is written out
	}
	return &unstructured.Unstructured{Object: raw}
}

// workload is the Deployment that Argo CD lists.
func workload(application *unstructured.Unstructured) string {
	resources, _, _ := unstructured.NestedSlice(application.Object, "status", "resources")
	for _, r := range resources {
		if m, ok := r.(map[string]any); ok && m["kind"] == "Deployment" {
			return m["name"].(string)
		}
	}
	return "none"
}
