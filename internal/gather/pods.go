package gather

import (
	"context"
	"fmt"
	"slices"
	"strings"

	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/selection"
	"k8s.io/apimachinery/pkg/types"
	toolscache "k8s.io/client-go/tools/cache"
	"sigs.k8s.io/controller-runtime/pkg/cache"
	"sigs.k8s.io/controller-runtime/pkg/client"

	"github.com/afrotomation/afroapp/internal/expand"
	"github.com/afrotomation/afroapp/internal/foreign"
	"github.com/afrotomation/afroapp/internal/observe"
)

// podsOfApps selects the pods of the workload chart. Of a cluster with thousands of other pods, none is held.
var podsOfApps = func() labels.Selector {
	r, err := labels.NewRequirement(expand.LabelApp, selection.Exists, nil)
	if err != nil {
		panic(err)
	}
	return labels.NewSelector().Add(*r)
}()

// slimPod keeps what observe reads: images, what the runtime calls them, and whether they run.
func slimPod(p *corev1.Pod) {
	slim := corev1.Pod{ObjectMeta: metav1.ObjectMeta{
		Name: p.Name, Namespace: p.Namespace, UID: p.UID, ResourceVersion: p.ResourceVersion, CreationTimestamp: p.CreationTimestamp,
		DeletionTimestamp: p.DeletionTimestamp, Labels: map[string]string{expand.LabelApp: p.Labels[expand.LabelApp]},
	}}
	for _, c := range p.Spec.Containers {
		slim.Spec.Containers = append(slim.Spec.Containers, corev1.Container{Name: c.Name, Image: c.Image})
	}
	slim.Status.Phase = p.Status.Phase
	for _, s := range p.Status.ContainerStatuses {
		slim.Status.ContainerStatuses = append(slim.Status.ContainerStatuses, corev1.ContainerStatus{Name: s.Name, ImageID: s.ImageID, State: slimState(s.State)})
	}
	*p = slim
}

// slimState tells running from ended from waiting. Times and exit codes move, and nobody here reads them.
func slimState(s corev1.ContainerState) (out corev1.ContainerState) {
	switch {
	case s.Running != nil:
		out.Running = &corev1.ContainerStateRunning{}
	case s.Terminated != nil:
		out.Terminated = &corev1.ContainerStateTerminated{}
	}
	return out
}

// workloads are the resources of an Application that make pods.
func workloads(in []foreign.ArgoResource) (out []foreign.ArgoResource) {
	for _, r := range in {
		if slices.Contains([]string{"Deployment", "StatefulSet", "DaemonSet", "ReplicaSet", "CronJob", "Job", "Pod"}, r.Kind) {
			out = append(out, r)
		}
	}
	return out
}

// watchPods begins to hold the pods of apps.
func (k *Kinds) watchPods(ctx context.Context) error {
	informer, err := k.cache.GetInformer(ctx, &corev1.Pod{}, cache.BlockUntilSynced(false))
	if err != nil {
		return fmt.Errorf("watch pods: %w", err)
	}
	_, err = informer.AddEventHandler(toolscache.ResourceEventHandlerFuncs{
		AddFunc:    func(obj any) { k.tellPod(obj) },
		DeleteFunc: func(obj any) { k.tellPod(obj) },
		UpdateFunc: func(old, obj any) {
			if !sameFacts(old.(client.Object), obj.(client.Object)) {
				k.tellPod(obj)
			}
		},
	})
	k.mu.Lock()
	k.pods = informer
	k.mu.Unlock()
	return err
}

func (k *Kinds) tellPod(obj any) {
	if d, ok := obj.(toolscache.DeletedFinalStateUnknown); ok {
		obj = d.Obj
	}
	p, ok := obj.(*corev1.Pod)
	if !ok {
		return
	}
	k.mu.RLock()
	subscribers := k.subscribers
	k.mu.RUnlock()
	for _, s := range subscribers {
		if s.Pod != nil {
			s.Pod(p.Namespace, p.Labels[expand.LabelApp])
		}
	}
}

// PodsOf finds the pods of an app of the workload chart in the cache; false while it is not there.
func (k *Kinds) PodsOf(ctx context.Context, namespace, app string) ([]observe.Pod, bool) {
	k.mu.RLock()
	informer := k.pods
	k.mu.RUnlock()
	if informer == nil || !informer.HasSynced() {
		return nil, false
	}
	list := &corev1.PodList{}
	if err := k.cache.List(ctx, list, client.InNamespace(namespace), client.MatchingLabels{expand.LabelApp: app}); err != nil {
		return nil, false
	}
	return podsOf(list.Items, nil), true
}

const (
	// podPage bounds what is read at once, podPages what is read of a namespace.
	podPage  = 1000
	podPages = 20
)

// FindPods asks the API server for the pods that an Application's resources made: one request for each thousand pods of the
// namespace. It is for own manifests, whose pods carry no label of ours. With more than 20,000 pods in it, nobody has looked.
func (k *Kinds) FindPods(ctx context.Context, namespace string, resources []foreign.ArgoResource) ([]observe.Pod, error) {
	var out []observe.Pod
	next := ""
	for range podPages {
		list := &corev1.PodList{}
		if err := k.live.List(ctx, list, client.InNamespace(namespace), client.Limit(podPage), client.Continue(next)); err != nil {
			return nil, fmt.Errorf("pods of namespace %s: %w", namespace, err)
		}
		out = append(out, podsOf(list.Items, func(p *corev1.Pod) bool { return madeBy(p, namespace, resources) })...)
		if next = list.Continue; next == "" {
			return out, nil
		}
	}
	return nil, fmt.Errorf("pods of namespace %s: more than %d", namespace, podPage*podPages)
}

func podsOf(pods []corev1.Pod, mine func(*corev1.Pod) bool) (out []observe.Pod) {
	for i := range pods {
		if mine == nil || mine(&pods[i]) {
			out = append(out, observe.PodOf(&pods[i]))
		}
	}
	return out
}

// madeBy tells by names whether a pod comes from one of the resources: the owner of a pod is named after what owns it.
func madeBy(p *corev1.Pod, namespace string, resources []foreign.ArgoResource) bool {
	return slices.ContainsFunc(resources, func(r foreign.ArgoResource) bool {
		if r.Namespace != namespace {
			return false
		}
		if r.Kind == "Pod" && r.Name == p.Name {
			return true
		}
		owner := metav1.GetControllerOf(p)
		if owner == nil {
			return false
		}
		switch r.Kind {
		case "Deployment":
			hash := p.Labels[appsv1.DefaultDeploymentUniqueLabelKey]
			return owner.Kind == "ReplicaSet" && hash != "" && owner.Name == r.Name+"-"+hash
		case "CronJob":
			rest, found := strings.CutPrefix(owner.Name, r.Name+"-")
			return owner.Kind == "Job" && found && strings.Trim(rest, "0123456789") == ""
		default:
			return owner.Kind == r.Kind && owner.Name == r.Name
		}
	})
}

// maxTemplates bounds the requests for one app.
const maxTemplates = 10

// Templates asks the API server what an Application's workloads make pods of: one request each.
func (k *Kinds) Templates(ctx context.Context, resources []foreign.ArgoResource) (out []observe.Template, err error) {
	for _, r := range resources {
		if len(out) == maxTemplates {
			break
		}
		t, err := k.template(ctx, r)
		if client.IgnoreNotFound(err) != nil {
			return nil, fmt.Errorf("%s %s/%s: %w", r.Kind, r.Namespace, r.Name, err)
		}
		if err == nil && t != nil {
			out = append(out, *t)
		}
	}
	return out, nil
}

func (k *Kinds) template(ctx context.Context, r foreign.ArgoResource) (*observe.Template, error) {
	key := types.NamespacedName{Namespace: r.Namespace, Name: r.Name}
	out := &observe.Template{Kind: r.Kind, Name: r.Name}
	switch r.Group + "/" + r.Kind {
	case "apps/Deployment":
		d := &appsv1.Deployment{}
		err := k.live.Get(ctx, key, d)
		out.Idle, out.Images = none(d.Spec.Replicas), imagesOf(d.Spec.Template)
		return out, err
	case "apps/StatefulSet":
		s := &appsv1.StatefulSet{}
		err := k.live.Get(ctx, key, s)
		out.Idle, out.Images = none(s.Spec.Replicas), imagesOf(s.Spec.Template)
		return out, err
	case "apps/DaemonSet":
		d := &appsv1.DaemonSet{}
		err := k.live.Get(ctx, key, d)
		out.Images = imagesOf(d.Spec.Template)
		return out, err
	case "batch/CronJob":
		c := &batchv1.CronJob{}
		err := k.live.Get(ctx, key, c)
		out.Idle, out.Images = true, imagesOf(c.Spec.JobTemplate.Spec.Template)
		return out, err
	}
	return nil, nil
}

func none(replicas *int32) bool { return replicas != nil && *replicas == 0 }

func imagesOf(t corev1.PodTemplateSpec) (out []string) {
	for _, c := range t.Spec.Containers {
		out = append(out, c.Image)
	}
	return out
}
